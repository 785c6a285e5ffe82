"""`recorder show`: what one session holds, as it is stored."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from recorder.cli import output
from recorder.cli.opened import find_sessions, open_home

if TYPE_CHECKING:
    from recorder.review.summary import Summary
    from recorder.store.session import SessionReader

LINES_AT_ONCE = 2000
_CAME_IN = {"frame": "screen grab"}  # the books count grabs, not the pictures that became of them


@click.command(epilog="Example:  recorder show last --frames ./pictures")
@click.argument("session")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
@click.option("--events", is_flag=True, help="Every event: a JSON value per line; with --json one array.")
@click.option("--frames", "folder", type=click.Path(path_type=Path), help="Write the pictures to this new folder.")
def show(session: str, as_json: bool, events: bool, folder: Path | None) -> None:
    """Show what SESSION holds, as it is stored. SESSION: an id, the beginning of one, or `last`."""
    (session_id,) = find_sessions([session])
    opened = open_home()
    reader = opened.reader(session_id)
    if folder is not None:
        _write_pictures(reader, folder, opened.home)
    if events:
        _print_events(reader, as_json)
    elif as_json:
        output.answer_json(as_values(reader))
    elif folder is None:
        print_summary(reader)


def as_values(reader: "SessionReader") -> dict[str, Any]:
    """The JSON form: the fields of `recorder list`, and what is only here."""
    from recorder.review.summary import summarise

    found = summarise(reader)
    start = found.start
    return {
        "id": start.session_id,
        "started": output.iso(start.started_at_us),
        "duration_s": found.duration_us / 1_000_000,
        "task": start.task,
        "study": start.study_id,
        "purpose": start.purpose,
        "consent_id": start.consent_id,
        "consent_revision": start.consent_revision,
        "categories": sorted(start.categories),
        "state": reader.state.value,
        "staged": reader.hidden,
        "apps": list(found.apps),
        "sites": list(found.sites),
        "screens": found.screens,
        "events": sum(found.events.values()),
        "events_by_kind": dict(found.events),
        "frames": found.frames,
        "bytes": reader.manifest.size_bytes,
        "counters": dict(found.counters),
        "gaps": [
            {"channel": g.channel, "reason": g.reason, "count": g.count, "seconds": g.seconds} for g in found.gaps
        ],
        "redactions": [
            {"category": r.category, "channel": r.channel, "rule": r.rule, "method": r.method, "count": r.count}
            for r in found.redactions
        ],
        "typed": [{"run": t.run, "at_s": t.t_us / 1_000_000, "app": t.app, "text": t.text} for t in found.typed],
    }


def print_summary(reader: "SessionReader") -> None:
    from recorder.review.summary import summarise

    found = summarise(reader)
    start = found.start
    output.answer(f"session   {start.session_id}")
    output.answer(f"started   {output.iso(start.started_at_us)}, {output.length(found.duration_us)} long")
    output.answer(f"state     {reader.state.value}")
    if reader.hidden:
        output.answer("staged    a part of it is staged for deletion, and left out here: recorder delete --staged")
    if start.task is not None:
        output.answer(f"task      {start.task}")
    output.answer(f"apps      {', '.join(found.apps) or 'none'}")
    if found.sites:
        output.answer(f"sites     {', '.join(found.sites)}")
    screens = ", ".join(f"{s['width']}x{s['height']}" for s in found.screens)
    output.answer(f"screens   {screens or 'none'}")
    output.answer(f"holds     {sum(found.events.values())} events, {found.frames} pictures, {_size(reader)}")
    _print_tables(found)


def _size(reader: "SessionReader") -> str:
    return output.size(reader.manifest.size_bytes)


def _print_tables(found: "Summary") -> None:
    output.answer()
    output.answer("What came in, and what became of it:")
    books = [
        (_CAME_IN.get(kind, kind), str(b["seen"]), str(b["stored"]), str(b["aggregated"]), _reasons(b["withheld"]))
        for kind, b in sorted(found.counters.items())
    ]
    output.answer_table(["kind", "seen", "stored", "merged", "withheld"], books)
    if "frame" in found.counters:
        output.answer("A screen grab is one look at all screens: it may become several pictures, or none.")
        output.answer()
    if found.gaps:
        output.answer("Withheld stretches:")
        rows = [(g.reason, g.channel, str(g.count), f"{g.seconds:.1f}") for g in found.gaps]
        output.answer_table(["reason", "stream", "times", "seconds"], rows)
    if found.redactions:
        output.answer("Taken out of what is stored:")
        taken = [(r.category, r.channel, r.rule, str(r.count)) for r in found.redactions]
        output.answer_table(["what", "where", "rule", "count"], taken)
    if found.typed:
        output.answer("What was typed, where the app's rule allows words:")
        output.answer_table(["at", "app", "text"], [(_at(t.t_us), t.app or "", _one_line(t.text)) for t in found.typed])


def _at(t_us: int) -> str:
    seconds = t_us // 1_000_000
    return f"{seconds // 60}:{seconds % 60:02}"


def _one_line(text: str) -> str:
    """Line ends as a sign; typed text holds no other character that a terminal would act on."""
    return text.replace("\n", " ⏎ ")


def _reasons(withheld: dict[str, int]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in withheld.items()) or "0"


def _print_events(reader: "SessionReader", as_json: bool) -> None:
    from recorder.review.summary import event_rows

    rows = event_rows(reader)
    if as_json:
        output.answer_json(list(rows))
        return
    for lines in _batches(json.dumps(row) for row in rows):
        output.answer("\n".join(lines))


def _batches(lines: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(islice(lines, LINES_AT_ONCE)):
        yield batch


def _write_pictures(reader: "SessionReader", folder: Path, home: Path) -> None:
    from recorder.review.pictures import write_pictures
    from recorder.store.outside import refuse_inside

    refuse_inside(folder, home)
    count = write_pictures(reader, folder)
    output.note(f"{count} pictures are in {folder}: readable to you alone; delete them when you have looked")
