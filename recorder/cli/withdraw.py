"""`recorder withdraw`: the consent ends at once; then keys and recordings go. One command, no question asked."""

import shutil
import time
from pathlib import Path

import click

from recorder.cli import output
from recorder.cli.history import note
from recorder.cli.unlock import unlock_consent
from recorder.consent import act, files
from recorder.consent.clock import SystemClock
from recorder.consent.gate import refusal
from recorder.consent.withdrawal import write_notice
from recorder.errors import DamagedError, NoConsentError, PlatformError, RecorderError, UsageError
from recorder.model.consent import ConsentState
from recorder.store.audit import Action, Actor
from recorder.store.folders import listed
from recorder.store.home import recorder_home, session_ids, sync_folder
from recorder.store.lock import is_running
from recorder.store.vault import HeadKeeper, Vault

# The recorder looks every half second and then seals; if it hangs, its keys go from under it.
RECORDER_STOPS_S = 5.0


@click.command(epilog="Example:  recorder withdraw --keep-local")
@click.option("--keep-local", is_flag=True, help="Keep the recordings on this machine, and their keys.")
def withdraw(keep_local: bool) -> None:
    """End your consent. Recording stops, and the recordings on this machine and their keys are destroyed.

    Asks nothing, needs no reason and no network. Works without the passphrase, too: the notice is then unsigned.
    """
    home = recorder_home()
    if not Vault.exists(home) and not files.events_path(home).exists() and not session_ids(home):
        raise refusal(ConsentState.NONE)
    with files.exclusive(home):
        # First of all, and without any key: from here on the gate grants nothing.
        files.write_answer(home, ConsentState.WITHDRAWN)
    output.answer("Withdrawn. Nothing is recorded from now on.")
    _sign(home)
    _await_recorder(home)
    if keep_local:
        output.answer("Your recordings and their keys are kept, as you asked.")
    else:
        _destroy(home)


def _sign(home: Path) -> None:
    """Write the withdrawal into the chain and as a notice, if the vault opens; without it the withdrawal holds, too."""
    if not Vault.exists(home):
        return
    try:
        keeper = unlock_consent(home)
        before = act.end(home, keeper)
        notice = write_notice(home, keeper, before, SystemClock().wall_us())
    except NoConsentError:
        return  # it had ended before
    except (PlatformError, UsageError, DamagedError) as error:
        output.note(f"the withdrawal holds, but it is not signed: {error.message}")
        _note(home, Action.CONSENT_WITHDRAWN)
        return
    _note(home, Action.CONSENT_WITHDRAWN, object_id=before.consent_id, heads=keeper.heads)
    output.answer(f"Signed notice, naming nobody: {notice}")


def _note(home: Path, action: Action, *, object_id: str = "", heads: HeadKeeper | None = None) -> None:
    try:
        note(home, Actor.CONSENT, action, object_id=object_id, heads=heads)
    except RecorderError as error:
        output.note(f"the history could not be written: {error.message}")  # nothing holds a withdrawal up


def _await_recorder(home: Path) -> None:
    until = time.monotonic() + RECORDER_STOPS_S
    while is_running(home) and time.monotonic() < until:
        time.sleep(0.02)
    if is_running(home):
        output.note("a recorder is still running; what it holds can't be read by anybody once the keys are gone")


def _destroy(home: Path) -> None:
    """Keys first: whatever of the folders survives on the disk can't be read then. Raises: PlatformError."""
    problem: RecorderError | None = None
    if Vault.exists(home):
        try:
            Vault.open(home).destroy()
        except DamagedError:
            # vault.json does not say any more which key it was; without the file nothing finds that key again.
            for name in ("vault.json", "vault.key"):
                (home / name).unlink(missing_ok=True)
        except PlatformError as error:
            problem = error
    for name in ("staged.json", "decisions.json"):
        (home / name).unlink(missing_ok=True)
    for left in listed(home, "outside-", ".json"):
        left.unlink()
        output.note("an export was cut short once; what is left of it is called .NAME.partial where it was written to")
    removed = session_ids(home)
    for name in ("sessions", "pending"):
        _empty(home / name)
    if problem is not None:
        raise PlatformError(
            f"the recordings are removed, but their key is not: {problem.message}",
            hint="unlock the keyring and run it again: recorder withdraw",
        )
    _note(home, Action.VAULT_DESTROYED)
    output.answer(f"Destroyed: the keys, and {len(removed)} sessions.")


def _empty(folder: Path) -> None:
    if not folder.is_dir() or folder.is_symlink():
        return
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    sync_folder(folder)
