"""Linux with X11: input, windows, pixels and the badge, all through the X protocol and without special rights."""
