"""What plain Parquet readers need to open a session's segments: path, key and AAD prefix of every file. No lock-in.

These keys open these files for whoever has both, until the session is rewritten or deleted.
"""

from dataclasses import dataclass
from pathlib import Path

from recorder.errors import DamagedError
from recorder.format.parquet import SegmentName
from recorder.store.segment import SEGMENTS
from recorder.store.session import SessionReader


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFile:
    """One segment file and what opens it (`AES_GCM_V1`, one key for footer and columns)."""

    path: Path
    segment: int
    table: str
    key: bytes
    aad_prefix: str

    def __repr__(self) -> str:
        return f"<OpenFile {self.path.name}>"


def reveal(reader: SessionReader) -> tuple[list[OpenFile], list[DamagedError]]:
    """Every file whose key opens, in order, and what does not."""
    files: list[OpenFile] = []
    damaged: list[DamagedError] = []
    for entry in reader.manifest.segments:
        try:
            keys = reader.secret(entry).keys
        except DamagedError as error:
            damaged.append(error)
            continue
        for file in entry.files:
            name = SegmentName(reader.session_id, entry.segment, file.table)
            path = reader.folder / SEGMENTS / file.name
            if file.table not in keys or not path.is_file():
                damaged.append(DamagedError(f"{name} is gone"))
                continue
            prefix = name.aad_prefix.decode()
            found = OpenFile(
                path=path, segment=entry.segment, table=file.table, key=keys[file.table], aad_prefix=prefix
            )
            files.append(found)
    return files, damaged
