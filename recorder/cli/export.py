"""`recorder export`: what was approved, and nothing else, as a plain folder."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recorder.cli import output
from recorder.cli.opened import Opened, find_sessions, open_home
from recorder.errors import UsageError
from recorder.store.home import recorder_home
from recorder.store.vault import Vault

if TYPE_CHECKING:
    from recorder.export.folder import Exported
    from recorder.model.consent import ConsentGrant
    from recorder.model.session import ReviewedSession

FORMATS = ("parquet",)
NOTE_EVERY_S = 2.0


@click.command(epilog="Example:  recorder export --approved --out ./my-sessions")
@click.argument("sessions", nargs=-1, metavar="[SESSION]...")
@click.option("--approved", is_flag=True, help="All sessions that are approved.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The new folder to write.")
@click.option("--format", "form", type=click.Choice(FORMATS), default="parquet", show_default=True)
@click.option("--to-me", is_flag=True, help="For yourself: the same folder; it goes nowhere either way.")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def export(sessions: tuple[str, ...], approved: bool, out: Path, form: str, to_me: bool, as_json: bool) -> None:
    """Write approved sessions to a folder that `datasets.load_dataset` opens. Sends nothing.

    SESSION: an id, the beginning of one, or `last`. What is not approved, or changed since, is refused.
    """
    if bool(sessions) == approved:
        raise UsageError("name the sessions, or say --approved", hint="recorder review list")
    from recorder.cli.outlets import write_reviewed

    opened, grant = _open_with_consent()
    exported = write_reviewed(opened, grant, _reviewed(opened, sessions), out, progress=_progress())
    _print(exported, as_json)


def _open_with_consent() -> tuple[Opened, "ConsentGrant"]:
    """The consent is asked first: where there is none, it does not matter what was approved.

    Raises: NoConsentError; as `open_home`.
    """
    from recorder.cli.outlets import grant_now
    from recorder.consent.gate import ConsentGate

    home = recorder_home()
    if not Vault.exists(home):
        ConsentGate.open(home, None).grant()
        raise UsageError("there is nothing to export here", hint="start with: recorder consent --self")
    opened = open_home()
    return opened, grant_now(opened)


def _reviewed(opened: Opened, typed: Sequence[str]) -> "list[ReviewedSession]":
    """Raises: PolicyError for a named session that is not approved, or when nothing at all is."""
    from recorder.errors import PolicyError
    from recorder.review.decide import approved, is_approved
    from recorder.store.listing import shown_ids

    if typed:
        return [approved(opened.unlocked, reader) for reader in opened.readers(find_sessions(typed)).values()]
    everything = opened.readers(shown_ids(opened.home, opened.unlocked)).values()
    found = [approved(opened.unlocked, reader) for reader in everything if is_approved(opened.unlocked, reader)]
    if not found:
        raise PolicyError("no session is approved", hint="recorder review approve SESSION")
    return found


def _progress() -> Callable[[str, int, int], None]:
    """Says on stderr how far it is, every two seconds at most."""
    said = [time.monotonic()]

    def say(session_id: str, done: int, total: int) -> None:
        if time.monotonic() - said[0] >= NOTE_EVERY_S:
            said[0] = time.monotonic()
            output.note(f"{session_id}: {done} of {total} pictures")

    return say


def _print(exported: "Exported", as_json: bool) -> None:
    if as_json:
        output.answer_json(
            {
                "path": str(exported.path),
                "sessions": exported.sessions,
                "rows": dict(exported.rows),
                "bytes": exported.size_bytes,
                "manifest_sha256": exported.manifest_sha256,
            }
        )
        return
    output.answer(f"wrote {exported.path}: {_plural(exported.sessions, 'session')}, {output.size(exported.size_bytes)}")
    output.answer_table(["table", "rows"], [(name, str(count)) for name, count in exported.rows.items()])
    output.answer("nothing was sent; what was left out: redaction-report.png")
    output.answer(f'open it with: datasets.load_dataset("{exported.path}", "steps")')


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
