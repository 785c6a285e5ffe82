"""`recorder demo`: the whole thing on a virtual desktop, with a synthetic person; proves that no secret was kept."""

import math
import shutil
import tempfile
from pathlib import Path
from typing import Any

import click

from recorder.cli import output
from recorder.demo.story import Outcome, tell_story
from recorder.errors import UsageError

BAR_CHARACTERS = 24


@click.command(epilog="Example:  recorder demo --keep ./demo-out")
@click.option(
    "--keep", type=click.Path(path_type=Path, file_okay=False), help="Keep what it made in this new or empty folder."
)
def demo(keep: Path | None) -> None:
    """Watch the whole thing: a virtual desktop, a synthetic person who types secrets, a recording, and the search that
    shows that none of them was kept. Touches nothing of yours."""
    folder = _folder(keep)
    try:
        outcome = tell_story(folder, lambda step: output.note(step))
        _report(outcome, kept=keep is not None)
    finally:
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)


def _folder(keep: Path | None) -> Path:
    if keep is None:
        return Path(tempfile.mkdtemp(prefix="recorder-demo-"))
    if keep.exists() and any(keep.iterdir()):
        raise UsageError(f"{keep} is not empty", hint="name a new folder")
    keep.mkdir(mode=0o700, parents=True, exist_ok=True)
    return keep


def _report(outcome: Outcome, *, kept: bool) -> None:
    shown = outcome.shown
    output.answer(f"\nWhat the recorder kept of {shown['duration_s']:.0f} seconds:\n")
    output.answer_table(["what", "seen", "stored", "in runs", "withheld", "why"], _book_rows(shown["counters"]))
    output.answer("\nWhat was left out of the export:\n")
    output.answer_table(["what", "rule", "how much", ""], report_rows(outcome.report))
    pictures = f"{len(outcome.pictures)} masked pictures"
    size = output.size(outcome.searched_bytes)
    output.answer(f"\n{pictures}; {size} on the disk were searched: none of the four secrets was found.")
    if kept:
        output.answer(f"\nThe screen as it was:     {outcome.folder / 'the-real-screen.png'}")
        output.answer(f"What was kept of it:      {outcome.pictures[-1] if outcome.pictures else 'no picture'}")
        output.answer(f"Everything for a dataset: {outcome.export}")
        output.answer(f"What was left out of it:  {outcome.report_picture}")
    output.answer("\nOpen the export in Python, with pictures:\n")
    place = outcome.export if kept else "DEMO-FOLDER/export"
    output.answer(f'  from datasets import load_dataset\n  load_dataset("{place}", "steps")')
    if not kept:
        output.answer("\nNothing was left behind. To look at it yourself: recorder demo --keep ./demo-out")


def report_rows(report: dict[str, Any]) -> list[list[str]]:
    """The redaction report as lines with bars: what was taken out, what was not recorded, visits to secret fields. Each
    kind of figure has bars of its own scale."""
    from recorder.export.report import CHANNELS

    taken = [
        (f"{CHANNELS.get(one['channel'], one['channel'])}: {one['category']}", one["rule"], float(one["count"]))
        for one in report["taken_out"]
    ]
    left = [(f"{one['channel']}: {one['reason']}", "", float(one["seconds"])) for one in report["not_recorded"]]
    secrets = [("visits to secret fields", "", float(report["secret_entries"]))]
    return [*_bars(taken, "×"), *_bars(left, "s"), *_bars(secrets, "")]


def _bars(rows: list[tuple[str, str, float]], unit: str) -> list[list[str]]:
    most = max((value for *_, value in rows), default=0.0) or 1.0
    return [
        [what.replace("_", " "), rule, f"{value:g} {unit}".strip(), "█" * math.ceil(value / most * BAR_CHARACTERS)]
        for what, rule, value in sorted(rows, key=lambda row: -row[2])
    ]


def _book_rows(counters: dict[str, Any]) -> list[list[str]]:
    return [
        [
            kind,
            str(tally["seen"]),
            str(tally["stored"]),
            str(tally["aggregated"]),
            str(sum(tally["withheld"].values())),
            ", ".join(f"{reason} {count}" for reason, count in sorted(tally["withheld"].items())),
        ]
        for kind, tally in counters.items()
    ]
