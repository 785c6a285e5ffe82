"""Scenarios, cut short at many moments: `python -m tests.crash.runner SOCKET`, orders in, answers out.

Everything is loaded once. Each connection is one scenario, in a forked process of its own: its first line says which,
and in which folder; each further one is an order (`{}`: a survey, else a point), answered by one JSON line. Each
moment happens in a process forked from that, on a copy of the scenario's home, and another process looks at what is
left, as the person's next command would. All of it ends with the process on whose stdin it hangs.
"""

import contextlib
import hashlib
import importlib
import json
import os
import pkgutil
import select
import shutil
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from recorder import cli, consent, export, review, store
from recorder.cli import passphrase
from recorder.cli.lean import without_pandas
from recorder.store import keyholder
from recorder.store.vault import Vault
from tests.crash.chest import Chest
from tests.crash.disk import Disk, watching
from tests.crash.homes import opens, passphrases
from tests.crash.judge import Cut, Expected, as_compared, judge
from tests.crash.points import How, Point
from tests.crash.progress import Progress
from tests.crash.scenarios import BY_NAME, Scenario
from tests.crash.seen import look

Json = dict[str, Any]
LONGEST_S = 200  # a thousand times what any scenario takes


class CheapHash:
    """In Argon2's place: a few thousand unlockings would cost a quarter of an hour. What it costs to guess is tried in
    tests/store/test_vault.py."""

    def __init__(self, *, salt: bytes, length: int, iterations: int, lanes: int, memory_cost: int) -> None:
        self._salt, self._length = salt, length

    def derive(self, secret: bytes) -> bytes:
        return hashlib.blake2b(secret, salt=self._salt[:16], digest_size=self._length).digest()


def in_a_process(act: Callable[[], Any], said: Path) -> tuple[int | None, Any]:
    """Run `act` in a forked process. Returns its exit code (None: killed) and what it returned, as JSON."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(LONGEST_S)
        _become(act, writing, said)
    os.close(writing)
    with os.fdopen(reading) as answer:
        text = answer.read()
    _, status = os.waitpid(pid, 0)
    return (os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else None), json.loads(text or "null")


def _become(act: Callable[[], Any], writing: int, said: Path) -> None:
    code = 99
    try:
        os.environ["RECORDER_HOME"] = str(said.parent / "home")
        out = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(out, 1)
        os.dup2(out, 2)
        answer = act()
        os.write(writing, json.dumps(answer, default=str).encode())
        code = 0
    except BaseException:  # noqa: BLE001 - the process ends here whatever it was
        traceback.print_exc()
    finally:
        with contextlib.suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


class Stage:
    """One scenario's template, and the copies on which it is cut."""

    def __init__(self, scenario: Scenario, folder: Path) -> None:
        self.scenario, self.folder = scenario, folder
        self.template = folder / "template"
        self.template.mkdir()
        code, _ = in_a_process(lambda: scenario.build(self.template), self.template / "said.txt")
        if code != 0:
            raise RuntimeError((self.template / "said.txt").read_text())
        (self.template / "said.txt").unlink()
        self.number = 0
        self.expected = Expected(before=None, after=None)
        self.seconds = 0.0

    def copy(self) -> Path:
        self.number += 1
        root = self.folder / f"case-{self.number}"
        shutil.copytree(self.template, root)
        (root / "stash").mkdir()
        return root

    def survey(self) -> Json:
        """Undisturbed: every call and every step that the scenario passes."""
        root = self.copy()
        before = self._seen(root)
        started = time.monotonic()
        answer = in_a_process(lambda: self._act(root, Point(), Progress()), root / "said.txt")[1]
        self.seconds = time.monotonic() - started
        self.expected = Expected(before=before, after=self._seen(root))
        if answer is None or answer["code"] != 0:
            raise RuntimeError((root / "said.txt").read_text())
        shutil.rmtree(root)
        return dict(answer) | {"seconds": self.seconds}

    def _seen(self, root: Path) -> Any:
        if not Vault.exists(root / "home") or self.scenario.name in ("record", "recover"):
            return {} if self.scenario.name != "recover" else self._recovered(root)
        return in_a_process(lambda: as_compared(look(root / "home", opens(root))), root / "said.txt")[1]

    def _recovered(self, root: Path) -> Any:
        """There is one way to be for a dead recorder's session: recovered."""
        copy = root.with_name(f"{root.name}-recovered")
        shutil.copytree(root, copy)

        def act() -> Any:
            self.scenario.act(copy, Progress())
            return as_compared(look(copy / "home", opens(copy)))

        seen = in_a_process(act, copy / "said.txt")[1]
        shutil.rmtree(copy)
        return seen

    def _act(self, root: Path, point: Point, progress: Progress) -> Json:
        disk = Disk(root, point, root / "stash")
        with watching(disk):
            code = self.scenario.act(root, progress)
            if point.how is How.STEP and point.at < 0:
                disk.die()  # after the end: what a power cut takes of what was said to be done
        calls = [(str(call), name) for call, name in disk.log]
        return {"code": code, "calls": calls, "steps": [str(one) for one, _ in disk.passes], "struck": disk.struck}

    def cut(self, point: Point, after_s: float | None = None) -> Json:
        root, progress = self.copy(), Progress()
        said = root / "said.txt"
        act = lambda: self._act(root, point, progress)  # noqa: E731
        begun_s = time.monotonic()
        code, answer = in_a_process(act, said) if after_s is None else killed_after(after_s, act, said)
        hung = time.monotonic() - begun_s >= LONGEST_S
        ended = answer["code"] if answer else None
        whole = point.how is How.STEP and point.at < 0
        cut = Cut(code=0 if whole else ended, told=progress.read(), power=point.power)
        problems = [] if code in (0, None) else [f"the process ended with {code}"]
        checked, found = in_a_process(
            lambda: judge(self.scenario, root, self.template, self.expected, cut), root / "said.txt"
        )
        problems += ["it does not end"] if hung else []
        problems += found["problems"] if found else []
        if checked != 0:
            problems.append("what is left can't be opened")
        words = said.read_text(errors="replace")[-1500:]
        shutil.rmtree(root)
        struck = bool(answer and answer["struck"])
        result = {"killed": code is None, "struck": struck, "code": ended, **(found or {}), "problems": problems}
        return result | ({"said": words} if problems or ended not in (0, None) else {})


def killed_after(seconds: float, act: Callable[[], Any], said: Path) -> tuple[int | None, Any]:
    """`act` in a process that is killed after a time, whatever it is doing."""
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, max(seconds, 1e-6))  # its default is to end the process, without a word
        _, writing = os.pipe()
        _become(act, writing, said)
    _, status = os.waitpid(pid, 0)
    return (None if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)), None


# What the recorder's modules load when they first need it.
LATER = (
    "cryptography.hazmat.primitives.asymmetric.rsa",
    "dateutil.relativedelta",
    "numpy.ma",
    "pyarrow.acero",
    "pyarrow.dataset",
    "resource",
    "rich.box",
    "rich.console",
    "rich.table",
)


def preload() -> None:
    """All modules now, so that no forked process has to read them again; and what stands in for what is slow."""
    without_pandas()
    Image.init()
    for name in LATER:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    for package in (cli, consent, export, review, store):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.startswith("recorder.review.web"):
                importlib.import_module(found.name)
    names: list[tuple[Any, str, object]] = [
        (keyholder, "Argon2id", CheapHash),
        (keyholder, "encrypting_backend", Chest),
        (passphrase, "_from_command", lambda variable=passphrase.COMMAND_VARIABLE: passphrases()[variable]),
    ]
    for module, name, replacement in names:
        assert hasattr(module, name)
        setattr(module, name, replacement)


def cpu_s() -> float:
    """Of this process and of those that it waited for."""
    return sum(os.times()[:4])


def answer(connection: socket.socket) -> None:
    """All orders of one connection."""
    with connection, connection.makefile("r") as orders, connection.makefile("w") as answers:
        name, folder = json.loads(orders.readline())
        stage = Stage(BY_NAME[name], Path(folder))
        for line in orders:
            order, before_s = json.loads(line), cpu_s()
            after_s = order.pop("after_s", None)
            if not order and after_s is None:
                told = stage.survey()
            else:
                told = stage.cut(Point(**order | {"how": How(order.get("how", How.NOTHING))}), after_s)
            answers.write(json.dumps(told | {"cpu_s": cpu_s() - before_s}) + "\n")
            answers.flush()


def main(path: str) -> None:
    preload()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who answers a connection needs no one to wait for it
    while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
        connection, _ = listener.accept()
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            listener.close()
            answer(connection)
            os._exit(0)
        connection.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
