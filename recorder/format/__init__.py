"""Bytes to nouns and back: pure functions, no clock, disk or thread. `schemas/FORMAT.md` says every byte."""
