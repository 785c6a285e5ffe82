"""Reveal mode: lines of a masked picture in, the rectangles of words that are proven harmless out; all else stays
masked. Nothing here is imported, and no engine is loaded, unless a rule asks for words.
"""

from recorder.guard.reveal.reader import LineReader, ReadWord
from recorder.guard.reveal.revealer import Revealer

__all__ = ["LineReader", "ReadWord", "Revealer"]
