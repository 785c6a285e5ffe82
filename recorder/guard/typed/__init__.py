"""Typed text that an app's rule allows to be kept: keys in, held; classes or masked text out, or only a count."""

from recorder.guard.typed.field import Field
from recorder.guard.typed.held import Down, Held
from recorder.guard.typed.run import TypedRun

__all__ = ["Down", "Field", "Held", "TypedRun"]
