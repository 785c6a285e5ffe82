"""What export needs of a stored session; `recorder.store.session.SessionReader` is one."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import pyarrow as pa
from PIL import Image

from recorder.model.session import SessionStart


class Picture(Protocol):
    """One stored frame."""

    @property
    def frame_id(self) -> int: ...
    def image(self) -> Image.Image: ...


class Reader(Protocol):
    """One session, decrypted on demand. `files` hashes what lies on the disk at the moment of the call."""

    start: SessionStart

    def table(self, name: str, columns: Sequence[str] | None = None) -> pa.Table: ...
    def frames(self) -> Iterator[Picture]: ...
    def files(self) -> Mapping[str, str]: ...
