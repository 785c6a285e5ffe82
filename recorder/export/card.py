"""The dataset card: README.md whose YAML head lets `datasets.load_dataset` find every table by name."""

from collections.abc import Mapping, Sequence

TABLES = {
    "steps": "one row per action: click, drag, scroll, typing, key, app switch, wait",
    "frames": "one row per picture, masked before it was stored; WebP, lossless",
    "events": "one row per input event, gap or typing run",
    "contexts": "which app had the keyboard from when on",
    "redactions": "what kind of thing was taken out, where, by which rule; never the content",
    "sessions": "one row per recording: length, screens, task",
}


def card(rows: Mapping[str, int], purposes: Sequence[str], consent_ids: Sequence[str]) -> str:
    """The card's text. `rows` counts per table; tables without a row are not listed (`datasets` can't open nothing)."""
    present = [table for table in TABLES if rows.get(table)]
    return "\n".join([*_head(present), *_body(present, rows, purposes, consent_ids), ""])


def _head(present: Sequence[str]) -> list[str]:
    lines = [
        "---",
        "pretty_name: Desktop trajectories, recorded by choice",
        "tags:",
        "- computer-use",
        "- trajectories",
    ]
    lines.append("configs:")
    for table in present:
        lines += [f"- config_name: {table}", f"  data_files: data/*-{table}-*.parquet"]
        if table == present[0]:
            lines.append("  default: true")
    return [*lines, "---"]


def _body(
    present: Sequence[str], rows: Mapping[str, int], purposes: Sequence[str], consent_ids: Sequence[str]
) -> list[str]:
    agreed = ", ".join(f"`{purpose}`" for purpose in purposes) or "the person's own use only"
    return [
        "",
        "# Desktop trajectories, recorded by choice",
        "",
        "A person recorded their own desktop by choice and approved exactly these sessions for export.",
        f"It may be used for: {agreed}. Every row carries `consent_id`, `consent_revision` and `purpose`;",
        f"consents in here: {', '.join(f'`{consent_id}`' for consent_id in consent_ids)}.",
        "",
        "| table | rows | what a row is |",
        "|---|---|---|",
        *(f"| {table} | {rows[table]} | {TABLES[table]} |" for table in present),
        "",
        "## Open it",
        "",
        "```python",
        "import datasets",
        "",
        *(f'{table} = datasets.load_dataset(".", "{table}", split="train")' for table in present[:2]),
        "```",
        "",
        "`steps.obs_frame_id` is the picture from before the action (`obs_age_us` old), `next_frame_id` the one after",
        "it; both name `frames.frame_id` of the same `session_id`. Times (`…_us`) are microseconds since the session",
        "began; positions are physical pixels of the whole desktop, of which `frames.screen` is one monitor",
        "(`sessions.screens` says where those of the start lie; another number is of one that came or changed later).",
        "",
        "## What is not in it",
        "",
        "Characters that were typed, passwords, the clipboard, apps that the person did not choose, and readable text",
        "in pictures unless the person allowed it. Where something was left out, a row of kind `gap` says from when to",
        "when and why: a silence without a gap was a silence. `redaction-report.json` counts all of it.",
        "No calendar time and no name of the machine or its user is added to these files.",
        "",
        "Never to be used for: performance review, employee monitoring, hiring or discipline, security monitoring,",
        "identifying people, inferring emotions, advertising profiles, sale of personal data.",
    ]
