"""Short pieces of what is about to be deleted, and the search for them afterwards in the home folder.

A probe is 64 bytes of a sealed file or of a wrapped key, kept as its first 8 bytes and its SHA-256: enough to find the
piece again, not to put it back. Sealed bytes look random, so a piece that is found is a piece that was left.

Searched is every byte of every file, but for one kind: segment files of sessions that the deletion did not touch, which
are what their manifest names, of its size, and older than it. Of those only the places are looked at where a copy of a
whole file would have its pieces (docs/decisions/0007-where-a-deletion-is-checked.md).
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Set
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from recorder.errors import DamagedError, PlatformError
from recorder.format.manifest import unbase64
from recorder.store.folders import files_in, listed
from recorder.store.home import session_folder, session_ids
from recorder.store.manifest_file import MANIFEST, SEGMENTS, read_manifest

LENGTH = 64
HEAD = 8
_CHUNK = 1 << 20
_BITS = 22
_SEALED = {".parquet", ".rlog"}


class Probe(NamedTuple):
    """`head`: its first bytes; `digest`: SHA-256 of all of it."""

    head: bytes
    digest: bytes

    @classmethod
    def of(cls, piece: bytes) -> "Probe":
        return cls(piece[:HEAD], hashlib.sha256(piece).digest())


def of_file(path: Path) -> Iterator[Probe]:
    """Three pieces of a sealed file: behind its magic, from its middle, before its end. Nothing of other files: what is
    in clear in them may stand elsewhere, too."""
    if path.suffix not in _SEALED:
        return
    size = path.stat().st_size
    with path.open("rb") as stream:
        for offset in sorted({16, size // 2, size - LENGTH - 16}):
            if offset < 16 or offset + LENGTH > size or (path.suffix == ".rlog" and offset < size // 2):
                continue  # a journal begins in clear
            stream.seek(offset)
            yield Probe.of(stream.read(LENGTH))


def of_keys(folder: Path) -> Iterator[Probe]:
    """What would open a session as it is: the wrapped keys, as they stand in files and as bytes."""
    for sealed in _wrapped(folder):
        for form in (sealed.encode(), unbase64(sealed)):
            middle = len(form) // 2
            if len(form) >= 2 * LENGTH:
                yield Probe.of(form[middle : middle + LENGTH])


def _wrapped(folder: Path) -> Iterator[str]:
    for path in listed(folder / "keys", ending=".json"):
        with suppress(ValueError, KeyError, TypeError):
            yield str(json.loads(path.read_bytes())["sealed"])
    with suppress(DamagedError):
        manifest = read_manifest(folder)
        yield from (entry.sealed for entry in manifest.segments)
        yield from (sealed for sealed in (manifest.start, manifest.end) if sealed is not None)


def as_json(probes: Iterable[Probe]) -> list[list[str]]:
    return [[probe.head.hex(), probe.digest.hex()] for probe in probes]


def from_json(values: Iterable[Any]) -> list[Probe]:
    """Raises: ValueError, TypeError."""
    return [Probe(bytes.fromhex(head), bytes.fromhex(digest)) for head, digest in values]


def find(home: Path, probes: Iterable[Probe], touched: Set[str] | None = None) -> Path | None:
    """The first file below `home` that holds a piece; None: there is none. One pass, whatever the number of probes.
    `touched`: the sessions that the deletion was about; None: any may be.

    Raises: PlatformError for a file that can't be read: what is in it is not known.
    """
    search = _Search(probes)
    if not search.heads:
        return None
    old = set() if touched is None else _as_written(home, touched)
    return next(
        (path for path in files_in(home) if (search.is_copied_to(path) if path in old else search.is_in(path))), None
    )


def _as_written(home: Path, touched: Set[str]) -> set[Path]:
    """Segment files that nobody has changed since they were named."""
    found: set[Path] = set()
    for session_id in session_ids(home):
        folder = session_folder(home, session_id)
        with suppress(DamagedError, FileNotFoundError):
            if session_id not in touched:
                found.update(_named(folder, (folder / MANIFEST).lstat().st_ctime_ns))
    return found


def _named(folder: Path, since_ns: int) -> Iterator[Path]:
    """`since_ns`: from before the manifest is read, so that a newer one can't vouch for what an older one names."""
    for entry in read_manifest(folder).segments:
        for file in entry.files:
            path = folder / SEGMENTS / file.name
            with suppress(FileNotFoundError):
                if path.lstat().st_size == file.size_bytes and _changed_ns(path) < since_ns:
                    yield path


def _changed_ns(path: Path) -> int:
    """When its bytes or its name last changed. The second of these times can be set by the machine's clock alone, so a
    manifest vouches by that one."""
    stat = path.lstat()
    return max(stat.st_mtime_ns, stat.st_ctime_ns)


class _Search:
    """First a table of the first bits of all heads, then heads, then digests: nearly every place ends at the table."""

    def __init__(self, probes: Iterable[Probe]) -> None:
        found = list(probes)
        self.heads = {probe.head for probe in found}
        self._digests = {probe.digest for probe in found}
        self._table = np.zeros(1 << _BITS, np.bool_)
        for head in self.heads:
            self._table[int.from_bytes(head[:4], "little") & (1 << _BITS) - 1] = True

    def is_copied_to(self, path: Path) -> bool:
        """Whether it is, as a whole, a file that a piece was taken of."""
        try:
            return any(one.digest in self._digests for one in of_file(path))
        except FileNotFoundError:
            return False
        except OSError as error:
            raise _unreadable(path, error) from None

    def is_in(self, path: Path) -> bool:
        try:
            with path.open("rb") as stream:
                kept = b""
                while chunk := stream.read(_CHUNK):
                    content = kept + chunk
                    if self._is_in(content):
                        return True
                    kept = content[-LENGTH + 1 :]
        except FileNotFoundError:
            return False  # gone meanwhile: a recorder sealed its journal, say
        except OSError as error:
            raise _unreadable(path, error) from None
        return False

    def _is_in(self, content: bytes) -> bool:
        mask = np.uint32((1 << _BITS) - 1)
        for shift in range(4):
            count = (len(content) - shift) // 4
            if count <= 0:
                continue
            words = np.frombuffer(content, "<u4", count, shift)
            places = np.flatnonzero(self._table[words & mask])
            if any(self._is_at(content, shift + 4 * int(place)) for place in places):
                return True
        return False

    def _is_at(self, content: bytes, at: int) -> bool:
        if content[at : at + HEAD] not in self.heads or at + LENGTH > len(content):
            return False
        return hashlib.sha256(content[at : at + LENGTH]).digest() in self._digests


def _unreadable(path: Path, error: OSError) -> PlatformError:
    return PlatformError(f"{path.name} can't be read to see whether anything is left: {error.strerror}")
