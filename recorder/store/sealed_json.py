"""What is fixed at a session's start and known at its end, as the JSON that the manifest carries sealed."""

import dataclasses
import hashlib
from collections.abc import Mapping
from typing import Any

from recorder.errors import DamagedError
from recorder.format.manifest import Manifest, encode, seal_json
from recorder.model.geometry import Monitor, Rect
from recorder.model.redacted import Tally
from recorder.model.session import SessionStart


def start_fields(start: SessionStart) -> dict[str, Any]:
    fields = dataclasses.asdict(start)
    return fields | {"categories": sorted(start.categories)}


def parse_start(fields: dict[str, Any]) -> SessionStart:
    """Raises: DamagedError."""
    try:
        screens = tuple(Monitor(**one | {"rect": Rect(**one["rect"])}) for one in fields["screens"])
        return SessionStart(**fields | {"screens": screens, "categories": frozenset(fields["categories"])})
    except (TypeError, KeyError, AttributeError):
        raise DamagedError("a session's start does not parse") from None


def end_fields(counters: Mapping[str, Tally], duration_us: int, *, recovered: bool = False) -> dict[str, Any]:
    books = {kind: dataclasses.asdict(tally) for kind, tally in counters.items()}
    return {"counters": books, "duration_us": duration_us, "recovered": recovered}


def closed(manifest: Manifest, fields: dict[str, Any]) -> Manifest:
    """The manifest with its end, sealed. The end also says what the rest of the manifest is, so that no line of it can
    be taken out, changed or put back from an earlier one without a trace."""
    bound = fields | {"manifest_sha256": _digest(manifest)}
    return dataclasses.replace(manifest, end=seal_json(bound, manifest.recipient, f"end|{manifest.session_id}"))


def is_as_closed(manifest: Manifest, fields: dict[str, Any]) -> bool:
    """Whether the manifest is the one that this end was sealed for."""
    return fields.get("manifest_sha256") == _digest(manifest)


def _digest(manifest: Manifest) -> str:
    return hashlib.sha256(encode(dataclasses.replace(manifest, end=None))).hexdigest()


def parse_counters(fields: dict[str, Any]) -> dict[str, Tally]:
    """Raises: DamagedError."""
    try:
        return {kind: Tally(**tally) for kind, tally in fields["counters"].items()}
    except (TypeError, KeyError, AttributeError):
        raise DamagedError("a session's books do not parse") from None
