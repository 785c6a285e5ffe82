"""The frames with sightings as PNG files for the eyes of their owner, a box around each sighting."""

import os
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from recorder.review.audit.sighting import Sighting, Where
from recorder.store.outside import check_new_folder
from recorder.store.session import SessionReader

_BOX, _HALO, _WIDTH_PX, _AROUND_PX = "#d1242f", "#ffffff", 2, 4


def draw_pictures(reader: SessionReader, sightings: Sequence[Sighting], folder: Path) -> int:
    """Write `frame-<id>.png`, 0600, into a new or empty folder (made 0700): those with sightings. Returns how many.

    Raises: UsageError when the folder holds anything; DamagedError.
    """
    check_new_folder(folder)
    folder.mkdir(mode=0o700, exist_ok=True)
    frames: dict[int, list[Sighting]] = {}
    for one in sightings:
        if one.where is Where.FRAME and one.ref_id is not None:
            frames.setdefault(one.ref_id, []).append(one)
    for frame_id, within in frames.items():
        image = boxed(reader.frame(frame_id), within)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(folder / f"frame-{frame_id:06d}.png", flags, 0o600), "wb") as file:
            image.save(file, "PNG", compress_level=1)
    return len(frames)


def boxed(image: Image.Image, sightings: Sequence[Sighting]) -> Image.Image:
    """A copy with a box around every sighting that has a place; what is inside stays to be seen."""
    copy = image.convert("RGB")
    pen = ImageDraw.Draw(copy)
    for rect in (one.rect for one in sightings if one.rect is not None):
        for colour, out in ((_HALO, _AROUND_PX + _WIDTH_PX), (_BOX, _AROUND_PX)):
            pen.rectangle(
                (rect.x - out, rect.y - out, rect.right + out - 1, rect.bottom + out - 1),
                outline=colour,
                width=_WIDTH_PX,
            )
    return copy
