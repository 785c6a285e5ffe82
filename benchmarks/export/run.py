"""Export and deletion, timed on a synthetic session: `python -m benchmarks.export.run [--frames N] [--moves N]`."""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from recorder.export.folder import Exported, write
from recorder.review.decide import approve
from recorder.store import delete
from recorder.store.session import SessionReader
from tests.recorded import RecordedHome, S, Story, make_home

T = TypeVar("T")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--frames", type=int, default=300)
    asked.add_argument("--moves", type=int, default=30_000)
    asked.add_argument("--seconds", type=int, default=900)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = make_home(Path(folder) / "home")
        story = Story(seconds=options.seconds, frames=options.frames, moves=options.moves, size_px=(1920, 1080))
        session_id = timed("record (writer)", lambda: home.record(story))
        run_export(home, session_id, Path(folder) / "out")
        run_deletions(home, session_id)
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


def run_export(home: RecordedHome, session_id: str, out: Path) -> None:
    reader = SessionReader(home.path, session_id, home.unlocked)
    reviewed = timed("approve", lambda: approve(home.unlocked, reader))
    began = time.perf_counter()
    exported: Exported = timed("export", lambda: write(home.grant(), [reviewed], {session_id: reader}, out))
    elapsed = time.perf_counter() - began
    pixels_mb = exported.rows["frames"] * 1920 * 1080 * 3 / 1e6
    print(f"  {exported.size_bytes / 1e6:.1f} MB written, {exported.size_bytes / 1e6 / elapsed:.1f} MB/s out")
    print(f"  {pixels_mb / elapsed:.0f} MB/s of pixels, {1000 * elapsed / max(1, exported.rows['frames']):.0f} ms a frame")


def timed(what: str, work: Callable[[], T]) -> T:
    began, cpu = time.perf_counter(), time.process_time()
    result = work()
    print(f"{what}: {time.perf_counter() - began:.3f} s, {time.process_time() - cpu:.3f} s CPU", flush=True)
    return result
