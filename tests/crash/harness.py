"""Runs the runner: a survey of a scenario, then the moments that are chosen from it."""

import errno
import json
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.crash.disk import Call, How

Order = dict[str, Any]
ERRNOS = (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS, errno.EINTR)
ROOT = Path(__file__).parents[2]


class Runner:
    """One scenario in a process of its own. `calls`: (what, which file) of an undisturbed run; `steps`: their names."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        found = self.ask({})
        self.calls = [(Call(call), name) for call, name in found["calls"]]
        self.steps: list[str] = found["steps"]
        self.seconds: float = found["seconds"]

    def ask(self, order: Order) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the runner died"
        return json.loads(line)

    def kills(self) -> list[Order]:
        """Before and after every call that changes the disk, in the middle of every write, at every named step."""
        changing = [(at, call) for at, (call, _) in enumerate(self.calls) if call is not Call.READ]
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
            found += [{"how": how, "at": at, "error": one} for one in ERRNOS for how in (How.ONCE, How.FROM_THEN_ON)]
            found += [{"how": How.SHORT, "at": at}] if call is Call.WRITE else []
        return found


@contextmanager
def runner(scenario: str, folder: Path) -> Iterator[Runner]:
    command = [sys.executable, "-m", "tests.crash.runner", scenario, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Runner(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait()


def some(orders: Sequence[Order], count: int, chance: random.Random) -> list[Order]:
    """Spread over the whole: one from each of `count` equal parts."""
    if count >= len(orders):
        return list(orders)
    edges = [len(orders) * n // count for n in range(count + 1)]
    return [orders[chance.randrange(first, last)] for first, last in pairwise(edges)]
