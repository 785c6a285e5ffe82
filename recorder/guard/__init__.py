"""Raw events and frames in, redacted rows out, nothing else: no clock, disk, thread, environment or socket."""

from recorder.guard.gate import Guard
from recorder.guard.selftest import self_test

__all__ = ["Guard", "self_test"]
