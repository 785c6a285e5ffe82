"""`recorder` alone: five lines that say where things stand, and what to type next. Asks nobody anything."""

import shutil
from pathlib import Path

from recorder.cli import output
from recorder.cli.standing import Unasked, unasked
from recorder.errors import PlatformError, PolicyError, RecorderError
from recorder.model.consent import ConsentState
from recorder.store.home import recorder_home, session_ids
from recorder.store.lock import is_running
from recorder.store.policy_file import load_policy
from recorder.store.vault import Vault, VaultKind


def print_overview() -> None:
    home = recorder_home()
    found = unasked(home)
    running = is_running(home)
    sessions = len(session_ids(home))
    unreviewed, staged = _unreviewed(home, sessions)
    output.answer(f"consent     {_consent(found)}")
    output.answer(f"recording   {'yes' if running else 'no'}")
    output.answer(f"unreviewed  {'?' if unreviewed is None else unreviewed} of {sessions} sessions{_staged(staged)}")
    output.answer(f"disk        {_disk(home)}")
    _say_backup(home)
    output.answer(f"next        {_next(home, found, running=running, unreviewed=unreviewed, sessions=sessions)}")


def _say_backup(home: Path) -> None:
    from recorder.cli.key import backup_trouble

    try:
        trouble = backup_trouble(home)
    except RecorderError:
        return  # what is wrong with the vault stands in the line on the consent
    if trouble is not None:
        output.note(trouble)


def _consent(found: Unasked) -> str:
    standing = found.standing
    if not standing.state.permits:
        return str(standing.state) if found.problem is None else f"can't be checked: {found.problem}"
    until = (
        f"{standing.state}, {len(standing.categories)} kinds of data, until {output.iso(standing.expires_at_us)[:10]}"
    )
    return until if found.verified else f"{until} (not checked: the passphrase was not asked)"


def _staged(count: int) -> str:
    return f"; {count} deletion{'' if count == 1 else 's'} staged: recorder delete --staged" if count else ""


def _unreviewed(home: Path, sessions: int) -> tuple[int | None, int]:
    """How many wait for review (None when only the passphrase could tell), and how many deletions are staged."""
    if not sessions:
        return 0, 0
    try:
        vault = Vault.open(home)
        if vault.kind is not VaultKind.KEYRING:
            return None, 0
        from recorder.model.session import SessionState
        from recorder.store.listing import list_sessions
        from recorder.store.staged import listed

        unlocked = vault.unlock()
        waiting = sum(one.state is SessionState.UNREVIEWED for one in list_sessions(home, unlocked))
        return waiting, len(listed(home, unlocked))
    except RecorderError:
        return None, 0


def _disk(home: Path) -> str:
    used = sum(path.lstat().st_size for path in home.rglob("*") if path.is_file()) if home.is_dir() else 0
    place = next((path for path in (home, *home.parents) if path.exists()), Path("/"))
    return f"{output.size(used)} used, {output.size(shutil.disk_usage(place).free)} free"


def _next(home: Path, found: Unasked, *, running: bool, unreviewed: int | None, sessions: int) -> str:
    if running:
        return "recorder stop"
    if found.problem is not None:
        return "recorder doctor"
    if not found.standing.state.permits:
        # Somebody who said no is not asked again.
        return "recorder consent --self" if found.standing.state is not ConsentState.REFUSED else "nothing"
    try:
        if not load_policy(home).apps:
            return "recorder allow --running"
    except (PolicyError, PlatformError):
        return "recorder allow --list"
    if unreviewed or (unreviewed is None and sessions):
        return "recorder review"
    return "recorder record"
