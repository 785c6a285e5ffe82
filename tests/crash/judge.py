"""Was a cut survived? Opens what is left as the person's next command would, and says what is wrong, in sentences."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from recorder.cli.opened import open_home
from recorder.errors import RecorderError
from recorder.store import backup
from recorder.store.audit import Action, AuditLog
from recorder.store.delete import pending
from recorder.store.home import session_ids
from recorder.store.session import SessionReader
from recorder.store.vault import UnlockedVault, Vault
from tests.crash.homes import CANARY, OF_BACKUP, opens
from tests.crash.progress import Progress
from tests.crash.raw_disk import readable
from tests.crash.scenarios import STEP_US, Scenario
from tests.crash.seen import look, wrong

SECOND_US = 1_000_000
BESIDE = frozenset({"home", "stash", "chest", "out", "said.txt", "backup.key"})


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


@dataclass(slots=True)
class Verdict:
    """`lost_us`: the end of a recording that is not there. `scans`: how often all bytes were searched for what is gone,
    `canaries`: what was found. `resurrected`: rows that were gone and are there. `corrupt`: what can't be read."""

    problems: list[str] = field(default_factory=list)
    lost_us: int = 0
    scans: int = 0
    canaries: int = 0
    resurrected: int = 0
    corrupt: int = 0

    def check(self, home: Path, unlocked: UnlockedVault, when: str = "") -> None:
        self.problems += [f"{when}{one}" for one in wrong(home, unlocked)]
        for session_id in session_ids(home):
            damaged = SessionReader(home, session_id, unlocked, staged=False).check()
            self.corrupt += len(damaged)
            self.problems += [f"{when}{error.message}" for error in damaged]

    def scan(self, roots: list[Path], unlocked: UnlockedVault, word: str) -> None:
        found = readable(roots, unlocked, CANARY)
        self.scans += 1
        self.canaries += len(found)
        self.problems += [f"{word}, and can be read: {name}" for name in found]


def as_compared(seen: Any) -> Any:
    """As JSON gives it back."""
    return json.loads(json.dumps(seen, sort_keys=True, default=str))


def judge(scenario: Scenario, root: Path, template: Path, expected: Expected, cut: Cut) -> dict[str, Any]:
    """A `Verdict`, as JSON takes it. Raises whatever keeps the next command from opening the home."""
    home, verdict = root / "home", Verdict()
    if not Vault.exists(home):
        _nothing_yet(scenario, root, cut, verdict)
    elif scenario.lost and _is_lost(root):
        verdict.problems += ["the key is not there"] if cut.code == 0 else []
        _again(scenario, root, expected, verdict, wanted=True)
    else:
        _opened(scenario, root, template, expected, cut, verdict)
    return asdict(verdict)


def _is_lost(root: Path) -> bool:
    try:
        opens(root)
    except RecorderError:
        return True
    return False


def _opened(scenario: Scenario, root: Path, template: Path, expected: Expected, cut: Cut, verdict: Verdict) -> None:
    home = root / "home"
    unfinished = pending(home)
    opens(root)
    unlocked = open_home().unlocked
    verdict.check(home, unlocked)
    _export(root, verdict)
    if scenario.name == "record":
        _recorded(home, root, unlocked, cut, verdict)
        return
    seen = as_compared(look(home, unlocked))
    before = {} if scenario.lost else expected.before
    if seen not in (before, expected.after):
        verdict.problems.append(f"neither as before nor as after: {_difference(seen, expected)}")
    if seen != expected.after and (unfinished or cut.code == 0):
        verdict.problems.append("what was begun is not finished")
    if scenario.gone and seen != before:
        verdict.resurrected = _more(seen, expected.after)
        lines = [row for row in AuditLog(home).rows() if row.action == Action.DELETED]
        verdict.problems += [f"the history has {len(lines)} lines of one deletion"] if len(lines) != 1 else []
        verdict.scan([home, root / "stash", template / "home"], unlocked, "deleted")
    _again(scenario, root, expected, verdict, wanted=_backup(scenario, root, cut, verdict))


def _more(seen: Any, after: Any) -> int:
    """Rows that are not there after the scenario."""
    count = 0
    for session_id, session in seen.items():
        for name, rows in session["tables"].items():
            left = list(after.get(session_id, {"tables": {}})["tables"].get(name, ()))
            count += sum(row not in left for row in rows)
    return count


def _nothing_yet(scenario: Scenario, root: Path, cut: Cut, verdict: Verdict) -> None:
    if scenario.name != "vault" or cut.code == 0:
        verdict.problems.append("the vault is gone")
    _again(scenario, root, None, verdict, wanted=scenario.name == "vault")


def _again(
    scenario: Scenario, root: Path, expected: Expected | None, verdict: Verdict, *, wanted: bool = False
) -> None:
    """The same thing once more, undisturbed: it goes through, and then all is as if nothing had happened."""
    exported = scenario.name == "export" and not (root / "out").exists()
    if not (scenario.again or wanted or exported):
        return
    code = scenario.act(root, Progress())
    if code != 0:
        verdict.problems.append(f"a later run ends with {code}")
        return
    unlocked = opens(root)
    verdict.check(root / "home", unlocked, "after a later run: ")
    _export(root, verdict)
    if expected is not None and as_compared(look(root / "home", unlocked)) != expected.after:
        verdict.problems.append("after a later run it is not as after one undisturbed run")


def _difference(seen: Any, expected: Expected) -> str:
    missing = set(expected.before) ^ set(seen)
    parts = [
        f"{session} {name}"
        for session in seen
        for name in seen[session]
        if seen[session][name] not in (w.get(session, {}).get(name) for w in (expected.before, expected.after))
    ]
    return f"sessions {sorted(missing)}, {parts}"


# What is written outside of the home


def _backup(scenario: Scenario, root: Path, cut: Cut, verdict: Verdict) -> bool:
    """It is there and whole, or it is not there. Whether it has still to be made."""
    if not scenario.backup:
        return False
    path = root / "backup.key"
    if path.exists():
        found = backup.read(path, OF_BACKUP)
        found.refuse_unless_of(Vault.open(root / "home"))
        return False
    verdict.problems += ["there is no backup"] if cut.code == 0 else []
    return True


def _export(root: Path, verdict: Verdict) -> None:
    """The folder is there and whole, or it is not there; nothing else lies beside it."""
    beside = {path.name for path in root.iterdir()} - BESIDE
    verdict.problems += [f"left beside the home: {name}" for name in beside]
    out = root / "out"
    if not out.exists():
        return
    manifest = json.loads((out / "export-manifest.json").read_bytes())
    named = {entry["path"]: entry["sha256"] for entry in manifest["files"]}
    there = {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in out.rglob("*")
        if path.is_file() and path.name != "export-manifest.json"
    }
    verdict.problems += ["the export is not whole"] if named != there else []


# A recording


def _recorded(home: Path, root: Path, unlocked: UnlockedVault, cut: Cut, verdict: Verdict) -> None:
    told = cut.told
    if not session_ids(home):
        verdict.lost_us = max(told["appended"], 0)
        verdict.problems += [f"all of {told['appended']} us is lost"] if verdict.lost_us >= SECOND_US else []
        return
    reader = SessionReader(home, session_ids(home)[0], unlocked)
    rows = reader.table("events").to_pylist()
    times = [row["t_us"] for row in rows if row["kind"] != "gap"]
    last = max([*times, *(row["t_end_us"] for row in rows if row["kind"] == "gap")], default=0)
    _middle(times, last, root, unlocked, cut, verdict)
    verdict.lost_us = max(told["appended"] - last, 0)
    if verdict.lost_us > SECOND_US + (STEP_US if cut.power else 0):
        verdict.problems.append(f"{verdict.lost_us} us are lost")
    if told["closed"] > 0 and reader.recovered:
        verdict.problems.append("it was closed and is taken for cut off")


def _middle(times: list[int], last: int, root: Path, unlocked: UnlockedVault, cut: Cut, verdict: Verdict) -> None:
    """All rows up to the last are there, but for those that were forgotten; those are not."""
    told = cut.told
    possible = [n * STEP_US for n in range(1, last // STEP_US + 2)]
    possible = [t + (told["from"] >= 0 and t >= told["to"]) for t in possible]
    span = (told["from"], told["to"]) if told["from"] >= 0 else (0, 0)
    outside = [t for t in possible if not span[0] <= t < span[1] and t <= last]
    inside = [t for t in possible if span[0] <= t < span[1]]
    if [t for t in times if not span[0] <= t < span[1]] != outside:
        verdict.problems.append("rows are missing from the middle, or were never recorded")
    back = [t for t in times if span[0] <= t < span[1]]
    kept = inside[: len(back)] if cut.power else inside  # of what was never synced, the end may be lost
    if back and (told["forgotten"] > 0 or back != kept):
        verdict.resurrected += len(back)
        verdict.problems.append(f"{len(back)} of {len(inside)} forgotten rows are there")
    if not back and told["from"] >= 0 and told["forgotten"] > 0:
        verdict.scan([root / "home", root / "stash"], unlocked, "forgotten")
