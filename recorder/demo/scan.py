"""Folders and canaries in, every place where a canary stands out: how one proves that a secret did not reach the disk.

Looks at all bytes of all files (names too), in every form that `needles.py` knows, and inside gzip, zlib and zip
streams. It reads what a thief of the folder reads, so it needs no key. `keystrokes.py` looks into decrypted tables.
"""

import io
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from recorder.demo.needles import Needle, needles

CHUNK_BYTES = 16 << 20
UNPACKED_LIMIT_BYTES = 64 << 20
DEEPEST = 3

# What a plain picture, table or database looks like. Long enough not to stand in a megabyte of ciphertext by chance.
MAGICS = {
    "PNG": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "JPEG": re.compile(rb"\xff\xd8\xff[\xe0\xe1]..(?:JFIF|Exif)\0", re.DOTALL),
    "WebP": re.compile(rb"RIFF....WEBPVP8", re.DOTALL),
    "QOI": re.compile(rb"qoif\0\0..\0\0..[\x03\x04][\0\x01]", re.DOTALL),
    "GIF": re.compile(rb"GIF8[79]a..(?:..)[\x80-\xff]\0\0", re.DOTALL),
    "SQLite": re.compile(rb"SQLite format 3\0"),
    "Parquet": re.compile(rb"\APAR1|PAR1\Z"),
    "Arrow": re.compile(rb"\AARROW1\0\0"),
    "MCAP": re.compile(rb"\x89MCAP0\r\n"),
}
LONGEST_MAGIC_BYTES = 16
PACKED = re.compile(rb"\x1f\x8b\x08[\0-\x1f]|\x78[\x01\x5e\x9c\xda]")


@dataclass(frozen=True, slots=True)
class Hit:
    """`what` (a canary, or the name of a file kind) stands in `path` at byte `offset`, written in the way `form`."""

    path: str
    offset: int
    what: str
    form: str


def scan(roots: Iterable[Path], canaries: Sequence[str], *, forbid_magics: bool = False) -> list[Hit]:
    """Search every file under the roots (a root may be a file). Links are read as text and not followed.

    `forbid_magics`: plain pictures, tables and databases are hits as well: nothing in a vault may look like one.
    What can't be read is a hit too (form `unreadable`): it could hold anything. What vanishes meanwhile is not.
    Raises: ValueError for canaries shorter than 6 characters.
    """
    wanted = needles(canaries)
    return [hit for root in roots for path in _files(Path(root)) for hit in _scan_path(path, wanted, forbid_magics)]


def scan_bytes(content: bytes, canaries: Sequence[str], *, name: str = "") -> list[Hit]:
    """The same for bytes in memory: a pipe's output, a column's value, a core dump."""
    return list(_search(content, needles(canaries), name, depth=0))


def _files(root: Path) -> Iterator[Path]:
    yield root
    if root.is_dir() and not root.is_symlink():
        for folder, folders, names in os.walk(root, onerror=None):
            yield from (Path(folder, name) for name in sorted(folders) + sorted(names))


def _scan_path(path: Path, wanted: Sequence[Needle], forbid_magics: bool) -> Iterator[Hit]:
    yield from _plain(os.fsencode(path.name), wanted, str(path), "name: ")
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            yield from _plain(os.fsencode(path.readlink()), wanted, str(path), "link: ")
        elif stat.S_ISREG(mode):
            yield from _scan_file(path, wanted, forbid_magics)
        elif stat.S_ISDIR(mode):
            os.scandir(path).close()
    except FileNotFoundError:
        return
    except OSError as error:
        yield Hit(str(path), 0, type(error).__name__, "unreadable")


def _scan_file(path: Path, wanted: Sequence[Needle], forbid_magics: bool) -> Iterator[Hit]:
    """Chunk by chunk, each with the end of the one before so that nothing hides on a boundary."""
    overlap = max((len(n.pattern) for n in wanted), default=1) + LONGEST_MAGIC_BYTES
    with path.open("rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        start = 0
        while True:
            file.seek(start)
            content = file.read(CHUNK_BYTES)
            yield from _shift(_search(content, wanted, str(path), depth=0), start)
            if forbid_magics:
                yield from _magics(content, str(path), start=start, size=size)
            if start + len(content) >= size or len(content) <= overlap:
                break
            start += len(content) - overlap
    if zipfile.is_zipfile(path):
        yield from _members(path, wanted)


def _shift(hits: Iterable[Hit], by: int) -> Iterator[Hit]:
    yield from (Hit(hit.path, hit.offset + by, hit.what, hit.form) for hit in hits)


def _search(content: bytes, wanted: Sequence[Needle], name: str, depth: int) -> Iterator[Hit]:
    yield from _plain(content, wanted, name, "")
    if depth < DEEPEST:
        for offset, kind, inner in _unpacked(content):
            for hit in _search(inner, wanted, name, depth + 1):
                yield Hit(name, offset, hit.what, f"{kind}: {hit.form}")


def _plain(content: bytes, wanted: Sequence[Needle], name: str, prefix: str) -> Iterator[Hit]:
    for needle in wanted:
        offset = content.find(needle.pattern)
        if offset >= 0:
            yield Hit(name, offset, needle.canary, prefix + needle.form)


def _unpacked(content: bytes) -> Iterator[tuple[int, str, bytes]]:
    """Every stream that inflates to something, with the offset where it begins. Random bytes rarely do."""
    for match in PACKED.finditer(content):
        kind, window_bits = ("gzip", 31) if match[0].startswith(b"\x1f") else ("zlib", 15)
        inner = _inflate(content, match.start(), window_bits)
        if len(inner) > len(match[0]):
            yield match.start(), kind, inner


def _inflate(content: bytes, start: int, window_bits: int) -> bytes:
    """What comes out before the stream ends or breaks: a cut stream shows its beginning."""
    inflater = zlib.decompressobj(window_bits)
    out = bytearray()
    try:
        for at in range(start, len(content), 4096):
            out += inflater.decompress(content[at : at + 4096], UNPACKED_LIMIT_BYTES - len(out))
            if inflater.eof or len(out) >= UNPACKED_LIMIT_BYTES:
                break
    except zlib.error:
        pass
    return bytes(out)


def _members(path: Path, wanted: Sequence[Needle]) -> Iterator[Hit]:
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                with archive.open(member) as file:
                    inside = io.BytesIO(file.read(UNPACKED_LIMIT_BYTES)).getvalue()
                for hit in _search(inside, wanted, f"{path}!{member.filename}", depth=1):
                    yield Hit(hit.path, hit.offset, hit.what, f"zip: {hit.form}")
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error, EOFError) as error:
        yield Hit(str(path), 0, type(error).__name__, "unreadable")


def _magics(content: bytes, name: str, *, start: int, size: int) -> Iterator[Hit]:
    for kind, pattern in MAGICS.items():
        for match in pattern.finditer(content):
            at_an_edge = start + match.start() == 0 or start + match.end() == size
            if at_an_edge or not pattern.pattern.startswith(rb"\A"):
                yield Hit(name, start + match.start(), kind, "magic")
                break
