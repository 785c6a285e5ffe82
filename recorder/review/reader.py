"""What review needs of a stored session; `recorder.store.session.SessionReader` is one."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import pyarrow as pa

from recorder.model.redacted import Tally
from recorder.model.session import SessionStart


class Reader(Protocol):
    """One session, decrypted on demand."""

    @property
    def start(self) -> SessionStart: ...
    @property
    def counters(self) -> Mapping[str, Tally]: ...
    def table(self, name: str, columns: Sequence[str] | None = None) -> pa.Table: ...
    def files(self) -> Mapping[str, str]: ...
    def frame(self, frame_id: int) -> Any: ...
