"""Sessions for a command: found by what the person typed; opened with the unlocked vault."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from recorder.cli import output
from recorder.cli.unlock import unlock
from recorder.store.home import recorder_home, remove_all_temporaries, session_ids

if TYPE_CHECKING:
    from recorder.store.session import SessionReader
    from recorder.store.vault import UnlockedVault


@dataclass(frozen=True, slots=True)
class Opened:
    """The home with its secrets, for one command."""

    home: Path
    unlocked: "UnlockedVault"

    def reader(self, session_id: str) -> "SessionReader":
        """Raises: DamagedError."""
        from recorder.store.session import SessionReader

        return SessionReader(self.home, session_id, self.unlocked)

    def readers(self, ids: Sequence[str]) -> dict[str, "SessionReader"]:
        return {session_id: self.reader(session_id) for session_id in ids}


def find_sessions(typed: Sequence[str]) -> list[str]:
    """Ids for what was typed, in that order, each once. Asks for no passphrase. Raises: UsageError."""
    from recorder.review.find import find

    existing = session_ids(recorder_home())
    return list(dict.fromkeys(find(word, existing) for word in typed))


def open_home() -> Opened:
    """Unlock (the passphrase is asked for where the vault has one), and finish what a crash cut short: recordings
    first, because a journal opens with the key that a deletion changes.

    Raises: as `unlock`; DamagedError, PlatformError from finishing.
    """
    home = recorder_home()
    opened = Opened(home, unlock(home))
    remove_all_temporaries(home)
    _tidy_keys(opened)
    _clean_outside(opened)
    _recover(opened)
    _finish_deletions(opened)
    return opened


def _tidy_keys(opened: Opened) -> None:
    """A move of the key that was cut short, or whose old place could not be emptied: it opened where it is now."""
    from recorder.store import holders
    from recorder.store.lock import keys_lock

    if holders.untidy(opened.home):
        with keys_lock(opened.home):
            left = holders.tidy(opened.home)
        if left is not None:
            output.note(left)


def _clean_outside(opened: Opened) -> None:
    """What a killed export or backup left lies open where it was written to."""
    from recorder.store.unfinished import clean

    for said in clean(opened.home, opened.unlocked):
        output.note(said)


def _finish_deletions(opened: Opened) -> None:
    from recorder.store.delete import pending, resume

    if pending(opened.home) and resume(opened.home, opened.unlocked):
        output.note("finished a deletion that had been cut short")


def _recover(opened: Opened) -> None:
    from recorder.cli.recovery import recover_all, sentence
    from recorder.store.recover import needs_recovery

    if needs_recovery(opened.home):
        for one in recover_all(opened.home, opened.unlocked):
            output.note(sentence(asdict(one)))
