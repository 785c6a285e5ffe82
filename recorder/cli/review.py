"""`recorder review`: look, search, approve, reject. Nothing leaves without `approve`, nothing is approved for you."""

import copy
from pathlib import Path
from typing import Any

import click

from recorder.cli import output
from recorder.cli.decisions import approve, reject
from recorder.cli.delete import delete
from recorder.cli.opened import find_sessions, open_home
from recorder.cli.show import show
from recorder.cli.staging import note_staged
from recorder.errors import UsageError
from recorder.store.home import recorder_home, session_ids


class ReviewCommands(click.Group):
    """`review SESSION` looks at a session; every other first word is a command of its own."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands:
            return "look", look, args
        return super().resolve_command(ctx, args)


@click.group(
    cls=ReviewCommands,
    invoke_without_command=True,
    subcommand_metavar="[SESSION | COMMAND [ARGS]...]",
    epilog="Example:  recorder review search 'Ada Lovelace'",
)
@click.option("--no-browser", is_flag=True, help="Print the page's address; start no browser.")
@click.pass_context
def review(ctx: click.Context, no_browser: bool) -> None:
    """Look at what was recorded, cut what should not leave, and approve the rest, on a page on this machine.

    With SESSION (an id, the beginning of one, or `last`): begin with that one.
    """
    if ctx.invoked_subcommand is None:
        _page(None, browser=not no_browser)


@click.command(hidden=True)
@click.argument("session")
@click.option("--no-browser", is_flag=True, help="Print the page's address; start no browser.")
def look(session: str, no_browser: bool) -> None:
    """Open the page with SESSION."""
    (session_id,) = find_sessions([session])
    _page(session_id, browser=not no_browser)


def _page(session_id: str | None, *, browser: bool) -> None:
    """Raises: BusyError while it is recording, or while the page is open already."""
    from recorder.cli.outlets import ExportOutlets
    from recorder.cli.page import open_page
    from recorder.page.server import Life
    from recorder.review.shelf import Shelf
    from recorder.review.web.app import review_app
    from recorder.store.lock import PageLock

    home = recorder_home()
    if not home.is_dir():
        raise UsageError("there is nothing to review here", hint="start with: recorder consent --self")
    with PageLock(home):
        opened = open_home()
        shelf, life = Shelf(opened.home, opened.unlocked), Life()
        outlets = ExportOutlets(opened)
        open_page(home, lambda keys: review_app(keys, shelf, outlets, life.close, session_id), life, browser=browser)


@review.command(epilog="Example:  recorder review search '(555) 123'")
@click.argument("text")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def search(text: str, as_json: bool) -> None:
    """Find TEXT in all sessions: key names, app names, titles, addresses, tasks. Literal, letter case aside."""
    from recorder.review.search import search as find_in
    from recorder.store.listing import shown_ids

    if not text.strip():
        raise UsageError("an empty text finds nothing", hint="recorder review search TEXT")
    opened = open_home()
    shown = shown_ids(opened.home, opened.unlocked)
    hits = [hit for session_id in shown for hit in find_in(opened.reader(session_id), text)]
    note_staged(opened.home, opened.unlocked)
    if as_json:
        output.answer_json([_hit_values(hit) for hit in hits])
        return
    rows = [(h.session_id, f"{h.t_us / 1e6:.1f} s", f"{h.table}.{h.column}", h.text) for h in hits]
    if rows:
        output.answer_table(["session", "at", "where", "text"], rows)
    output.answer(f"{len(hits)} found")


@review.command("list", epilog="Example:  recorder review list --json")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def list_(as_json: bool) -> None:
    """List all sessions with what was decided about them."""
    _print_list(as_json=as_json)


def _print_list(*, as_json: bool) -> None:
    rows = _sessions() if session_ids(recorder_home()) else []
    if as_json:
        output.answer_json(rows)
    elif not rows:
        output.answer("nothing is recorded yet")
    else:
        output.answer_table(
            ["session", "started", "state"],
            [
                (row["id"], (row["started"] or "?")[:16].replace("T", " "), row["damaged"] or row["state"])
                for row in rows
            ],
        )
        output.answer("look at one with: recorder review SESSION")


def _sessions() -> list[dict[str, Any]]:
    from recorder.store.listing import list_sessions

    opened = open_home()
    note_staged(opened.home, opened.unlocked)
    return [
        {
            "id": one.session_id,
            "started": None if one.started_at_us is None else output.iso(one.started_at_us),
            "duration_s": None if one.duration_us is None else one.duration_us / 1_000_000,
            "state": one.state.value,
            "damaged": one.damaged,
        }
        for one in list_sessions(opened.home, opened.unlocked)
    ]


def _hit_values(hit: Any) -> dict[str, Any]:
    return {
        "id": hit.session_id,
        "table": hit.table,
        "column": hit.column,
        "number": hit.number,
        "at_s": hit.t_us / 1_000_000,
        "text": hit.text,
    }


def _as_part_of_review(command: click.Command) -> click.Command:
    """The same command under another name: its code is shared, and only its example says where it stands."""
    other = copy.copy(command)
    other.epilog = (command.epilog or "").replace("recorder ", "recorder review ")
    return other


for command in (approve, reject):
    review.add_command(command)


def _with_what_is_next(command: click.Command) -> click.Command:
    """Behind a summary for people: what can be typed next."""
    shown = command.callback

    def callback(session: str, as_json: bool, events: bool, folder: Path | None) -> None:
        if shown is not None:
            shown(session=session, as_json=as_json, events=events, folder=folder)
        if not (as_json or events or folder):
            _say_next(find_sessions([session])[0])

    command.callback = callback
    return command


def _say_next(session_id: str) -> None:
    output.answer("Next:")
    for typed, does in (
        (f"recorder review {session_id}", "look at it on a page, and cut what should not leave"),
        (f"recorder review show {session_id} --frames DIR", "have every picture as a file"),
        ("recorder review search TEXT", "find a word anywhere"),
        (f"recorder audit {session_id}", "have all of it read a second time, by other means"),
        (
            f"recorder review delete --session {session_id}",
            "delete it (also: --between, --app, --window, --hits, --stage)",
        ),
        (f"recorder review approve {session_id}", "let it be exported, exactly as it is now"),
        (f"recorder review reject {session_id}", "keep it here"),
    ):
        output.answer(f"  {typed}\n      {does}")


review.add_command(_with_what_is_next(_as_part_of_review(show)))
review.add_command(_as_part_of_review(delete))
