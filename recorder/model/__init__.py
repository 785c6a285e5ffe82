"""The nouns of the program: plain immutable values, standard library only, no behaviour beyond their own invariants."""
