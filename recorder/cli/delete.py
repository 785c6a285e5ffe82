"""`recorder delete`: what goes is listed first. Then it is gone for good, or staged: hidden, and undone or purged."""

import sys

import click

from recorder.cli import receipt, staging
from recorder.cli.choice import Choice, Wanted, choose
from recorder.cli.opened import Opened, open_home
from recorder.errors import UsageError


@click.command(epilog="Example:  recorder delete --between 14:00 14:30 --stage")
@click.option("--session", help="One session: its id, the beginning of it, or `last`.")
@click.option("--between", nargs=2, metavar="FROM TO", help="A range: 14:30, or a date with Z or an offset.")
@click.option("--app", help="Everything of one app, by its name in `recorder allow --list`.")
@click.option("--window", metavar="TITLE", help="Everything of windows with this title, as it is stored.")
@click.option("--site", metavar="HOST", help="One host, not those below it; or '*.HOST': those below it alone.")
@click.option("--hits", metavar="TEXT", help="What `recorder review search TEXT` finds.")
@click.option(
    "--brush",
    type=(str, int, int, int, int, int),
    metavar="SESSION FRAME X Y WIDTH HEIGHT",
    help="Fill a box of a picture, in the picture's own pixels; text that may stand under it goes.",
)
@click.option(
    "--reach",
    type=click.Choice(["picture", "window", "app"]),
    help="Where --brush fills it: that picture; while the window stays in place; wherever the app is.",
)
@click.option("--all", "everything", is_flag=True, help="All sessions.")
@click.option("--stage", is_flag=True, help="Hide it at once, everywhere; delete it when you say --purge.")
@click.option("--staged", is_flag=True, help="List what is staged.")
@click.option("--undo", is_flag=False, flag_value="last", metavar="[ID]", help="Show again what is staged; or `all`.")
@click.option("--purge", is_flag=True, help="Delete for good everything that is staged.")
@click.option("--dry-run", is_flag=True, help="Say what would go; delete nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="One JSON value: the receipt.")
def delete(
    session: str | None,
    between: tuple[str, str] | None,
    app: str | None,
    window: str | None,
    site: str | None,
    hits: str | None,
    brush: tuple[str, int, int, int, int, int] | None,
    reach: str | None,
    everything: bool,
    stage: bool,
    staged: bool,
    undo: str | None,
    purge: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Delete for good: the keys of what goes are destroyed, so nothing brings it back.

    Choose with exactly one of --session, --between, --app, --window, --site, --hits, --brush and --all. With --stage it
    is out of every list, search and export at once, and can be undone until --purge.
    """
    wanted = Wanted(
        session=session,
        between=between,
        app=app,
        window=window,
        site=site,
        hits=hits,
        brush=brush,
        reach=reach,
        everything=everything,
    )
    others = sum((staged, undo is not None, purge))
    if others > 1 or (others and (wanted.count or stage)):
        raise UsageError(
            "one thing at a time: --staged, --undo and --purge choose nothing", hint="recorder delete --help"
        )
    if staged:
        staging.print_staged(as_json)
    elif undo is not None:
        staging.undo(undo, as_json)
    elif purge:
        staging.purge(dry_run=dry_run, yes=yes, as_json=as_json, ask=_asker(dry_run, yes, as_json))
    else:
        _delete(wanted.checked(), stage=stage, dry_run=dry_run, yes=yes, as_json=as_json)


def _delete(wanted: Wanted, *, stage: bool, dry_run: bool, yes: bool, as_json: bool) -> None:
    ask = _asker(dry_run, yes or stage, as_json)  # what can be undone needs no question
    opened = open_home()
    choice = choose(opened, wanted)
    counted = choice.carry_out(opened, dry_run=True)
    seconds = choice.seconds(opened, counted.session_ids)
    listed = receipt.values(counted, seconds)
    site = choice.selector.site is not None
    if not as_json:
        receipt.say_site(choice.selector.site)
    if dry_run:
        receipt.show(listed, as_json, site=site)
    elif stage:
        staging.stage(opened, choice, seconds, as_json)
    else:
        if not yes:
            receipt.show(listed, False, site=site)
            ask(bool(counted.session_ids))
        _for_good(opened, choice, seconds, as_json)


def _for_good(opened: Opened, choice: Choice, seconds: float, as_json: bool) -> None:
    done = choice.carry_out(opened, dry_run=False)
    receipt.show(receipt.values(done, seconds), as_json, site=choice.selector.site is not None)


def _asker(dry_run: bool, yes: bool, as_json: bool) -> staging.Ask:
    """Raises: UsageError when a question would be asked that nobody is here to answer."""
    if not (dry_run or yes) and (as_json or not _at_a_terminal()):
        raise UsageError("nobody is here to ask, so nothing is deleted", hint="look with --dry-run, then say --yes")

    def ask(anything: bool) -> None:
        if anything and not click.confirm("Delete this for good?"):
            raise UsageError("nothing was deleted")

    return ask


def _at_a_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()
