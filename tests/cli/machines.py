"""Machines to run the command on: with a real keyring on a private bus, or with none at all. No display on either."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from recorder.consent.words import SENTENCE
from recorder.demo.terminal import Terminal

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "recorder"]
PASSPHRASE = "four made up words"
KEYRING_PASSWORD = "only-for-this-test"
QUIET_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen>
<policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"""


def bare_env(folder: Path) -> dict[str, str]:
    """No display, no bus, no keyring, nothing of the session that runs the tests."""
    for name in ("data", "run", "config"):
        (folder / name).mkdir(mode=0o700, exist_ok=True)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "XDG_DATA_HOME": str(folder / "data"),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_RUNTIME_DIR": str(folder / "run"),
        "RECORDER_HOME": str(folder / "home"),
    }


class Machine:
    """Runs `recorder` as a process, with or without a terminal."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.env = dict(env)
        self.home = Path(env["RECORDER_HOME"])

    def run(self, *arguments: str, typed: str | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
        """Without a terminal. `typed` is piped in."""
        return subprocess.run(
            [*COMMAND, *arguments],
            env=self.env | variables,
            input="" if typed is None else typed,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            start_new_session=True,  # no /dev/tty either
        )

    def terminal(self, *arguments: str, **variables: str) -> Terminal:
        return Terminal([*COMMAND, *arguments], env=self.env | variables)

    def opt_in(self, numbers: str = "1 7 16", *options: str) -> str:
        """Agree at a terminal as a person does; what was printed."""
        with self.terminal("consent", "--self", *options) as terminal:
            terminal.expect("> ")
            terminal.send(f"{numbers}\n")
            terminal.expect("> ")
            terminal.send("\n")
            terminal.expect("> ")
            terminal.send(f"{SENTENCE}\n")
            if "passphrase" in options and "RECORDER_PASSPHRASE_COMMAND" not in self.env:
                for question in ("recordings): ", "again: "):
                    terminal.expect(question)
                    terminal.send(f"{PASSPHRASE}\n")
            code = terminal.wait()
            assert code == 0, terminal.output[-2000:]
            return terminal.output


class KeyringMachine(Machine):
    """With a Secret Service. `lock` does what logging out of the keyring does."""

    def lock(self) -> None:
        code = "import secretstorage as s\nc = s.get_default_collection(s.dbus_init())\nc.lock()\nassert c.is_locked()"
        subprocess.run([sys.executable, "-c", code], env=self.env, check=True, timeout=20)

    def forget_everything(self) -> None:
        """Somebody deletes all items of the keyring."""
        code = (
            "import secretstorage as s\n"
            "for item in list(s.get_default_collection(s.dbus_init()).get_all_items()): item.delete()"
        )
        subprocess.run([sys.executable, "-c", code], env=self.env, check=True, timeout=20)

    def labels(self) -> list[str]:
        code = (
            "import secretstorage as s\n"
            "for item in s.get_default_collection(s.dbus_init()).get_all_items(): print(item.get_label())"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], env=self.env, check=True, timeout=20, capture_output=True, text=True
        )
        return done.stdout.splitlines()


@contextmanager
def keyring_env(folder: Path) -> Iterator[dict[str, str]]:
    """A private bus with an unlocked gnome-keyring; both end with the block."""
    env = bare_env(folder)
    config = folder / "bus.conf"
    config.write_text(QUIET_BUS)
    bus = subprocess.Popen(
        ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address"],
        env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    processes: list[subprocess.Popen[Any]] = [bus]
    try:
        assert bus.stdout is not None
        env["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().strip()
        keyring = subprocess.Popen(
            ["gnome-keyring-daemon", "--foreground", "--components=secrets", "--unlock"],
            env=env, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        processes.append(keyring)
        assert keyring.stdin is not None
        keyring.stdin.write(KEYRING_PASSWORD.encode())
        keyring.stdin.close()
        _await_secrets(env)
        yield env
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _await_secrets(env: Mapping[str, str]) -> None:
    until = time.monotonic() + 20
    question = ["dbus-send", "--session", "--print-reply=literal", "--dest=org.freedesktop.DBus", "/"]
    question += ["org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"]
    while b"true" not in subprocess.run(question, env=dict(env), capture_output=True, check=False, timeout=10).stdout:
        assert time.monotonic() < until, "the keyring did not start"
        time.sleep(0.02)
