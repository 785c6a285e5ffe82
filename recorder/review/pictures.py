"""A session's frames in, PNG files for the eyes of their owner out."""

import os
from pathlib import Path

from recorder.store.outside import check_new_folder
from recorder.store.session import SessionReader


def write_pictures(reader: SessionReader, folder: Path) -> int:
    """Write every frame as `frame-<id>.png`, 0600, into a new or empty folder (made 0700). Returns how many.

    Raises: UsageError when the folder holds anything.
    """
    check_new_folder(folder)
    folder.mkdir(mode=0o700, exist_ok=True)
    count = 0
    for frame in reader.frames():
        descriptor = os.open(folder / f"frame-{frame.frame_id:06d}.png", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            frame.image().save(file, "PNG", compress_level=1)
        count += 1
    return count
