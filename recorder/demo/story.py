"""The demonstration from end to end: a desktop, a volunteer, a recording, and the proof that no secret was kept.

Everything happens through the commands that a person would type; nothing here reaches around them.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import Any

from recorder.demo.desktop import VirtualDesktop
from recorder.demo.keystrokes import scan_tables
from recorder.demo.person import Canaries, Person, require_apps
from recorder.demo.scan import Hit, scan
from recorder.demo.volunteer import Volunteer, session_of
from recorder.errors import RecorderError


class _Rows:
    """Rows from `--json` in the shape that `scan_tables` reads."""

    def __init__(self, rows: Sequence[dict[str, Any]]) -> None:
        self._rows = rows
        self.column_names = sorted({name for row in rows for name in row})

    def column(self, name: str) -> "_Column":
        return _Column([row.get(name) for row in self._rows])


@dataclass(frozen=True, slots=True)
class _Column:
    cells: list[Any]

    def to_pylist(self) -> list[Any]:
        return self.cells


Tell = Callable[[str], None]
ALLOWED = ("Chromium", "Mousepad")


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What the demonstration leaves: where it lies, what was kept and withheld, and what the search found."""

    folder: Path
    session: str = ""
    shown: dict[str, Any] = field(default_factory=dict)
    report: dict[str, Any] = field(default_factory=dict)  # what the export says was left out of it
    pictures: list[Path] = field(default_factory=list)
    searched_bytes: int = 0
    leaks: list[str] = field(default_factory=list)

    @property
    def export(self) -> Path:
        return self.folder / "export"

    @property
    def report_picture(self) -> Path:
        return self.export / "redaction-report.png"


def tell_story(folder: Path, tell: Tell) -> Outcome:
    """Run it; `tell` is given one sentence per step. `folder` (existing, empty) receives home, pictures and export.

    Raises: PlatformError when an application is missing or a step of the story fails; RecorderError when one of the
    secrets was found.
    """
    require_apps()
    outcome = Outcome(folder=folder)
    canaries = Canaries()
    tell("starts a virtual desktop: an X server, a window manager, a keyring, a browser, an editor, a terminal")
    with VirtualDesktop(size=(1920, 1080), keyring_password=token_hex(8)) as desktop:
        volunteer = Volunteer(desktop.env, folder / "home")
        person = Person(desktop, canaries, tell)
        person.open_apps()
        _opt_in(volunteer, tell)
        outcome.session = _record(volunteer, desktop, person, folder, tell)
        _look(volunteer, outcome, canaries, tell)
        _search(outcome, canaries, tell)
        _export(volunteer, outcome, tell)
        _search(outcome, canaries, tell)
    return outcome


def _opt_in(volunteer: Volunteer, tell: Tell) -> None:
    tell("the volunteer reads the notice, switches every category on and types the sentence")
    volunteer.opt_in()
    tell(f"and allows two apps: {' and '.join(ALLOWED)}; the terminal stays off the list")
    volunteer.do("allow", *ALLOWED)


def _record(volunteer: Volunteer, desktop: VirtualDesktop, person: Person, folder: Path, tell: Tell) -> str:
    tell("recording")
    with volunteer.recording("--task", "buy a ticket and write it down") as process:
        person.use_them()
        desktop.screenshot(folder / "the-real-screen.png")
    return session_of(process)


def _look(volunteer: Volunteer, outcome: Outcome, canaries: Canaries, tell: Tell) -> None:
    tell("the volunteer looks at what was kept, decrypted")
    outcome.shown = volunteer.ask("show", outcome.session)
    pictures = outcome.folder / "pictures"
    volunteer.do("show", outcome.session, "--frames", str(pictures))
    outcome.pictures = sorted(pictures.glob("*.png"))
    rows = json.loads(volunteer.do("show", outcome.session, "--events", "--json"))
    _blame(outcome, scan_tables({"events": _Rows(rows)}, list(canaries.all().values())), canaries)


def _search(outcome: Outcome, canaries: Canaries, tell: Tell) -> None:
    tell("searches every byte on the disk for the four secrets: plain, encoded, compressed, joined from keystrokes")
    roots = [path for path in (outcome.folder / "home", outcome.export) if path.exists()]
    outcome.searched_bytes = sum(path.stat().st_size for root in roots for path in root.rglob("*") if path.is_file())
    _blame(outcome, scan(roots, list(canaries.all().values())), canaries)


def _blame(outcome: Outcome, hits: Sequence[Hit], canaries: Canaries) -> None:
    """Raises: RecorderError naming what leaked and where, never the secret itself."""
    names = {secret: name for name, secret in canaries.all().items()}
    outcome.leaks += [f"{names.get(hit.what, 'a secret')} in {hit.path}" for hit in hits]
    if outcome.leaks:
        raise RecorderError(f"the demonstration found what must not be there: {outcome.leaks[0]}")


def _export(volunteer: Volunteer, outcome: Outcome, tell: Tell) -> None:
    tell("approves the session and exports it as Parquet")
    volunteer.do("review", "approve", outcome.session)
    volunteer.do("export", outcome.session, "--out", str(outcome.export))
    tell("the export says what was left out of it, in counts and as a picture")
    outcome.report = json.loads((outcome.export / "redaction-report.json").read_text())
    if not outcome.report_picture.is_file():
        raise RecorderError("the export has no picture of what was left out")
