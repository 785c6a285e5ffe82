"""`recorder doctor`: is this machine ready? Each check stands alone; a failed one says what to do."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from recorder.cli import output
from recorder.cli.standing import unasked
from recorder.errors import ExitCode, PlatformError, RecorderError
from recorder.store.home import recorder_home

JAIL_TIMEOUT_S = 20.0
REINSTALL = "install the recorder again: pip install --force-reinstall recorder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found. `exit_code` is 0 when it is good."""

    name: str
    exit_code: int
    detail: str
    hint: str | None = None


# A check takes the home and returns what is good in a few words; it raises a RecorderError for what is not.
Check = Callable[[Path], str]


@click.command(epilog="Example:  recorder doctor --json")
@click.option("--deep", is_flag=True, help="Read every byte of every session instead, and the history.")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
@click.pass_context
def doctor(ctx: click.Context, deep: bool, as_json: bool) -> None:
    """Check whether this machine is ready to record. Records nothing.

    --deep: whether all that was recorded here is as it was written. Names what is damaged; exit code 2 then.
    """
    if deep:
        from recorder.cli.deep import check_deep

        ctx.exit(check_deep(as_json=as_json))
    home = recorder_home()
    findings = [_find(name, check, home) for name, check in CHECKS.items()]
    worst = next((one.exit_code for one in findings if one.exit_code), 0)
    if as_json:
        checks: list[output.Json] = [
            {"name": one.name, "ok": one.exit_code == 0, "detail": one.detail, "hint": one.hint} for one in findings
        ]
        output.answer_json({"ok": worst == 0, "checks": checks})
    else:
        for one in findings:
            output.answer(f"{'good' if one.exit_code == 0 else 'BAD ':4}  {one.name:14} {one.detail}")
            if one.hint:
                output.answer(f"{'':21}{one.hint}")
    ctx.exit(worst)


def _find(name: str, check: Check, home: Path) -> Finding:
    try:
        return Finding(name=name, exit_code=0, detail=check(home))
    except RecorderError as error:
        return Finding(name=name, exit_code=int(error.exit_code), detail=error.message, hint=error.hint)
    except Exception as failure:  # noqa: BLE001 - a check that breaks is a finding; the others still run
        return Finding(name=name, exit_code=int(ExitCode.BUG), detail=f"the check broke ({type(failure).__name__})")


def _session_type(_: Path) -> str:
    return os.environ.get("XDG_SESSION_TYPE") or "not said (XDG_SESSION_TYPE is unset)"


def _display(_: Path) -> str:
    from recorder.capture.chooser import choose_backend

    backend = choose_backend()
    backend.check()
    sizes = [f"{monitor.rect.width}x{monitor.rect.height}" for monitor in backend.monitors()]
    return f"{backend.name}, {', '.join(sizes)}"


def _accessibility(_: Path) -> str:
    from recorder.capture.chooser import choose_backend

    oracle = choose_backend().focus_oracle()
    try:
        oracle.open()
    finally:
        oracle.close()
    return "answers, so password fields are known"


def _jail(_: Path) -> str:
    """In a child, since what is given up is given up for good."""
    code = "from recorder.capture.chooser import lock_in; lock_in()"
    package_folder = str(Path(__file__).parent.parent.parent)
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        env=os.environ | {"PYTHONPATH": package_folder},
        capture_output=True,
        timeout=JAIL_TIMEOUT_S,
        check=False,
    )
    if done.returncode != 0:
        raise PlatformError("the recorder can't be cut off from the network here", hint="it will refuse to record")
    return "the recorder can be cut off from the network"


def _key_trouble(home: Path) -> str | None:
    from recorder.cli.key import backup_trouble
    from recorder.store.holders import untidy

    if untidy(home):
        return "an old copy of the key was not removed yet; the next deletion or `recorder key change` does it"
    return backup_trouble(home)


def _keys(home: Path) -> str:
    from recorder.store.vault import Vault, VaultKind

    vault = Vault.open(home) if Vault.exists(home) else None
    trouble = _key_trouble(home)
    if trouble is not None:
        output.note(trouble)
    if vault is not None and vault.kind is VaultKind.PASSPHRASE:
        return "in a file, under your passphrase"
    if vault is not None:
        vault.unlock_heads()
        return "in the keyring, which answers"
    from recorder.store.keyholder import KeyringHolder

    KeyringHolder("probe").get("probe")
    return "none yet; the keyring answers"


def _consent(home: Path) -> str:
    found = unasked(home)
    if found.problem is not None:
        raise PlatformError(found.problem)
    return f"{found.standing.state}{'' if found.verified else ' (not checked: the passphrase was not asked)'}"


def _policy(home: Path) -> str:
    from recorder.guard import self_test
    from recorder.store.policy_file import load_policy

    policy = load_policy(home)
    if not policy.apps:
        return "no app is allowed yet, so nothing is recorded"
    self_test(policy)
    return f"{len(policy.apps)} apps; each rule lets its own app through and no other"


def _text(_: Path) -> str:
    """The lists without which no text is known to be harmless."""
    from recorder.guard.text import Detector

    detector = Detector(time.perf_counter)
    if detector.trouble is not None:
        raise PlatformError(detector.trouble, hint=REINSTALL)
    return f"{detector.version}, all of its lists as they were shipped"


def _words(home: Path) -> str:
    """What reads words in pictures, where a rule asks for it."""
    from recorder.model.policy import PictureMode
    from recorder.store.policy_file import load_policy

    apps = [rule.name for rule in load_policy(home).apps if rule.pictures is PictureMode.WORDS]
    if not apps:
        return "no app's pictures may show words; all text in them is masked"
    from recorder.pipeline.words import trouble

    found = trouble()
    if found is not None:
        raise PlatformError(found, hint=REINSTALL)
    return f"can be read for {len(apps)} app{'' if len(apps) == 1 else 's'}; what is not known to be harmless is masked"


def _leaks(_: Path) -> str:
    from recorder.capture.chooser import choose_backend
    from recorder.pipeline.selftest import leak_self_test

    backend = choose_backend()
    backend.check()
    return leak_self_test(backend)


def _outside(home: Path) -> str:
    """What a killed export left where it was written to."""
    from recorder.store.unfinished import count

    left = count(home)
    if left:
        raise PlatformError(
            f"{left} cut short, and what is left of {'it' if left == 1 else 'them'} lies where it was written to",
            hint="the next command that opens your recordings removes it: recorder list",
        )
    return "none was cut short"


def _disk(home: Path) -> str:
    from recorder.store.home import check_room

    place = next((path for path in (home, *home.parents) if path.exists()), Path("/"))
    check_room(place)
    return f"{output.size(shutil.disk_usage(place).free)} free"


# In the order in which a recording would meet them.
CHECKS: dict[str, Check] = {
    "session type": _session_type,
    "display": _display,
    "accessibility": _accessibility,
    "jail": _jail,
    "keys": _keys,
    "consent": _consent,
    "policy": _policy,
    "text": _text,
    "words": _words,
    "disk": _disk,
    "exports": _outside,
    "leaks": _leaks,
}
