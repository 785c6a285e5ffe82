"""Many moments of many scenarios over all cores, and what they left in figures. The seed that it prints repeats it."""

import os
import random
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from recorder.errors import ExitCode
from tests.crash.harness import Order, Runner, runner, server, some
from tests.crash.points import How

EVERYTHING = os.environ.get("RECORDER_CRASH") == "all"
# Done, or the machine refused: never a damaged file, a missing consent or a missing approval. Those have other codes,
# and ask a person for something that would not help.
ALLOWED = {ExitCode.GOOD, ExitCode.ENVIRONMENT}
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of one scenario. `steps`: whether every named step that it passes is a moment, for a kill and for a
    power cut; the others are how many of each kind beyond that."""

    steps: bool = False
    kills: int = 0
    moments: int = 0
    cuts: int = 0
    faults: int = 0


ALL_OF_IT = Size(steps=True, kills=1_000_000, moments=25, cuts=1_000_000)


@dataclass(slots=True)
class Report:
    """What was done and found. `struck`: names of the steps at which something was killed."""

    seed: str
    kills: int = 0
    cuts: int = 0
    faults: int = 0
    scans: int = 0
    canaries: int = 0
    resurrected: int = 0
    corrupt: int = 0
    cpu_s: float = 0.0
    most_lost_us: int = 0
    most_lost_in_a_cut_us: int = 0
    passed: set[str] = field(default_factory=set)
    struck: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    def add(self, order: Order, answer: Any) -> None:
        power = bool(order.get("power"))
        self.faults += "error" in order or order.get("how") == How.SHORT
        self.cuts += power
        self.kills += bool(answer["killed"]) and not power
        for name in ("scans", "canaries", "resurrected", "corrupt", "cpu_s"):
            setattr(self, name, getattr(self, name) + answer.get(name, 0))
        lost_us = answer.get("lost_us", 0)
        if power:
            self.most_lost_in_a_cut_us = max(self.most_lost_in_a_cut_us, lost_us)
        else:
            self.most_lost_us = max(self.most_lost_us, lost_us)

    def __str__(self) -> str:
        return (
            f"{self.kills} kills, {self.cuts} power cuts, {self.faults} faults: {len(self.wrong)} wrong, {self.corrupt}"
            f" corrupt, {self.canaries} canaries in {self.scans} searches, {self.resurrected} resurrected rows, at most"
            f" {self.most_lost_us / 1e6:.2f} s lost ({self.most_lost_in_a_cut_us / 1e6:.2f} s by a power cut);"
            f" {len(self.struck)} of {len(self.passed)} steps struck; {self.cpu_s:.0f} s of CPU; seed {self.seed}"
        )


def chosen(cut: Runner, size: Size, chance: random.Random) -> list[Order]:
    """The moments of one scenario."""
    each: list[Order] = []
    if size.steps:
        for name in sorted(set(cut.steps)):
            at = chance.choice([n for n, one in enumerate(cut.steps) if one == name])
            each += [{"how": How.STEP, "at": at}, {"how": How.STEP, "at": at, "power": True}]
    more = some(cut.kills(), size.kills, chance) + some(cut.power_cuts(), size.cuts, chance)
    faults = some(cut.faults(), size.faults, chance)
    return each + [one for one in more if one not in each] + cut.moments(size.moments, chance) + faults


def carry_out(cut: Runner, orders: Iterable[Order], report: Report) -> None:
    report.passed |= set(cut.steps)
    for order in orders:
        answer = cut.ask(order)
        report.add(order, answer)
        if order.get("how") == How.STEP and order["at"] >= 0 and answer["killed"]:
            report.struck.add(cut.steps[order["at"]])
        problems = list(answer["problems"])
        if "error" in order and answer["code"] not in ALLOWED:
            problems.append(f"it ends with {answer['code']}")
        if problems:
            report.wrong.append(f"{cut.scenario} {order} at {_where(cut, order)}: {problems} {answer.get('said', '')}")


def campaign(names: Sequence[str], size: Size, *, seed: str, say: Say = lambda line: None) -> Report:
    """One scenario a core at a time. Tells `say` of each that is done."""
    whole = Report(seed)

    def one(name: str) -> tuple[str, Report, float]:
        report, started = Report(seed), time.monotonic()
        chance = random.Random(f"{seed} {name}")
        with tempfile.TemporaryDirectory(prefix="recorder-crash-") as folder, runner(name, Path(folder)) as cut:
            carry_out(cut, chosen(cut, size, chance), report)
        return name, report, time.monotonic() - started

    server()  # one for all cores
    say(f"seed {seed}: {len(names)} scenarios on {os.cpu_count()} cores")
    with ThreadPoolExecutor(os.cpu_count() or 1) as cores:
        running = [cores.submit(one, name) for name in names]
        for done, ended in enumerate(as_completed(running), start=1):
            name, report, seconds = ended.result()
            _merge(whole, report)
            say(f"{done}/{len(names)} {name} in {seconds:.0f} s: {report}")
            for wrong in report.wrong:
                say(f"  WRONG {wrong}")
    say(f"all: {whole}")
    return whole


def new_seed() -> str:
    """Another one each time, unless somebody wants one again."""
    return os.environ.get("RECORDER_CRASH_SEED") or str(random.SystemRandom().randrange(1_000_000))


def _merge(whole: Report, part: Report) -> None:
    for name in ("kills", "cuts", "faults", "scans", "canaries", "resurrected", "corrupt", "cpu_s"):
        setattr(whole, name, getattr(whole, name) + getattr(part, name))
    whole.most_lost_us = max(whole.most_lost_us, part.most_lost_us)
    whole.most_lost_in_a_cut_us = max(whole.most_lost_in_a_cut_us, part.most_lost_in_a_cut_us)
    whole.passed |= part.passed
    whole.struck |= part.struck
    whole.wrong += part.wrong


def _where(cut: Runner, order: Order) -> object:
    """For the person who has to find out why."""
    at = order.get("at", -1)
    if order.get("how") == How.STEP:
        return cut.steps[at] if at >= 0 else "the end"
    return cut.calls[at] if "how" in order else "any time"
