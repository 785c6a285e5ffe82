"""The audit of one session from end to end: everything that is stored of it is read once; nothing is written."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from recorder.errors import DamagedError
from recorder.review.audit.pictures import Pictures
from recorder.review.audit.reader import LineReader
from recorder.review.audit.sighting import Sighting, gather
from recorder.review.audit.texts import Texts
from recorder.store.session import SessionReader

Progress = Callable[[int, int, float], None]  # pictures done, of how many, seconds that the rest will take
_MASKS_ALL = "mask_all/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What was looked at and what is to be looked at. `frames_read`: without those identical to another. `damaged`:
    parts that do not verify and were not looked at."""

    sightings: tuple[Sighting, ...]
    texts: int
    frames: int
    frames_read: int
    seconds: float
    damaged: tuple[DamagedError, ...]


def audit(reader: SessionReader, line_reader: LineReader, progress: Progress) -> Audit:
    """Look at all of a session. Raises: PlatformError when the reader of pictures fails."""
    begun = time.monotonic()
    damaged: list[DamagedError] = []
    texts, pictures = Texts(reader, damaged), Pictures(line_reader)
    found = [*texts.look()]
    shown = frames_with_words(reader, damaged)
    total = reader.count("frames")
    for frame in reader.frames(damaged=damaged):
        try:
            found += pictures.look(frame, words_shown=frame.frame_id in shown)
        except DamagedError as error:
            damaged.append(error)
        spent = time.monotonic() - begun
        progress(pictures.looked, total, spent / pictures.looked * (total - pictures.looked))
    return Audit(
        sightings=tuple(gather(found)),
        texts=texts.read,
        frames=pictures.looked,
        frames_read=pictures.read,
        seconds=time.monotonic() - begun,
        damaged=tuple({error.message: error for error in damaged}.values()),
    )


def frames_with_words(reader: SessionReader, damaged: list[DamagedError]) -> frozenset[int]:
    """Frames in which not only masks were at work: some of their words may be shown on purpose."""
    rows = reader.table("redactions", ["target", "ref_id", "detector"], damaged=damaged).to_pylist()
    return frozenset(
        row["ref_id"]
        for row in rows
        if row["target"] == "frames" and row["ref_id"] is not None and not row["detector"].startswith(_MASKS_ALL)
    )
