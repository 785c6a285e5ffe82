"""`recorder delete --stage`, `--staged`, `--undo` and `--purge`: deletions that wait for their last word."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recorder.cli import output, receipt
from recorder.cli.choice import Choice
from recorder.cli.opened import Opened, open_home
from recorder.errors import RecorderError, UsageError
from recorder.store.audit import Action

if TYPE_CHECKING:
    from recorder.store.selector import Selector
    from recorder.store.staged import Stage
    from recorder.store.vault import UnlockedVault

Ask = Callable[[bool], None]
UNTIL = "it can be undone until you purge; nothing is purged by itself"


def stage(opened: Opened, choice: Choice, seconds: float, as_json: bool) -> None:
    from recorder.store.staged import stage as keep

    made = keep(opened.home, opened.unlocked, choice.selector)
    receipt.log(opened, made, Action.DELETION_STAGED)
    found = _values(made) | {"seconds": seconds}
    if as_json:
        output.answer_json(found)
        return
    for session_id in found["sessions"]:
        output.answer(f"  from {session_id}")
    if not made.id:
        output.answer("nothing like that is recorded: nothing is staged")
    else:
        output.answer(f"staged as {made.id}: {receipt.amount(found)}; {found['sessions_gone']} sessions whole")
        output.answer("out of every list, search and export from now on; " + UNTIL)
        output.answer(f"bring it back: recorder delete --undo {made.id}; for good: recorder delete --purge")
    receipt.say_unnamed(found["unnamed"], site=choice.selector.site is not None)


def print_staged(as_json: bool) -> None:
    from recorder.store.staged import listed

    opened = open_home()
    found = [_values(one) for one in listed(opened.home, opened.unlocked)]
    if as_json:
        output.answer_json(found)
    elif not found:
        output.answer("nothing is staged for deletion")
    else:
        columns = ("id", "staged", "what", "sessions", "events", "pictures", "size")
        output.answer_table(columns, [_row(one) for one in found])
        output.answer(f"{UNTIL}: recorder delete --undo ID, recorder delete --purge")


def undo(typed: str, as_json: bool) -> None:
    """`typed`: an id, `last` or `all`. Raises: UsageError, DamagedError."""
    from recorder.store import staged

    if typed != "all" and typed != "last" and not (typed.isascii() and typed.isdigit()):
        raise UsageError("that is no staged deletion", hint="recorder delete --staged lists them")
    opened = open_home()
    if typed == "all":
        _undo_all(opened, as_json)
        return
    undone = staged.undo(opened.home, opened.unlocked, None if typed == "last" else int(typed))
    receipt.log(opened, undone, Action.DELETION_UNDONE)
    found = _values(undone)
    if as_json:
        output.answer_json({"undone": [undone.id], **found})
    else:
        output.answer(f"shown again, as it was: {receipt.amount(found)}")


def _undo_all(opened: Opened, as_json: bool) -> None:
    from recorder.store import staged

    try:
        stages: tuple[Stage, ...] = staged.listed(opened.home, opened.unlocked)
    except RecorderError as error:
        output.note(f"{error.message}: what was staged is not known any more, and all of it is shown again")
        stages = ()
    staged.undo_all(opened.home, opened.unlocked)
    for one in stages:
        receipt.log(opened, one, Action.DELETION_UNDONE)
    if as_json:
        output.answer_json({"undone": [one.id for one in stages]})
    else:
        output.answer("everything that was staged is shown again")


def purge(*, dry_run: bool, yes: bool, as_json: bool, ask: Ask) -> None:
    """Raises: as `delete.delete`; UsageError for a no."""
    from recorder.store import delete, staged
    from recorder.store.selector import Selector, What

    opened = open_home()
    ids = tuple(one.id for one in staged.listed(opened.home, opened.unlocked))
    chosen = Selector(what=What.STAGED, stages=ids)
    if dry_run or not yes:
        receipt.show(_purged(delete.delete(opened.home, opened.unlocked, chosen, dry_run=True), ids), as_json)
        if dry_run:
            return
        ask(bool(ids))
    done = staged.purge(opened.home, opened.unlocked)
    receipt.show(_purged(done, ids), as_json)


def _purged(done: Any, ids: tuple[int, ...]) -> dict[str, Any]:
    found = receipt.values(done, 0.0) | {"purged": list(ids)}
    del found["seconds"]
    return found


def note_staged(home: Path, unlocked: "UnlockedVault") -> None:
    """One line on stderr where something is left out of what is listed."""
    from recorder.store import staged_file

    count = len(staged_file.load(home, unlocked).stages)
    if count:
        deletions = "1 deletion is" if count == 1 else f"{count} deletions are"
        output.note(f"{deletions} staged and left out here: recorder delete --staged")


def _values(made: "Stage") -> dict[str, Any]:
    counts = made.counts
    return {
        "id": made.id,
        "staged": output.iso(made.at_us),
        "what": made.selector.what.value,
        "app": made.selector.app,
        "site": made.selector.site,
        "between": _between(made.selector),
        "sessions": sorted(made.targets),
        "sessions_gone": counts.get("sessions", 0),
        "events": counts.get("events", 0),
        "frames": counts.get("frames", 0),
        "brushed": counts.get("brushed", 0),
        "texts": counts.get("texts", 0),
        "tasks": counts.get("tasks", 0),
        "bytes": counts.get("size_bytes", 0),
        "unnamed": list(made.unnamed),
    }


def _between(selector: "Selector") -> list[str] | None:
    from recorder.store.selector import What

    if selector.what is not What.BETWEEN or selector.span is None:
        return None
    return [output.iso(edge) for edge in selector.span]


def _row(found: dict[str, Any]) -> tuple[str, ...]:
    named = [name for name in (found["app"], found["site"]) if name]
    what = " ".join([found["what"], *(found["between"] or ()), *named])
    numbers = (str(len(found["sessions"])), str(found["events"]), str(found["frames"]), output.size(found["bytes"]))
    return (str(found["id"]), found["staged"][:16].replace("T", " "), what, *numbers)
