"""`recorder doctor --deep`: every byte of every session and every line of the history, read; repairs nothing."""

import time

from recorder.cli import output
from recorder.cli.opened import open_home
from recorder.cli.unlock import unlock
from recorder.errors import ExitCode, RecorderError
from recorder.store.audit import AuditLog
from recorder.store.chain import Checked
from recorder.store.home import recorder_home, session_ids
from recorder.store.vault import Vault
from recorder.store.verify import Damaged, verify_home

NOTE_EVERY_S = 1.0


def check_deep(*, as_json: bool) -> int:
    """The exit code: 2 when anything is damaged. Raises: as `Vault.open` and `Vault.unlock`."""
    home = recorder_home()
    if not Vault.exists(home) and not session_ids(home):
        return _say(as_json, {}, None, None)
    problem = None
    try:
        unlocked = open_home().unlocked
    except RecorderError as error:
        # What a crash left can't be finished. That is a finding; what there is can still be looked at.
        unlocked, problem = unlock(home), error.message
    said = [0.0]

    def progress(session_id: str, done: int, total: int) -> None:
        if time.monotonic() - said[0] >= NOTE_EVERY_S:
            said[0] = time.monotonic()
            output.note(f"reading session {done + 1} of {total}: {session_id}")

    found = verify_home(home, unlocked, progress)
    return _say(as_json, found, AuditLog(home, unlocked).check(), problem)


def _say(as_json: bool, found: dict[str, list[Damaged]], history: Checked | None, home: str | None) -> int:
    damaged = {session_id: errors for session_id, errors in found.items() if errors}
    lines = list(history.findings) if history is not None else []
    ok = not damaged and not lines and home is None
    if as_json:
        sessions: list[output.Json] = [
            {"id": session_id, "ok": not errors, "damaged": [error.message for error in errors]}
            for session_id, errors in found.items()
        ]
        problems: list[output.Json] = [{"problem": one.problem, "line": one.line, "words": one.words} for one in lines]
        output.answer_json({"ok": ok, "sessions": sessions, "history": problems, "home": home})
        return ExitCode.GOOD if ok else ExitCode.USAGE
    for errors in damaged.values():
        for error in errors:
            output.answer(f"BAD   {error.message}")
    for one in lines:
        output.answer(f"BAD   the history: {one.words}")
    if home is not None:
        output.answer(f"BAD   {home}")
    output.answer(f"{len(found) - len(damaged)} of {len(found)} sessions are whole, every byte of them")
    if damaged:
        output.answer("what is not named here can be read; recorder delete --session removes a damaged session whole")
    return ExitCode.GOOD if ok else ExitCode.USAGE
