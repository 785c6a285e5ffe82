"""What is left to read in masked pictures, and what masking costs: ours in both modes, and presidio-image-redactor.

On the same rendered screens in one run. A value counts when the two readers read a part of it in the picture that
nobody masked (the control); it leaks *whole* or *partly* (reading.least consecutive characters) in a masked one.
"""

import json
import multiprocessing
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.redaction.corpus import SEED, STRUCTURED
from benchmarks.redaction.layouts import screens
from benchmarks.redaction.reading import Read, ink_left, read, shown, untouched
from benchmarks.redaction.screens import SIZES, Box, Pixels, Planted, Screen
from benchmarks.redaction.sequence import SIZE, written

Found = dict[str, Any]
Row = dict[str, Any]
WORDY = "company"  # made of ordinary words in part: told apart, as in the text half
READERS = 2  # processes
PEER_SIZE = (1920, 1080)  # presidio masks the screens of this size only
PEER_FRAMES = 10  # and every tenth frame of the sequence
RUNS = 5
WHOLE, PARTS = "whole frames", "changed parts"


def measure(maskers: Mapping[str, str], folder: Path, *, quick: bool, cache: bool = False) -> Found:
    """`maskers`: the name of each way of masking and the Python that runs it. Everything that was found, by way."""
    drawn = list(screens(SEED, SIZES[:1] if quick else SIZES))[: 2 if quick else None]
    files = _draw(drawn, folder / "pictures")
    frames = written(folder / "frames", SEED, 6 if quick else 60)
    found: Found = {"screens": len(drawn), "planted": sum(len(screen.planted) for screen in drawn)}
    masked: dict[str, dict[int, Path]] = {}
    for name, python in maskers.items():
        some = [number for number, one in enumerate(drawn) if _for(name, one, quick=quick)]
        masked[name] = {number: _masked(name, files[number]) for number in some}
        run(python, name, {"pictures": [[str(files[number]), str(path)] for number, path in masked[name].items()]})
        found[name] = speed(python, name, frames, runs=1 if quick or name == "presidio" else RUNS)
    parts = {file: screen.written for file, screen in zip(files, drawn, strict=True)}
    parts |= {path: drawn[at].written for ones in masked.values() for at, path in ones.items()}
    texts = dict(zip(parts, _read_all(parts, folder / "reads" if cache else None), strict=True))
    control = [_shares(screen, texts[file]) for screen, file in zip(drawn, files, strict=True)]
    found["control"] = _control(drawn, control)
    for name, ones in masked.items():
        found[name] |= leaks([(drawn[at], control[at], texts[path], pixels_of(path)) for at, path in ones.items()])
    return found


def _for(name: str, screen: Screen, *, quick: bool) -> bool:
    return name != "presidio" or quick or (screen.look.width, screen.look.height) == PEER_SIZE


def _draw(drawn: Iterable[Screen], folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for screen in drawn:
        files.append(folder / f"{screen.look.name}.png")
        Image.fromarray(screen.pixels).save(files[-1], compress_level=1)
    return files


def _masked(name: str, file: Path) -> Path:
    path = file.parents[1] / name / file.name
    path.parent.mkdir(exist_ok=True)
    return path


def pixels_of(file: Path) -> Pixels:
    return np.asarray(Image.open(file).convert("RGB"))


# Masking, in processes of their own.


def run(python: str, which: str, job: Found) -> Found:
    """What masker.py prints. Raises: CalledProcessError with its own words on stderr."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump({"pictures": [], "frames": [], "size": SIZE} | job, file)
        file.flush()
        command = [python, str(Path(__file__).with_name("masker.py")), which, file.name]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    result: Found = json.loads(done.stdout.splitlines()[-1])
    return result


def speed(python: str, name: str, frames: tuple[list[str], list[Any]], *, runs: int) -> Found:
    """CPU and wall clock per frame, of the run whose CPU time is the median one; whole frames, and for ours also only
    what changed."""
    whole: list[Any] = [[path, None] for path in frames[0]]
    if name == "presidio":
        return {WHOLE: _figures([run(python, name, {"frames": whole[5::PEER_FRAMES] or whole[:2]})])}
    parts = [whole[0], *([path, box] for path, box in zip(frames[0][1:], frames[1][1:], strict=True) if any(box))]
    return {
        WHOLE: _figures([run(python, name, {"frames": whole}) for _ in range(runs)]),
        PARTS: _figures([run(python, name, {"frames": parts}) for _ in range(runs)]),
    }


def _figures(runs: Sequence[Found]) -> dict[str, float]:
    middle = sorted(runs, key=lambda one: float(np.mean(one["cpu_ms"])))[len(runs) // 2]
    cpu_ms, wall_ms = np.array(middle["cpu_ms"]), np.array(middle["wall_ms"])
    means = [float(np.mean(one["cpu_ms"])) for one in runs]
    return {
        "frames": len(cpu_ms),
        "mean, ms": float(cpu_ms.mean()),
        "mean of runs, least": min(means),
        "mean of runs, most": max(means),
        "median, ms": float(np.median(cpu_ms)),
        "p95, ms": float(np.percentile(cpu_ms, 95)),
        "first, ms": float(cpu_ms[0]),
        "fps": 1000 / float(cpu_ms.mean()),
        "median wall, ms": float(np.median(wall_ms)),
        "p95 wall, ms": float(np.percentile(wall_ms, 95)),
        "peak, MB": max(one["rss_mb"] for one in runs),
        "peak of a child, MB": max(one["child_mb"] for one in runs),
    }


# Reading what is left.


def _read_all(parts: Mapping[Path, Box], cache: Path | None) -> list[list[Read]]:
    """By two processes; `cache` remembers what was read in which pixels, for development."""
    if cache is not None:
        cache.mkdir(parents=True, exist_ok=True)
    jobs = [(file, part, cache) for file, part in parts.items()]
    with multiprocessing.get_context("spawn").Pool(READERS) as pool:
        return pool.map(_read, jobs, chunksize=1)


def _read(job: tuple[Path, Box, Path | None]) -> list[Read]:
    file, part, cache = job
    pixels = pixels_of(file)
    if cache is None:
        return read(pixels, part)
    known = cache / f"{blake2b(pixels.tobytes(), digest_size=16).hexdigest()}.json"
    if known.exists():
        return [Read(one, text, tuple(box)) for one, text, box in json.loads(known.read_text(encoding="utf-8"))]
    found = read(pixels, part)
    known.write_text(json.dumps([[one.reader, one.text, one.box] for one in found]), encoding="utf-8")
    return found


def _shares(screen: Screen, texts: Sequence[Read]) -> list[float]:
    return [shown(planted, texts, screen.harmless) for planted in screen.planted]


def _control(drawn: Sequence[Screen], control: Sequence[list[float]]) -> Found:
    values = [one for screen in drawn for one in screen.planted]
    pairs = list(zip(values, [share for some in control for share in some], strict=True))
    return {
        "read": sum(share > 0 for _, share in pairs),
        "read whole": sum(share >= 1 for _, share in pairs),
        "structured read": sum(share > 0 and one.kind in STRUCTURED for one, share in pairs),
        "locales": len({one.locale for one, _ in pairs}),
        "kinds": len({one.kind for one, _ in pairs}),
    }


def leaks(seen: Sequence[tuple[Screen, list[float], list[Read], Pixels]]) -> Found:
    """Of the values that the control reads: how many are read in the masked pictures; and what of them is hidden."""
    counted, whole, partly = Counter[str](), Counter[str](), Counter[str]()
    examples: list[Found] = []
    for screen, control, texts, _ in seen:
        for one, legible, share in zip(screen.planted, control, _shares(screen, texts), strict=True):
            if legible:
                counted[one.kind] += 1
                whole[one.kind] += share >= 1
                partly[one.kind] += 0 < share < 1
            if legible and share:
                examples.append(_example(screen, one, share))
    words = [(word, screen, pixels) for screen, _, _, pixels in seen for word in screen.harmless if len(word.word) > 1]
    hidden = [(pixels != screen.pixels).any(axis=2).mean() for screen, _, _, pixels in seen]
    return {
        "values": sum(counted.values()),
        "whole": _by(whole),
        "partly": _by(partly),
        "counted": _by(counted),
        "harmless words": len(words),
        "harmless words left": sum(untouched(word, screen.pixels, pixels) for word, screen, pixels in words)
        / max(1, len(words)),
        "planted": sum(len(screen.planted) for screen, *_ in seen),
        "with ink left": sum(
            ink_left(one, screen.pixels, pixels) > 0 for screen, _, _, pixels in seen for one in screen.planted
        ),
        "hidden area": float(np.mean(hidden)),
        "examples": examples,
    }


def _example(screen: Screen, one: Planted, share: float) -> Found:
    return {"screen": screen.look.name, "kind": one.kind, "value": one.value, "box": one.box, "share": share}


def _by(counts: Mapping[str, int]) -> dict[str, int]:
    return {
        "structured": sum(count for kind, count in counts.items() if kind in STRUCTURED),
        "free": sum(count for kind, count in counts.items() if kind not in (*STRUCTURED, WORDY)),
        WORDY: counts.get(WORDY, 0),
    }


# Levels.


def judge(found: Found) -> list[Row]:
    """The levels; a ratio only where the peer ran."""
    rows = []
    if "mask_all" in found:
        one = found["mask_all"]
        rows.append(_row("mask-all: values that leak", sum(one["whole"].values()) + sum(one["partly"].values()), 0))
        rows.append(_row("mask-all: values of which ink is left", one["with ink left"], 0))
        rows += _costs("mask_all", found, least_fps=20, most_mb=100, times=40)
    if "reveal" in found:
        one = found["reveal"]
        rows.append(
            _row("reveal: structured values that leak", one["whole"]["structured"] + one["partly"]["structured"], 0)
        )
        rows.append(_row("reveal: other values that leak whole", one["whole"]["free"], 0))
        part = (one["partly"]["structured"] + one["partly"]["free"]) / max(1, one["values"] - one["counted"][WORDY])
        rows.append(_row("reveal: share of values that leak partly", part, 0.002))
        rows += [_row(f"reveal: p95, ms, {how}", one[how]["p95, ms"], 300) for how in (WHOLE, PARTS)]
        rows += _costs("reveal", found, least_fps=8, most_mb=200, times=15)
    return rows


def _costs(name: str, found: Found, *, least_fps: float, most_mb: float, times: float) -> list[Row]:
    said, cost, parts = name.replace("_", "-"), found[name][WHOLE], found[name][PARTS]
    rows = [
        _row(f"{said}: frames a second", cost["fps"], least_fps, ">="),
        # Of whole frames: with parts, the loop that measures holds the whole frame beside the part.
        _row(f"{said}: peak, MB", cost["peak, MB"], most_mb),
    ]
    if "presidio" in found:
        # What changed is what the grabber hands over; presidio has no way to take it.
        ratio = found["presidio"][WHOLE]["mean, ms"] / parts["mean, ms"]
        rows.append(_row(f"{said}: times as fast as presidio", ratio, times, ">="))
    return rows


def _row(what: str, value: float, level: float, sign: str = "<=") -> Row:
    met = value >= level if sign == ">=" else value <= level
    return {"what": what, "unit": "", "value": round(value, 4), "level": f"{sign} {level}", "met": met}


def table(found: Found) -> str:
    """For people."""
    names = [name for name in ("mask_all", "reveal", "presidio") if name in found]
    control = found["control"]
    lines = [
        f"{found['screens']} screens, {found['planted']} planted values of {control['kinds']} kinds in "
        f"{control['locales']} locales; the control reads {control['read']} ({control['read whole']} whole, "
        f"{control['structured read']} structured)",
        "",
        f"{'':36}" + "".join(f"{name:>12}" for name in names),
    ]
    for what, figure in _lines():
        lines.append(f"{what:36}" + "".join(f"{_said(figure, found[name]):>12}" for name in names))
    return "\n".join(lines)


def _lines() -> list[tuple[str, tuple[str, ...]]]:
    leaked = [
        (f"{part} {how}", (how, part))
        for part in ("structured", "free", WORDY)
        for how in ("counted", "whole", "partly")
    ]
    costs = ("frames", "mean, ms", "median, ms", "p95, ms", "first, ms", "fps", "median wall, ms", "p95 wall, ms")
    peaks = ("peak, MB", "peak of a child, MB")
    return [
        *leaked,
        ("planted", ("planted",)),
        ("with ink left", ("with ink left",)),
        ("hidden area", ("hidden area",)),
        ("harmless words", ("harmless words",)),
        ("harmless words left", ("harmless words left",)),
        *((f"{WHOLE}: {what}", (WHOLE, what)) for what in (*costs, *peaks)),
        *((f"{PARTS}: {what}", (PARTS, what)) for what in costs[:6]),
    ]


def _said(keys: Sequence[str], found: Any) -> str:
    for key in keys:
        if key not in found:
            return "-"
        found = found[key]
    return f"{found:d}" if isinstance(found, int) else f"{found:.3f}" if found < 10 else f"{found:.1f}"
