"""One way of masking pictures in a process of its own: `masker.py mask_all|reveal|presidio job.json`.

Runs in two environments, so it imports nothing of either before it knows in which one it is. The job, one
JSON value: {"pictures": [[PNG path, PNG path for the result], …], "frames": [[file of zlib(BGRX), box that changed or
null], …], "size": [width, height] of the frames}. Output, one JSON value: {"cpu_ms": [per frame], "wall_ms": [per
frame], "rss_mb": own peak, "child_mb": the largest peak of a child}. CPU time includes that of children; everything
runs on one core.
"""

import json
import os
import resource
import sys
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Box = tuple[int, int, int, int]


@dataclass
class Way:
    """A way of masking. `see`: the BGRX bytes of a whole screen, its size, and the box that changed (None: everything)
    -> nothing that matters; this is what is timed. `file`: from one PNG to another."""

    see: Callable[[bytes, tuple[int, int], Box | None], object]
    file: Callable[[str, str], None]


def main() -> None:
    which, source = sys.argv[1:]
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    # Tesseract's threads would only wait for each other on one core, which makes presidio several times slower.
    os.environ["OMP_THREAD_LIMIT"] = "1"
    job: dict[str, Any] = json.loads(Path(source).read_text(encoding="utf-8"))
    way = presidio() if which == "presidio" else ours(reveal=which == "reveal")
    for before, after in job["pictures"]:
        way.file(before, after)
    print(json.dumps(_measured(way, job["frames"], tuple(job["size"]))))


def _measured(way: Way, frames: list[tuple[str, Box | None]], size: tuple[int, int]) -> dict[str, Any]:
    cpu_ms, wall_ms = [], []
    for path, changed in frames:
        # In a buffer of the right size, and never two at a time: the peak is to be of the masking, not of this loop.
        bgrx = zlib.decompress(Path(path).read_bytes(), bufsize=4 * size[0] * size[1])
        cpu_s, wall_s = _cpu_s(), time.perf_counter()
        way.see(bgrx, size, changed)
        cpu_ms.append(1000 * (_cpu_s() - cpu_s))
        wall_ms.append(1000 * (time.perf_counter() - wall_s))
        del bgrx
    child_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
    return {"cpu_ms": cpu_ms, "wall_ms": wall_ms, "rss_mb": peak_mb(), "child_mb": child_mb}


def _cpu_s() -> float:
    spent = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in spent)


def peak_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1000


def ours(*, reveal: bool) -> Way:
    """What ships: see guarded.py. Cutting out what changed is counted as well, though the grabber would do it."""
    sys.path.insert(0, str(Path(__file__).parents[2]))
    import cv2
    import numpy as np

    from benchmarks.redaction.guarded import Guarded
    from recorder.model.geometry import Rect
    from recorder.model.raw import RawPatch

    # CPU time instead of the wall clock: what others do on the machine must not change what is read.
    guarded = Guarded(reveal=reveal, clock=time.process_time)

    def see(bgrx: bytes, size: tuple[int, int], changed: Box | None) -> object:
        x0, y0, x1, y1 = changed or (0, 0, *size)
        rect = Rect(x0, y0, x1 - x0, y1 - y0)
        if changed is not None:
            bgrx = np.frombuffer(bgrx, np.uint32).reshape(size[1], size[0])[y0:y1, x0:x1].tobytes()
        return guarded.update(Rect(0, 0, *size), (RawPatch(rect=rect, bgrx=bgrx),), full=changed is None)

    def file(before: str, after: str) -> None:
        bgrx = cv2.cvtColor(cv2.imread(before), cv2.COLOR_BGR2BGRA)
        # A guard of its own: what it masked in another picture must not help in this one.
        frame = Guarded(reveal=reveal).shown(bgrx.tobytes(), bgrx.shape[1], bgrx.shape[0])
        rgb = np.frombuffer(frame.rgb, np.uint8).reshape(frame.height, frame.width, 3)
        cv2.imwrite(after, cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))

    return Way(see, file)


def presidio() -> Way:
    """presidio-image-redactor with pattern recognisers alone: see finder.py."""
    from finder import patterns  # type: ignore[import-not-found]
    from PIL import Image
    from presidio_image_redactor import (  # type: ignore[import-not-found]
        ImageAnalyzerEngine,
        ImageRedactorEngine,
    )

    engine = ImageRedactorEngine(ImageAnalyzerEngine(patterns()))

    def see(bgrx: bytes, size: tuple[int, int], changed: Box | None) -> object:
        return engine.redact(Image.frombytes("RGB", size, bgrx, "raw", "BGRX"), (0, 0, 0))

    def file(before: str, after: str) -> None:
        engine.redact(Image.open(before).convert("RGB"), (0, 0, 0)).save(after)

    return Way(see, file)


if __name__ == "__main__":
    main()
