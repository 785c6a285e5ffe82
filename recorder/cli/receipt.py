"""A deletion's receipt in words and as JSON, and its line in the history."""

from typing import TYPE_CHECKING, Any

from recorder.cli import output
from recorder.cli.history import note
from recorder.cli.opened import Opened
from recorder.store.audit import Action, Actor

if TYPE_CHECKING:
    from recorder.store.delete import Receipt
    from recorder.store.staged import Stage


def values(receipt: "Receipt", seconds: float) -> dict[str, Any]:
    return {
        "dry_run": receipt.dry_run,
        "sessions": list(receipt.session_ids),
        "sessions_gone": receipt.sessions,
        "events": receipt.events,
        "frames": receipt.frames,
        "brushed": receipt.brushed,
        "texts": receipt.texts,
        "tasks": receipt.tasks,
        "seconds": seconds,
        "bytes": receipt.size_bytes,
        "unnamed": list(receipt.unnamed),
        "verified": receipt.verified,
    }


def nothing() -> dict[str, Any]:
    empty = {"dry_run": False, "sessions": [], "sessions_gone": 0, "events": 0, "frames": 0, "tasks": 0}
    empty |= {"brushed": 0, "texts": 0}
    return empty | {"seconds": 0.0, "bytes": 0, "unnamed": [], "verified": True}


def amount(found: dict[str, Any]) -> str:
    """`38 events, 1 pictures, …`: how much it is. A task is what the person said that a session was for."""
    filled = f"a box in {found['brushed']} pictures, {found['texts']} texts that may have stood under it"
    if found["brushed"] and not (found["events"] or found["frames"]):
        return f"{filled}, {output.size(found['bytes'])}"
    parts = [f"{found['events']} events", f"{found['frames']} pictures"]
    parts += [filled] if found["brushed"] else []
    parts += [f"{found['tasks']} tasks"] if found["tasks"] else []
    if "seconds" in found:
        parts.append(f"{found['seconds']:.0f} s of recording")
    return ", ".join([*parts, output.size(found["bytes"])])


def show(found: dict[str, Any], as_json: bool, *, site: bool = False) -> None:
    if as_json:
        output.answer_json(found)
        return
    for session_id in found["sessions"]:
        output.answer(f"  from {session_id}")
    begin = "would go" if found["dry_run"] else "gone for good"
    output.answer(f"{begin}: {amount(found)}; {found['sessions_gone']} sessions whole")
    say_unnamed(found["unnamed"], site=site)


def say_unnamed(session_ids: list[str], *, site: bool = False) -> None:
    if not session_ids:
        return
    count = len(session_ids)
    output.note(
        f"{count} {'session' if count == 1 else 'sessions'} recorded without {_names(site)}: which part is of this "
        f"{'site' if site else 'app'} can't be told, so it was left; recorder delete --session ID removes one whole"
    )
    for session_id in session_ids:
        output.note(f"  without {_names(site)}: {session_id}")


def say_site(site: str | None) -> None:
    """A host is that host and nothing below it: said before anything goes."""
    if site is None:
        return
    if site.startswith("*."):
        output.note(f"everything below {site[2:]}, and not {site[2:]} itself: that is --site {site[2:]}")
    else:
        output.note(f"{site} alone, and no host below it: those are --site '*.{site}'")


def _names(site: bool) -> str:
    return "site names, or with masked ones" if site else "app names"


def log(opened: Opened, done: "Stage", action: Action) -> None:
    """One line per staged deletion: how many rows, and which session if it was one; never which app or which minutes.
    A deletion for good writes its own."""
    names = tuple(done.targets)
    if names:
        rows = done.counts.get("events", 0) + done.counts.get("frames", 0)
        named = names[0] if len(names) == 1 else ""
        note(opened.home, Actor.DELETE, action, heads=opened.unlocked, object_id=named, count=rows)
