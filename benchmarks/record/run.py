"""A recording beside a bare pynput + mss loop, idle and at work: `python -m benchmarks.record.run [--quick] [--json]`.

See README.md for what is measured and what is not.
"""

import argparse
import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pyarrow import parquet

from benchmarks.record.work import Work
from recorder.control import Request, ask
from recorder.demo.desktop import VirtualDesktop
from recorder.demo.volunteer import COMMAND, Volunteer
from recorder.errors import RecorderError

# What is measured, its unit, and the level to keep; None: reported only.
LEVELS: dict[str, tuple[str, float | None]] = {
    "recorder, at work": ("cores", 0.35),
    "recorder, idle": ("cores", 0.05),
    "bare loop, at work": ("cores", None),
    "bare loop, idle": ("cores", None),
    "recorder / bare loop, at work": ("x", None),
    "recorder / bare loop, idle": ("x", None),
    "recorder, peak RSS with badge": ("MB", 250),
    "bare loop, peak RSS": ("MB", None),
    "stored, at work": ("MB/min", 5),
    "stored, idle": ("MB/min", None),
    "age of the frame before an action, p50": ("ms", None),
    "age of the frame before an action, p95": ("ms", 250),
    "actions without a frame before": ("share", 0.02),
    "events": ("/s", None),
    "pictures": ("/min", None),
    "start": ("s", 2),
    "stop": ("s", 2),
}
# What a model would be asked to predict from the frame before.
ACTIONS = {"click", "double_click", "right_click", "middle_click", "drag", "scroll", "type", "press", "hotkey"}
TICKS_HZ = os.sysconf("SC_CLK_TCK")


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--quick", action="store_true", help="one short run; judges nothing")
    asked.add_argument("--json", action="store_true", help="one JSON value")
    asked.add_argument("--seconds", type=float, default=60, help="of each phase")
    asked.add_argument("--runs", type=int, default=5)
    options = asked.parse_args()
    seconds, runs = (6, 1) if options.quick else (options.seconds, options.runs)
    with VirtualDesktop(keyring_password="benchmark") as desktop:
        work = Work(desktop)
        work.open_apps()
        measured = [run_once(desktop, work, seconds) for _ in range(runs)]
    rows = [judged(what, [one[what] for one in measured]) for what in LEVELS]
    report = {"name": "record", "machine": machine(), "versions": versions(), "seconds": seconds, "levels": rows}
    print(json.dumps(report)) if options.json else show(report)
    return 0 if options.quick or all(row["met"] for row in rows) else 1


def run_once(desktop: VirtualDesktop, work: Work, seconds: float) -> dict[str, float]:
    """The recorder idle and at work, then the bare loop idle and at work."""
    got: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        volunteer = Volunteer(desktop.env, Path(folder) / "home")
        volunteer.opt_in()
        volunteer.do("allow", "Chromium", "Mousepad", "XTerm")
        for phase, act in (("idle", lambda: time.sleep(seconds)), ("at work", lambda: work.do(seconds))):
            got |= record_phase(volunteer, phase, act)
    with bare_loop(desktop) as pid:
        for phase, act in (("idle", lambda: time.sleep(seconds)), ("at work", lambda: work.do(seconds))):
            got[f"bare loop, {phase}"] = cores_during([pid], act)
        got["bare loop, peak RSS"] = peak_mb([pid])
    for phase in ("idle", "at work"):
        got[f"recorder / bare loop, {phase}"] = got[f"recorder, {phase}"] / got[f"bare loop, {phase}"]
    return got


def record_phase(volunteer: Volunteer, phase: str, act: Callable[[], None]) -> dict[str, float]:
    """One recording of one phase, from start to stop, and what is in it."""
    began = time.monotonic()
    process = subprocess.Popen([*COMMAND, "record"], env=volunteer.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    await_state(volunteer.home)
    got = {"start": time.monotonic() - began} if phase == "at work" else {}
    time.sleep(2)  # the first pictures are part of the start
    pids = [process.pid, *children(process.pid)]
    got[f"recorder, {phase}"] = cores_during(pids, act)
    if phase == "at work":
        got["recorder, peak RSS with badge"] = peak_mb(pids)
    stopping = time.monotonic()
    ask(volunteer.home, Request.STOP)
    process.communicate(timeout=60)
    if phase == "at work":
        got |= {"stop": time.monotonic() - stopping} | contents(volunteer)
    session = volunteer.ask("list")[-1]
    got[f"stored, {phase}"] = session["bytes"] / 1e6 / session["duration_s"] * 60
    return got


def contents(volunteer: Volunteer) -> dict[str, float]:
    """Rates, and the ages as a researcher finds them: in the steps of an export."""
    session = volunteer.ask("list")[-1]
    out = volunteer.home.parent / "export"
    volunteer.do("review", "approve", session["id"])
    volunteer.do("export", session["id"], "--out", str(out))
    steps = [row for path in (out / "data").glob("*steps*") for row in parquet.read_table(path).to_pylist()]
    ages = [step["obs_age_us"] / 1000 for step in steps if step["action"] in ACTIONS and step["obs_age_us"] is not None]
    missing = sum(1 for step in steps if step["action"] in ACTIONS and step["obs_age_us"] is None)
    cuts = statistics.quantiles(ages, n=20) if len(ages) > 1 else [0.0] * 19
    return {
        "age of the frame before an action, p50": cuts[9],
        "age of the frame before an action, p95": cuts[18],
        "actions without a frame before": missing / max(1, len(ages) + missing),
        "events": session["events"] / session["duration_s"],
        "pictures": session["frames"] / session["duration_s"] * 60,
    }


def await_state(home: Path) -> None:
    """Until the recorder says that it records. Asked over its socket: no process is started for it."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with contextlib.suppress(RecorderError):
            if ask(home, Request.STATUS)["state"] in ("recording", "withholding"):
                return
        time.sleep(0.01)
    raise SystemExit("the recorder did not start")


@contextlib.contextmanager
def bare_loop(desktop: VirtualDesktop) -> Iterator[int]:
    command = [sys.executable, "-m", "benchmarks.record.floor"]
    process = subprocess.Popen(command, env=desktop.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    process.stdout.readline()
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in listed]


def cores_during(pids: list[int], act: Callable[[], None]) -> float:
    """CPU seconds of the processes per second of wall clock while `act` runs (proc_pid_stat(5), utime + stime)."""
    before, began = sum(map(cpu_s, pids)), time.monotonic()
    act()
    return (sum(map(cpu_s, pids)) - before) / (time.monotonic() - began)


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_HZ


def peak_mb(pids: list[int]) -> float:
    """The sum of the processes' own peaks (VmHWM): never less than the peak of their sum."""
    total_kib = 0
    for pid in pids:
        status = Path(f"/proc/{pid}/status").read_text()
        total_kib += int(status.partition("VmHWM:")[2].split()[0])
    return total_kib * 1024 / 1e6


def judged(what: str, values: list[float]) -> dict[str, Any]:
    unit, level = LEVELS[what]
    value = statistics.median(values)
    row = {"what": what, "unit": unit, "value": round(value, 3), "min": round(min(values), 3)}
    return row | {"max": round(max(values), 3), "level": level, "met": level is None or value <= level}


def machine() -> str:
    return f"{os.cpu_count()} shared cores, {platform.machine()}, Linux {platform.release().split('-')[0]}, Xvfb"


def versions() -> dict[str, str]:
    return {"python": platform.python_version()} | {name: version(name) for name in ("pynput", "mss", "pyarrow")}


def show(report: dict[str, Any]) -> None:
    print(f"{report['machine']}; phases of {report['seconds']} s")
    for row in report["levels"]:
        level = "" if row["level"] is None else f"<= {row['level']}  {'met' if row['met'] else 'MISSED'}"
        spread = f"({row['min']} to {row['max']})"
        print(f"{row['what']:<42} {row['value']:>9} {row['unit']:<7} {spread:<22} {level}")


if __name__ == "__main__":
    sys.exit(main())
