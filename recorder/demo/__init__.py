"""A desktop that nobody sits at: shows the whole program at work on machines without a display, with made-up data."""
