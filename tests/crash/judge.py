"""Was a cut survived? Opens what is left as the person's next command would, and says what is wrong, in sentences."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recorder.cli.opened import open_home
from recorder.store.delete import pending
from recorder.store.home import session_ids
from recorder.store.session import SessionReader
from recorder.store.vault import UnlockedVault, Vault
from tests.crash.progress import Progress
from tests.crash.raw_disk import readable
from tests.crash.scenarios import CANARY, STEP_US, Scenario, unlock
from tests.crash.seen import look, wrong

SECOND_US = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a person saw before the scenario and after it went through undisturbed."""

    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """How a run of a scenario ended. `code`: its exit code, None when it was killed. `told`: what it had done."""

    code: int | None
    told: dict[str, int]
    power: bool = False


def as_compared(seen: Any) -> Any:
    """As JSON gives it back."""
    return json.loads(json.dumps(seen, sort_keys=True, default=str))


def judge(scenario: Scenario, root: Path, template: Path, expected: Expected, cut: Cut) -> list[str]:
    """What is wrong; empty when the cut was survived."""
    home = root / "home"
    if not Vault.exists(home):
        return _nothing_yet(scenario, root, cut)
    unfinished = pending(home)
    unlocked = open_home().unlocked
    found = wrong(home, unlocked) + _export(root, later=False)
    if scenario.name == "record":
        return found + _recorded(home, root, unlocked, cut)
    seen = as_compared(look(home, unlocked))
    if seen not in (expected.before, expected.after):
        found.append(f"neither as before nor as after: {_difference(seen, expected)}")
    if seen != expected.after and (unfinished or cut.code == 0):
        found.append("what was begun is not finished")
    if scenario.gone and seen == expected.after and seen != expected.before:
        found += [f"deleted, and can be read: {name}" for name in readable(_disks(root, template), unlocked, CANARY)]
    return found + _again(scenario, root, expected)


def _disks(root: Path, template: Path) -> list[Path]:
    return [root / "home", root / "stash", template / "home"]


def _nothing_yet(scenario: Scenario, root: Path, cut: Cut) -> list[str]:
    found = ["the vault is gone"] if scenario.name != "vault" or cut.code == 0 else []
    return found + _again(scenario, root, None, wanted=scenario.name == "vault")


def _again(scenario: Scenario, root: Path, expected: Expected | None, *, wanted: bool = False) -> list[str]:
    """The same thing once more, undisturbed: it goes through, and then all is as if nothing had happened."""
    exported = scenario.name == "export" and not (root / "out").exists()
    if not (scenario.again or wanted or exported):
        return []
    code = scenario.act(root, Progress())
    if code != 0:
        return [f"a later run ends with {code}"]
    unlocked = unlock(root)
    found = [f"after a later run: {one}" for one in wrong(root / "home", unlocked) + _export(root)]
    if expected is not None and as_compared(look(root / "home", unlocked)) != expected.after:
        found.append("after a later run it is not as after one undisturbed run")
    return found


def _difference(seen: Any, expected: Expected) -> str:
    missing = set(expected.before) ^ set(seen)
    parts = [
        f"{session} {name}"
        for session in seen
        for name in seen[session]
        if seen[session][name] not in (w.get(session, {}).get(name) for w in (expected.before, expected.after))
    ]
    return f"sessions {sorted(missing)}, {parts}"


# An export


def _export(root: Path, *, later: bool = True) -> list[str]:
    """The folder is there and whole, or it is not there; after a later run nothing else lies beside it."""
    beside = {path.name for path in root.iterdir()} - {"home", "stash", "out", "said.txt"}
    if not later and not (root / "out").exists():
        beside = {name for name in beside if not name.endswith(".partial")}
    found = [f"left beside the export: {name}" for name in beside]
    out = root / "out"
    if not out.exists():
        return found
    manifest = json.loads((out / "export-manifest.json").read_bytes())
    named = {entry["path"]: entry["sha256"] for entry in manifest["files"]}
    there = {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in out.rglob("*")
        if path.is_file() and path.name != "export-manifest.json"
    }
    return found + (["the export is not whole"] if named != there else [])


# A recording


def _recorded(home: Path, root: Path, unlocked: UnlockedVault, cut: Cut) -> list[str]:
    told = cut.told
    if not session_ids(home):
        return [] if told["appended"] < SECOND_US else [f"all of {told['appended']} us is lost"]
    reader = SessionReader(home, session_ids(home)[0], unlocked)
    rows = reader.table("events").to_pylist()
    times = [row["t_us"] for row in rows if row["kind"] != "gap"]
    last = max([*times, *(row["t_end_us"] for row in rows if row["kind"] == "gap")], default=0)
    possible = [n * STEP_US for n in range(1, last // STEP_US + 2)]
    possible = [t + (told["from"] >= 0 and t >= told["to"]) for t in possible]
    span = (told["from"], told["to"]) if told["from"] >= 0 else (0, 0)
    outside = [t for t in possible if not span[0] <= t < span[1] and t <= last]
    inside = [t for t in possible if span[0] <= t < span[1]]
    found = []
    if [t for t in times if not span[0] <= t < span[1]] != outside:
        found.append("rows are missing from the middle, or were never recorded")
    back = [t for t in times if span[0] <= t < span[1]]
    kept = inside[: len(back)] if cut.power else inside  # of what was never synced, the end may be lost
    if back and (told["forgotten"] > 0 or back != kept):
        found.append(f"{len(back)} of {len(inside)} forgotten rows are there")
    if not back and told["from"] >= 0 and told["forgotten"] > 0:
        again = readable([home, root / "stash"], unlocked, CANARY)
        found += [f"forgotten, and can be read: {name}" for name in again]
    lost_us = told["appended"] - last
    if lost_us > SECOND_US + (STEP_US if cut.power else 0):
        found.append(f"{lost_us} us are lost")
    if told["closed"] > 0 and reader.recovered:
        found.append("it was closed and is taken for cut off")
    return found
