"""Where an export goes: into a folder, or nowhere. The same code writes both, so what is measured is what would leave.

`Nowhere` writes no byte to any disk. It keeps the small files, so that they can be shown, and of pictures nothing but
how large they are.
"""

import hashlib
import io
import os
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from recorder.store.folders import files_in
from recorder.store.steps import Step, step

Entry = dict[str, Any]  # path, sha256, size_bytes

KEPT_BACK = 16 * 1024 * 1024  # of a file that is only measured: its end may still be changed


class Place(Protocol):
    """`create` makes a file by its path below the place; `close` ends it; `wrote` is told of the rows of each table,
    before they are encoded; `entries` lists all files that are there, by path."""

    def create(self, path: str) -> BinaryIO: ...
    def close(self, file: BinaryIO) -> None: ...
    def wrote(self, stem: str, rows: pa.Table) -> None: ...
    def entries(self) -> list[Entry]: ...


class Folder:
    """A folder on the disk: 0700, its files 0600 from their first byte. Raises: FileExistsError for a path twice."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def create(self, path: str) -> BinaryIO:
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        return os.fdopen(os.open(self._root / path, flags, 0o600), "w+b")

    def close(self, file: BinaryIO) -> None:
        file.flush()
        os.fsync(file.fileno())
        file.close()
        step(Step.EXPORT_FILE)

    def wrote(self, stem: str, rows: pa.Table) -> None:
        pass

    def entries(self) -> list[Entry]:
        return [_entry(file, self._root) for file in files_in(self._root)]


class Nowhere:
    """`is_kept` says of a file's path whether its bytes are kept; `small` are those by path, `rows` what was told of
    the tables whose files are not; of a picture they hold its size in bytes."""

    def __init__(self, is_kept: Callable[[str], bool]) -> None:
        self.small: dict[str, bytes] = {}
        self.rows: dict[str, list[pa.Table]] = {}
        self._is_kept = is_kept
        self._open: dict[int, tuple[str, BinaryIO]] = {}
        self._entries: dict[str, Entry] = {}

    def create(self, path: str) -> BinaryIO:
        if path in self._entries or any(path == known for known, _ in self._open.values()):
            raise FileExistsError(path)
        file: Any = io.BytesIO() if self._is_kept(path) else Measure()
        self._open[id(file)] = path, file
        return file  # type: ignore[no-any-return]

    def close(self, file: BinaryIO) -> None:
        path, _ = self._open.pop(id(file))
        if isinstance(file, Measure):
            self._entries[path] = {"path": path, "sha256": file.sha256(), "size_bytes": file.size}
        else:
            content = self.small[path] = file.getvalue()  # type: ignore[attr-defined]
            digest = hashlib.sha256(content).hexdigest()
            self._entries[path] = {"path": path, "sha256": digest, "size_bytes": len(content)}
        file.close()

    def wrote(self, stem: str, rows: pa.Table) -> None:
        if not self._is_kept(f"{stem}-"):
            self.rows.setdefault(stem, []).append(_without_pictures(rows))

    def entries(self) -> list[Entry]:
        return [self._entries[path] for path in sorted(self._entries, key=PurePosixPath)]


class Measure(io.RawIOBase):
    """A file whose bytes go nowhere: their number and SHA-256 stay. Its last `KEPT_BACK` bytes can still be read and
    changed, as the end of a Parquet file is. Raises: RuntimeError for anything before them."""

    def __init__(self) -> None:
        super().__init__()
        self.size = 0
        self._hash = hashlib.sha256()
        self._gone = 0
        self._tail = bytearray()
        self._at = 0

    def sha256(self) -> str:
        """Hex, of all that was written. The last call: what is still kept back goes into it."""
        self._forget(len(self._tail))
        return self._hash.hexdigest()

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        return self._at

    def write(self, data: Any) -> int:
        at, content = self._in_tail(), bytes(data)
        self._tail[at : at + len(content)] = content
        self._at += len(content)
        self.size = max(self.size, self._at)
        self._forget(len(self._tail) - KEPT_BACK)
        return len(content)

    def read(self, size: int = -1) -> bytes:
        at = self._in_tail()
        found = bytes(self._tail[at:] if size < 0 else self._tail[at : at + size])
        self._at += len(found)
        return found

    def _in_tail(self) -> int:
        if not self._gone <= self._at <= self.size:
            raise RuntimeError("what was measured is gone")
        return self._at - self._gone

    def _forget(self, count: int) -> None:
        if count > 0:
            self._hash.update(self._tail[:count])
            del self._tail[:count]
            self._gone += count


def _without_pictures(rows: pa.Table) -> pa.Table:
    """Instead of each picture its number of bytes."""
    for index, field in enumerate(rows.schema):
        if pa.types.is_struct(field.type) and field.type.get_field_index("bytes") >= 0:
            sizes = pc.binary_length(pc.struct_field(rows[field.name], "bytes"))
            rows = rows.set_column(index, field.name, sizes)
    return rows


def _entry(file: Path, root: Path) -> Entry:
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    return {"path": file.relative_to(root).as_posix(), "sha256": digest, "size_bytes": file.stat().st_size}
