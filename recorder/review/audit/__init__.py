"""The second look before approval: every stored picture and text, judged by means that the guard does not use."""
