"""The file that stands from before the first change of a deletion until after its check: what a crash left is finished.

Sealed, because it may name an app; beside it the probes, the numbers of stages and the line for the history, which say
nothing that is not said elsewhere and are needed when the key is gone.
"""

import base64
import json
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from recorder.errors import DamagedError
from recorder.format.manifest import unbase64
from recorder.store import probes
from recorder.store.deleted import Line
from recorder.store.folders import listed
from recorder.store.home import ensure, write_private
from recorder.store.probes import Probe
from recorder.store.selector import Selector, parse_selector
from recorder.store.vault import UnlockedVault


class Intent(NamedTuple):
    """`selector` None: its key is gone, so the rotation after the rewriting was done, and only the sweep, the check,
    forgetting the `stages` and the `line` are left. `line` None: nothing was found."""

    selector: Selector | None
    probes: list[Probe]
    stages: tuple[int, ...]
    line: Line | None


def paths(home: Path) -> list[Path]:
    return listed(home / "pending", "delete-", ".json")


def write(
    home: Path, unlocked: UnlockedVault, selector: Selector, found: Iterable[Probe], line: Line | None = None
) -> Path:
    path = ensure(home) / "pending" / f"delete-{secrets.token_hex(8)}.json"
    sealed = base64.b64encode(unlocked.recipient.seal(json.dumps(selector.fields()).encode(), "intent")).decode()
    fields = {"epoch": unlocked.recipient.epoch, "sealed": sealed}
    fields |= {"probes": probes.as_json(found), "stages": list(selector.stages), "line": line}
    write_private(path, json.dumps(fields).encode())
    return path


def read(path: Path, unlocked: UnlockedVault) -> Intent:
    """Raises: DamagedError."""
    try:
        fields = json.loads(path.read_bytes())
        epoch, found = int(fields["epoch"]), probes.from_json(fields["probes"])
        sealed, stages = unbase64(fields["sealed"]), tuple(int(one) for one in fields["stages"])
        line = Line.parse(fields["line"])
    except (ValueError, KeyError, TypeError):
        raise DamagedError("an unfinished deletion does not parse") from None
    if epoch not in unlocked.epochs:
        return Intent(None, found, stages, line)
    return Intent(parse_selector(json.loads(unlocked.open(sealed, "intent", epoch))), found, stages, line)
