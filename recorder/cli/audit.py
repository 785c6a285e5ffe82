"""`recorder audit`: what a person should look at before approving, found by means that the guard does not use."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recorder.cli import output
from recorder.cli.history import note
from recorder.cli.opened import find_sessions, open_home
from recorder.errors import UsageError
from recorder.store.audit import Action, Actor

if TYPE_CHECKING:
    from recorder.model.session import SessionStart
    from recorder.review.audit.sighting import Sighting
    from recorder.review.audit.whole import Audit
    from recorder.store.session import SessionReader

TELL_EVERY_S = 5.0


@click.command(epilog="Example:  recorder audit last --pictures ./to-look-at")
@click.argument("session")
@click.option("--json", "as_json", is_flag=True, help="One JSON value; what was found only with --reveal.")
@click.option("--reveal", is_flag=True, help="Show what was found as a whole, not only its ends.")
@click.option(
    "--pictures", "folder", type=click.Path(path_type=Path), help="Write the pictures, marked, to this new folder."
)
def audit(session: str, as_json: bool, reveal: bool, folder: Path | None) -> None:
    """Read all that SESSION holds a second time, and list what you should look at before you approve it.

    Every picture is read by another OCR reader (needs the extra recorder[audit]), every text by a second, simpler
    detector. It errs towards saying too much; an empty list is no proof. What it finds is data: the exit code is 0
    either way.
    """
    from recorder.review.audit.reader import RapidReader, require
    from recorder.review.audit.whole import audit as look

    require()
    (session_id,) = find_sessions([session])
    opened = open_home()
    _check_folder(folder, opened.home)
    reader = opened.reader(session_id)
    if reader.recording:
        raise UsageError(f"session {session_id} is still being recorded", hint="recorder stop, then audit it")
    _cut_off()
    found = look(reader, RapidReader(), _Teller())
    if folder is not None:
        _draw(reader, found, folder)
    note(
        opened.home,
        Actor.REVIEW,
        Action.AUDITED,
        heads=opened.unlocked,
        object_id=session_id,
        count=len(found.sightings),
    )
    if as_json:
        output.answer_json(as_values(reader.start, found, reveal=reveal))
    else:
        _print(session_id, found, reveal=reveal)
    if found.damaged:
        raise found.damaged[0]


def as_values(start: "SessionStart", found: "Audit", *, reveal: bool) -> output.Json:
    """The JSON form."""
    return {
        "id": start.session_id,
        "texts": found.texts,
        "frames": found.frames,
        "frames_read": found.frames_read,
        "duration_s": round(found.seconds, 3),
        "damaged": [error.message for error in found.damaged],
        "sightings": [_values(start, one, reveal=reveal) for one in found.sightings],
    }


def _values(start: "SessionStart", one: "Sighting", *, reveal: bool) -> dict[str, output.Json]:
    rect = one.rect
    place: dict[str, output.Json] = {
        "where": one.where.value,
        "at": output.iso(start.started_at_us + one.t_us),
        "at_s": one.t_us / 1_000_000,
        "ref_id": one.ref_id,
        "rule": one.rule,
        "start": one.start,
        "end": one.end,
        "rect": None if rect is None else {"x": rect.x, "y": rect.y, "width": rect.width, "height": rect.height},
        "times": one.times,
    }
    return place | {"text": one.text} if reveal else place


def _print(session_id: str, found: "Audit", *, reveal: bool) -> None:
    from recorder.review.audit.sighting import veil

    read = f"{found.texts} texts and {found.frames} pictures ({found.frames_read} of them different)"
    if not found.sightings:
        output.answer(f"read {read}: nothing to look at. That is no proof; look at the pictures yourself:")
        output.answer(f"  recorder show {session_id} --frames DIR")
        return
    rows = [
        (
            one.where.value,
            f"{one.t_us / 1e6:.1f} s",
            "" if one.ref_id is None else str(one.ref_id),
            one.rule.replace("_", " "),
            one.text if reveal else veil(one.text),
            _place(one),
            str(one.times),
        )
        for one in found.sightings
    ]
    output.answer_table(["in", "at", "number", "looks like", "found", "place", "times"], rows)
    output.answer(f"read {read}: {len(rows)} to look at")
    if not reveal:
        output.answer("whole, on this screen: --reveal; in the pictures: --pictures DIR")
    output.answer("take out what should not leave: recorder delete --between, --app or --session")


def _place(one: "Sighting") -> str:
    if one.rect is not None:
        return f"{one.rect.width}x{one.rect.height} at {one.rect.x},{one.rect.y}"
    return "" if one.start is None else f"characters {one.start + 1} to {one.end}"


def _cut_off() -> None:
    """From here on this process has no network, whatever the reader's libraries would like to do.

    Raises: PlatformError where that can't be had: then nothing is read.
    """
    from recorder.capture.chooser import lock_in

    lock_in()


def _check_folder(folder: Path | None, home: Path) -> None:
    from recorder.store.outside import check_new_folder, refuse_inside

    if folder is not None:
        refuse_inside(folder, home)
        check_new_folder(folder)


def _draw(reader: "SessionReader", found: "Audit", folder: Path) -> None:
    from recorder.review.audit.drawn import draw_pictures

    count = draw_pictures(reader, found.sightings, folder)
    output.note(f"{count} pictures in {folder}: for your eyes; delete them when you have looked")


class _Teller:
    """Progress to stderr: when there is an estimate, then now and then."""

    def __init__(self) -> None:
        self._told_s: float | None = None

    def __call__(self, done: int, total: int, left_s: float) -> None:
        now = time.monotonic()
        if self._told_s is None or now - self._told_s >= TELL_EVERY_S:
            self._told_s = now
            output.note(f"read {done} of {max(done, total)} pictures, about {max(1, round(left_s))} s left")
