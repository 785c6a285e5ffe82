"""Which table of which segment a file is; everything that is sealed or said about it goes by this name."""

from typing import NamedTuple

FORMAT_NAME = "recorder-segment/1"


class SegmentName(NamedTuple):
    """Which table of which segment. It is bound into every page, so a file can't stand in for another."""

    session_id: str
    segment: int
    table: str

    @property
    def aad_prefix(self) -> bytes:
        return f"{FORMAT_NAME}|{self.session_id}|{self.segment}|{self.table}".encode()

    def __str__(self) -> str:
        return f"session {self.session_id}, segment {self.segment:04d} ({self.table})"
