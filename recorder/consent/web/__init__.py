"""The notice as a page: the same words as at the terminal, nothing ticked, and two answers that weigh the same."""
