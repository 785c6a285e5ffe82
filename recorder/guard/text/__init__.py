"""The text detector: typed text, titles, accessibility text, OCR lines and addresses in, masked text out."""

from recorder.guard.text.detector import Detector
from recorder.guard.text.memory import Masker, Memory
from recorder.guard.text.spans import Masked, Span

__all__ = ["Detector", "Masked", "Masker", "Memory", "Span"]
