"""`manifest.json`: in clear only ids, times, sizes, hashes and sealed keys; all else is sealed to the session."""

import base64
import binascii
import dataclasses
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from recorder.errors import DamagedError
from recorder.format.seal import Identity, Recipient

VERSION = 1
# A name from a manifest becomes a path: nothing but this shape may.
FILE_NAME = re.compile(r"\d{4,9}-(events|frames|contexts|redactions)(\.r\d{1,9})?\.parquet")
ID = re.compile(r"[0-9a-f-]{1,64}")
_NO_SEGMENTS = '\n "segments": []'  # no other value can hold a line break
# Sealed JSON is a whole number of these: its length tells next to nothing of what is in it.
PADDED_BYTES = 256


class Stage(StrEnum):
    """Whether a recorder may still add to the session."""

    RECORDING = "recording"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """One segment file. `sha256` of the bytes on disk, hex."""

    name: str
    table: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentEntry:
    """One segment. `sealed`: a `SegmentSecret`, base64. All rows lie in [t_us, t_end_us]."""

    segment: int
    t_us: int
    t_end_us: int
    sealed: str
    files: tuple[FileEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One session. `key_id` names the file that holds the session's identity, wrapped to the vault; `public` seals to
    it; `start` and `end` are sealed JSON (base64)."""

    session_id: str
    started_at_us: int
    ended_at_us: int | None
    stage: Stage
    consent_id: str
    consent_revision: int
    key_id: str
    public: str
    start: str
    end: str | None
    segments: tuple[SegmentEntry, ...] = ()
    version: int = VERSION

    @property
    def recipient(self) -> Recipient:
        return Recipient(unbase64(self.public))

    @property
    def file_names(self) -> set[str]:
        return {file.name for segment in self.segments for file in segment.files}

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for segment in self.segments for file in segment.files)


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentSecret:
    """What opens a segment and what is in it. `keys`: table to data key; `rows`: table to row count; `apps`: rule names
    that were in front; `gaps`: gap rows; `frames`: the smallest and the largest id of its pictures, if it has any."""

    keys: Mapping[str, bytes]
    rows: Mapping[str, int]
    apps: tuple[str, ...]
    gaps: int
    frames: tuple[int, int] | None = None

    def seal(self, recipient: Recipient, session_id: str, segment: int) -> str:
        fields = {
            "keys": {table: base64.b64encode(key).decode() for table, key in self.keys.items()},
            "rows": dict(self.rows),
            "apps": list(self.apps),
            "gaps": self.gaps,
            "frames": self.frames,
        }
        return seal_json(fields, recipient, f"segment|{session_id}|{segment}")

    @classmethod
    def open(cls, sealed: str, identity: Identity, session_id: str, segment: int) -> "SegmentSecret":
        """Raises: DamagedError naming session and segment."""
        try:
            fields = open_json(sealed, identity, f"segment|{session_id}|{segment}")
        except DamagedError:
            raise DamagedError(f"session {session_id}, segment {segment:04d}: its keys do not open") from None
        try:
            keys = {table: unbase64(key) for table, key in fields["keys"].items()}
            frames = None if fields["frames"] is None else (int(fields["frames"][0]), int(fields["frames"][1]))
            return cls(keys=keys, rows=fields["rows"], apps=tuple(fields["apps"]), gaps=fields["gaps"], frames=frames)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError):
            raise DamagedError(f"session {session_id}, segment {segment:04d}: its keys do not parse") from None


def seal_json(value: Any, recipient: Recipient, context: str) -> str:
    """Canonical JSON, padded with spaces, sealed under the context, base64."""
    plain = json.dumps(value, sort_keys=True).encode()
    plain = plain.ljust(-(-len(plain) // PADDED_BYTES) * PADDED_BYTES)
    return base64.b64encode(recipient.seal(plain, context)).decode()


def open_json(sealed: str, identity: Identity, context: str) -> Any:
    """Raises: DamagedError."""
    return json.loads(identity.open(unbase64(sealed), context))


def encode(manifest: Manifest) -> bytes:
    """JSON with sorted keys and an indent of one. A recorder writes all segments anew with each: they are put together
    from texts that are made once."""
    fields = {field.name: getattr(manifest, field.name) for field in dataclasses.fields(manifest)}
    text = json.dumps(fields | {"segments": []}, sort_keys=True, indent=1)
    segments = _block("[]", map(_segment_text, manifest.segments), 1)
    return text.replace(_NO_SEGMENTS, _NO_SEGMENTS[:-2] + segments, 1).encode() + b"\n"


def decode(data: bytes) -> Manifest:
    """Raises: DamagedError for anything that is not exactly a manifest of this version."""
    try:
        fields = json.loads(data)
        if fields["version"] != VERSION:
            raise DamagedError("a manifest of an unknown version", hint="a newer recorder may read it")
        fields["segments"] = tuple(_segment(entry) for entry in fields["segments"])
        fields["stage"] = Stage(fields["stage"])
        manifest = Manifest(**fields)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise DamagedError("a manifest does not parse") from None
    _check(manifest)
    return manifest


def unbase64(text: str) -> bytes:
    """Raises: DamagedError."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise DamagedError("a value that should be base64 is not") from None


@lru_cache(maxsize=1024)
def _segment_text(entry: SegmentEntry) -> str:
    fields = {name: getattr(entry, name) for name in ("sealed", "segment", "t_end_us", "t_us")}
    files = _block("[]", map(_file_text, entry.files), 3)
    return _block("{}", [f'"files": {files}', *_members(fields)], 2)


def _file_text(file: FileEntry) -> str:
    return _block("{}", _members({name: getattr(file, name) for name in ("name", "sha256", "size_bytes", "table")}), 4)


def _members(fields: dict[str, Any]) -> Iterator[str]:
    return (f'"{name}": {json.dumps(value)}' for name, value in fields.items())


def _block(brackets: str, items: Iterable[str], depth: int) -> str:
    """As `json.dumps` with an indent of one sets out a list or an object, `depth` levels in."""
    found, pad = list(items), "\n" + " " * depth
    return f"{brackets[0]}{pad} {f',{pad} '.join(found)}{pad}{brackets[1]}" if found else brackets


def _segment(entry: dict[str, Any]) -> SegmentEntry:
    return SegmentEntry(**entry | {"files": tuple(FileEntry(**file) for file in entry["files"])})


def _check(manifest: Manifest) -> None:
    """Ids and file names become paths, so their shape is checked where they enter."""
    names = [file.name for segment in manifest.segments for file in segment.files]
    shaped = all(isinstance(name, str) and FILE_NAME.fullmatch(name) for name in names)
    ids = (manifest.session_id, manifest.key_id)
    if not shaped or not all(isinstance(one, str) and ID.fullmatch(one) for one in ids):
        raise DamagedError("a manifest names something that is no segment")
    if len(set(names)) != len(names):
        raise DamagedError("a manifest names a file twice")
    numbers = [segment.segment for segment in manifest.segments]
    if not all(isinstance(n, int) for n in numbers) or numbers != sorted(set(numbers)):
        raise DamagedError("a manifest's segments are out of order")
