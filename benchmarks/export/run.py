"""Export and deletion of a synthetic session: `python -m benchmarks.export.run [--quick] [--json]`. See README.md."""

import argparse
import json
import platform
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import PIL
import pyarrow

from recorder.export.folder import write
from recorder.export.session_files import webp
from recorder.review.decide import approve
from recorder.store import delete
from recorder.store.session import SessionReader
from tests.recorded import STARTED_US, RecordedHome, S, Story, make_home

SIZE_PX = (1920, 1080)
# What is measured, its unit, and the level to keep; None: reported only.
LEVELS: dict[str, tuple[str, float | None]] = {
    "export, CPU a picture": ("ms", None),
    "bare loop, CPU a picture": ("ms", None),
    "export / bare loop": ("x", 1.5),
    "export, pixels": ("MB/s", None),
    "export, written": ("MB/s", None),
    "approve": ("s", None),
    "delete one picture": ("s", 0.5),
    "delete a minute": ("s", 0.5),
    "delete the session": ("s", 0.1),
}


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--quick", action="store_true", help="one small run; judges nothing")
    asked.add_argument("--json", action="store_true", help="one JSON value")
    options = asked.parse_args()
    story = Story(
        seconds=120 if options.quick else 600, frames=20 if options.quick else 150, moves=2_000, size_px=SIZE_PX
    )
    runs = [run(story) for _ in range(1 if options.quick else 5)]
    rows = [judged(what, [one[what] for one in runs]) for what in LEVELS]
    report: dict[str, Any] = {"name": "export", "machine": platform.machine(), "versions": versions(), "levels": rows}
    report["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(report)) if options.json else show(report)
    return 0 if options.quick or all(row["met"] for row in rows) else 1


def run(story: Story) -> dict[str, float]:
    """One home, one session: approve, export, the bare loop on the same pictures, then delete it bit by bit."""
    with tempfile.TemporaryDirectory() as folder:
        home = make_home(Path(folder) / "home")
        session_id = home.record(story)
        reader = SessionReader(home.path, session_id, home.unlocked)
        found: dict[str, float] = {}
        reviewed, found["approve"], _ = timed(lambda: approve(home.unlocked, reader))
        grant = home.grant()
        exported, wall_s, cpu_s = timed(lambda: write(grant, [reviewed], {session_id: reader}, Path(folder) / "out"))
        pixels_mb = story.frames * SIZE_PX[0] * SIZE_PX[1] * 3 / 1e6
        _, _, bare_s = timed(lambda: [webp(frame.image()) for frame in reader.frames()])
        found |= {"export, pixels": pixels_mb / wall_s, "export, written": exported.size_bytes / 1e6 / wall_s}
        found |= {"export, CPU a picture": 1000 * cpu_s / story.frames, "export / bare loop": cpu_s / bare_s}
        found["bare loop, CPU a picture"] = 1000 * bare_s / story.frames
        return found | deletions(home, session_id)


def deletions(home: RecordedHome, session_id: str) -> dict[str, float]:
    """From the smallest to the whole; each with the change of the vault's key and the check afterwards."""
    where, minute = (home.path, home.unlocked), (STARTED_US + 60 * S, STARTED_US + 120 * S)
    return {
        "delete one picture": timed(lambda: delete.delete_frames(*where, session_id, [1]))[1],
        "delete a minute": timed(lambda: delete.delete_between(*where, *minute))[1],
        "delete the session": timed(lambda: delete.delete_session(*where, session_id))[1],
    }


def timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    """What it returned, wall seconds, CPU seconds of this process."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, time.perf_counter() - wall, time.process_time() - cpu


def judged(what: str, values: list[float]) -> dict[str, Any]:
    unit, level = LEVELS[what]
    value = statistics.median(values)
    spread = {"smallest": round(min(values), 4), "largest": round(max(values), 4)}
    return {"what": what, "unit": unit, "value": round(value, 4), "level": level, **spread} | {
        "met": level is None or value <= level
    }


def versions() -> dict[str, str]:
    return {"python": platform.python_version(), "pyarrow": pyarrow.__version__, "pillow": PIL.__version__}


def show(report: dict[str, Any]) -> None:
    print(f"{'':28}{'median':>10}{'smallest':>10}{'largest':>10}  unit  level")
    for row in report["levels"]:
        level = "" if row["level"] is None else f"<= {row['level']}{'' if row['met'] else '  MISSED'}"
        print(f"{row['what']:28}{row['value']:10}{row['smallest']:10}{row['largest']:10}  {row['unit']:5} {level}")
    print(f"peak memory {report['peak_mib']} MiB; {report['versions']}")


if __name__ == "__main__":
    sys.exit(main())
