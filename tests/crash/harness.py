"""Runs the runner: a survey of a scenario, then the moments that are chosen from it."""

import atexit
import errno
import functools
import json
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.crash.points import READING, Call, How

Order = dict[str, Any]
ERRNOS = (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS, errno.EINTR)
# No system interrupts for ever; and what is interrupted is tried again, by Python's files as often as it takes.
LASTING = tuple(one for one in ERRNOS if one != errno.EINTR)
ROOT = Path(__file__).parents[2]


class Runner:
    """One scenario in a process of its own. `calls`: (what, which file) of an undisturbed run; `steps`: their names."""

    def __init__(self, connection: socket.socket, scenario: str, folder: Path) -> None:
        self.scenario = scenario
        self._orders, self._answers = connection.makefile("w"), connection.makefile("r")
        self._say([scenario, str(folder)])
        found = self.ask({})
        self.calls = [(Call(call), name) for call, name in found["calls"]]
        self.steps: list[str] = found["steps"]
        self.seconds: float = found["seconds"]

    def ask(self, order: Order) -> Any:
        self._say(order)
        line = self._answers.readline()
        assert line, f"the runner of {self.scenario} died"
        return json.loads(line)

    def _say(self, told: Any) -> None:
        self._orders.write(json.dumps(told) + "\n")
        self._orders.flush()

    def kills(self) -> list[Order]:
        """Before and after every call that changes the disk, in the middle of every write, at every named step."""
        changing = [(at, call) for at, (call, _) in enumerate(self.calls) if call not in READING]
        found: list[Order] = [{"how": how, "at": at} for at, _ in changing for how in (How.BEFORE, How.AFTER)]
        found += [{"how": How.TORN, "at": at} for at, call in changing if call is Call.WRITE]
        return found + [{"how": How.STEP, "at": at} for at in range(len(self.steps))]

    def power_cuts(self) -> list[Order]:
        """At every named step, and after the end."""
        return [{"how": How.STEP, "at": at, "power": True} for at in range(-1, len(self.steps))]

    def moments(self, count: int, chance: random.Random) -> list[Order]:
        """Any time at all."""
        return [{"after_s": chance.uniform(0, self.seconds)} for _ in range(count)]

    def faults(self) -> list[Order]:
        """Every error at every call, once and from then on, and writes that take half."""
        found: list[Order] = []
        for at, (call, _) in enumerate(self.calls):
            found += [{"how": How.ONCE, "at": at, "error": one} for one in ERRNOS]
            found += [{"how": How.FROM_THEN_ON, "at": at, "error": one} for one in LASTING]
            found += [{"how": How.SHORT, "at": at}] if call is Call.WRITE else []
        return found


@functools.cache
def server() -> Path:
    """The socket of a process that has everything loaded; one for all tests of this process, and it ends with it."""
    folder = Path(tempfile.mkdtemp(prefix="recorder-crash-"))
    path = folder / "orders"
    process = subprocess.Popen([sys.executable, "-m", "tests.crash.runner", path], cwd=ROOT, stdin=subprocess.PIPE)

    def end() -> None:
        assert process.stdin is not None
        process.stdin.close()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    return path


@contextmanager
def runner(scenario: str, folder: Path) -> Iterator[Runner]:
    with socket.socket(socket.AF_UNIX) as connection:
        _connect(connection, server())
        yield Runner(connection, scenario, folder)


def _connect(connection: socket.socket, path: Path) -> None:
    """It listens once everything is loaded."""
    for _ in range(6000):
        try:
            connection.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            time.sleep(0.01)
        else:
            return
    raise TimeoutError("the runner does not listen")


def some(orders: Sequence[Order], count: int, chance: random.Random) -> list[Order]:
    """Spread over the whole: one from each of `count` equal parts."""
    if count <= 0:
        return []
    if count >= len(orders):
        return list(orders)
    edges = [len(orders) * n // count for n in range(count + 1)]
    return [orders[chance.randrange(first, last)] for first, last in pairwise(edges)]
