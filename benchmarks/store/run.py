"""The store beside JSON lines, SQLite and MCAP, and how it grows: `python -m benchmarks.store.run [--quick] [--json]`.

See README.md.
"""

import argparse
import json
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow

from benchmarks.store import peers
from benchmarks.store.parts import cost, unlocked
from benchmarks.store.peers import Row
from benchmarks.store.rows import APPS, EVENTS_PER_HOUR, HOUR_S, SEED, hour, pixels
from recorder.format import image
from recorder.model.redacted import RedactedEvent
from recorder.store.home import ensure
from recorder.store.session import SessionReader
from tests.store.synthetic import Clock, make_vault, make_writer, session_start

ROOT = Path(__file__).parents[2]
VENV = ROOT / "build" / "bench-store" / "venv"
PEER = ("mcap==1.*", "zstandard", "lz4")
TWO = ["t_us", "kind"]
Values = dict[str, float]
# What is measured, its unit, and the level to keep; None: reported only.
LEVELS: dict[str, tuple[str, float | None]] = {
    **{f"{who}, bytes an event": ("B", None) for who in ("store", "jsonl", "sqlite", "mcap")},
    **{f"{who}, write": ("kev/s", None) for who in ("store", "jsonl", "sqlite", "mcap")},
    **{f"{who}, write CPU": ("us/ev", None) for who in ("store", "jsonl", "sqlite", "mcap")},
    **{f"{who}, read all": ("ms", None) for who in ("store", "jsonl", "sqlite", "mcap")},
    **{f"{who}, read two columns": ("ms", None) for who in ("store", "jsonl", "sqlite", "mcap")},
    "store / jsonl, bytes": ("x", 0.2),
    "store / jsonl, write CPU": ("x", 3.0),
    **{f"{who}, bytes a picture": ("kB", None) for who in ("store", "files", "sqlite", "mcap")},
    "store, CPU a picture": ("ms", 30.0),
    "an hour, bytes": ("MB", 130.0),
    "an hour, CPU": ("% core", 1.0),
    "hour 8 / hour 1, CPU": ("x", 1.25),
    "hour 8 / hour 1, bytes": ("x", 1.1),
    "8 h, peak memory of the writer": ("MiB", 300.0),
    "8 h, list": ("s", 0.5),
    "8 h, read all events": ("s", None),
    "8 h, read two columns": ("s", None),
    "8 h, any picture": ("s", 0.1),
    "8 h, a picture while looking": ("ms", 30.0),
    "8 h, forty small pictures": ("s", 0.5),
    "8 h, first search": ("s", None),
    "8 h, any other search": ("s", 0.3),
    "8 h, stage an app": ("s", 2.0),
    "8 h, purge it": ("s", 30.0),
    "8 h, peak memory of list": ("MiB", 300.0),
    "8 h, peak memory of staging": ("MiB", 300.0),
    "8 h, peak memory of purging": ("MiB", 300.0),
    "last / first sessions, CPU": ("x", 1.25),
    "all sessions, list": ("s", None),
    "a session more, list": ("ms", None),
}


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--quick", action="store_true", help="minutes instead of hours, once; judges nothing")
    asked.add_argument("--json", action="store_true", help="one JSON value")
    asked.add_argument("--only", choices=("rows", "long", "many"), help="one part")
    options = asked.parse_args()
    found: dict[str, list[float]] = {}
    python = mcap_python() if options.only in (None, "rows") else None
    parts: dict[str, Callable[[], Values]] = {
        "rows": lambda: rows(python, HOUR_S // 30 if options.quick else HOUR_S),
        "long": lambda: long(2, 60) if options.quick else long(8, HOUR_S),
        "many": lambda: many(10 if options.quick else 500),
    }
    for name, part in parts.items():
        for _ in range(5 if name == "rows" and not options.quick else 1):
            for what, value in part().items() if options.only in (None, name) else ():
                found.setdefault(what, []).append(value)
    return report(found, quick=options.quick, as_json=options.json)


def report(found: dict[str, list[float]], *, quick: bool, as_json: bool) -> int:
    levels = [judged(what, found[what]) for what in LEVELS if what in found]
    whole: dict[str, Any] = {"name": "store", "machine": platform.machine(), "seed": SEED, "levels": levels}
    whole["versions"] = {"python": platform.python_version(), "pyarrow": pyarrow.__version__}
    whole["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(whole)) if as_json else show(levels)
    return 0 if quick or all(row["met"] for row in levels) else 1


# The same rows in four formats


def rows(python: Path | None, seconds: int) -> Values:
    """An hour of events, and 100 pictures, in each of the formats."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        events = [one for one in hour(0, seconds=seconds, pictures=False) if isinstance(one, RedactedEvent)]
        found = of_store(folder / "home", events)
        columns = column_types(folder / "home")
        plain = [as_row(number, event, columns) for number, event in enumerate(events)]
        found |= of_jsonl(folder / "events.jsonl", plain) | of_sqlite(folder / "events.db", plain, columns)
        if python is not None:
            found |= of_mcap(python, folder / "events.mcap", folder / "events.jsonl", len(plain))
        found |= pictures(folder, python, 100 if seconds == HOUR_S else 20)
        found["store / jsonl, bytes"] = found["store, bytes an event"] / found["jsonl, bytes an event"]
        found["store / jsonl, write CPU"] = found["store, write CPU"] / found["jsonl, write CPU"]
        return found


def of_store(home: Path, events: list[RedactedEvent]) -> Values:
    keys, start, clock = make_vault(ensure(home))[1], session_start(), Clock()

    def write() -> None:
        writer = make_writer(home, keys.recipient, start, clock)
        for event in events:
            clock.now_ns = max(clock.now_ns, event.t_us * 1000)
            writer.append(event)
            writer.tick()
        writer.close({})

    written = cost(write)
    reader = SessionReader(home, start.session_id, unlocked(home))
    assert reader.table("events").num_rows == len(events)
    size = sum(path.stat().st_size for path in (home / "sessions").rglob("*") if path.is_file())
    return figures("store", len(events), size, written, cost(lambda: reader.table("events"))) | {
        "store, read two columns": 1000 * cost(lambda: reader.table("events", TWO))["cpu_s"]
    }


def column_types(home: Path) -> dict[str, str]:
    """The events' columns as SQL types."""
    (session_id,) = [one.name for one in (home / "sessions").iterdir()]
    schema = SessionReader(home, session_id, unlocked(home)).table("events").schema
    return {field.name: "text" if field.type == pyarrow.string() else "integer" for field in schema}


def as_row(number: int, event: RedactedEvent, columns: dict[str, str]) -> Row:
    found = {name: number if name == "seq" else getattr(event, name) for name in columns}
    return {name: value for name, value in found.items() if value is not None}


def of_jsonl(path: Path, plain: list[Row]) -> Values:
    written = cost(lambda: peers.write_jsonl(path, plain))
    two = cost(lambda: peers.read_jsonl(path, TWO))
    return figures("jsonl", len(plain), path.stat().st_size, written, cost(lambda: peers.read_jsonl(path, None))) | {
        "jsonl, read two columns": 1000 * two["cpu_s"]
    }


def of_sqlite(path: Path, plain: list[Row], columns: dict[str, str]) -> Values:
    written = cost(lambda: peers.write_sqlite(path, plain, columns))
    two = cost(lambda: peers.read_sqlite(path, TWO))
    return figures("sqlite", len(plain), path.stat().st_size, written, cost(lambda: peers.read_sqlite(path, None))) | {
        "sqlite, read two columns": 1000 * two["cpu_s"]
    }


def of_mcap(python: Path, path: Path, source: Path, count: int) -> Values:
    written = peer(python, "write-events", path, source)
    two, whole = peer(python, "read-events", path, *TWO), peer(python, "read-events", path)
    assert written["count"] == whole["count"] == count
    return figures("mcap", count, path.stat().st_size, written, whole) | {"mcap, read two columns": 1000 * two["cpu_s"]}


def figures(who: str, count: int, size: int, written: Values, read: Values) -> Values:
    return {
        f"{who}, bytes an event": size / count,
        f"{who}, write": count / written["wall_s"] / 1000,
        f"{who}, write CPU": 1e6 * written["cpu_s"] / count,
        f"{who}, read all": 1000 * read["cpu_s"],
    }


def pictures(folder: Path, python: Path | None, count: int) -> Values:
    """The same pictures: the store's own, and its encoded bytes handed to the others."""
    home = folder / "pictures-home"
    keys, start, clock = make_vault(ensure(home))[1], session_start(), Clock()
    items = [one for one in hour(0, seconds=count * 3) if not isinstance(one, RedactedEvent)]

    def write() -> None:
        writer = make_writer(home, keys.recipient, start, clock)
        for item in items:
            clock.now_ns = max(clock.now_ns, item.t_us * 1000)
            writer.append(item)
            writer.tick()
        writer.close({})

    written = cost(write)
    size = sum(path.stat().st_size for path in (home / "sessions").rglob("*-frames*") if path.is_file())
    encoded = [encode(number) for number in range(count)]
    peers.write_pictures_jsonl(folder / "files", encoded)
    peers.write_pictures_sqlite(folder / "pictures.db", encoded)
    found = {
        "store, bytes a picture": size / count / 1000,
        "store, CPU a picture": 1000 * written["cpu_s"] / count,
        "files, bytes a picture": sum(map(len, encoded)) / count / 1000,
        "sqlite, bytes a picture": (folder / "pictures.db").stat().st_size / count / 1000,
    }
    if python is not None:
        peer(python, "write-pictures", folder / "pictures.mcap", folder / "files")
        found["mcap, bytes a picture"] = (folder / "pictures.mcap").stat().st_size / count / 1000
    return found


def encode(number: int) -> bytes:
    """What the store keeps of the picture with this number (see `rows.hour`)."""
    made = pixels(number, number * 3 // 10 * 7 % len(APPS))
    return image.encode(made.tobytes(), made.shape[1], made.shape[0]).data


# How it grows


def long(hours: int, seconds: int) -> Values:
    """One long session: written, listed, read, an app of it staged and purged, each in a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        home = new_home(Path(name))
        made = part("record", home, hours, seconds)
        first, last, listed, read = made["hours"][0], made["hours"][-1], part("list", home), part("reopen", home)
        assert read["rows"] >= made["events"]
        looked = part("look", home)
        staged, purged = part("stage", home), part("purge", home)
        assert purged["verified"]
        per_hour = HOUR_S / seconds
        return {
            "an hour, bytes": statistics.median(one["bytes"] for one in made["hours"]) / 1e6 * per_hour,
            "an hour, CPU": statistics.median(one["cpu_s"] for one in made["hours"]) / seconds * 100,
            "hour 8 / hour 1, CPU": last["cpu_s"] / first["cpu_s"],
            "hour 8 / hour 1, bytes": last["bytes"] / first["bytes"],
            "8 h, peak memory of the writer": max(one["peak_mib"] for one in made["hours"]),
            "8 h, list": listed["wall_s"],
            "8 h, read all events": read["all"]["wall_s"],
            "8 h, read two columns": read["two"]["wall_s"],
            "8 h, any picture": looked["picture"]["wall_s"],
            "8 h, a picture while looking": 1000 * looked["again"]["wall_s"],
            "8 h, forty small pictures": looked["small"]["wall_s"],
            "8 h, first search": looked["remember"]["wall_s"],
            "8 h, any other search": looked["search"]["wall_s"],
            "8 h, stage an app": staged["wall_s"],
            "8 h, purge it": purged["wall_s"],
            "8 h, peak memory of list": listed["peak_mib"],
            "8 h, peak memory of staging": staged["peak_mib"],
            "8 h, peak memory of purging": purged["peak_mib"],
        }


def many(count: int) -> Values:
    """Many sessions: what the last ones cost beside the first, and how long a list of them takes."""
    with tempfile.TemporaryDirectory() as name:
        home = new_home(Path(name))
        made, listed = part("many", home, count), part("list", home)
        few = max(1, min(20, count // 4))
        first, last = made["cpu_s"][1 : few + 1], made["cpu_s"][-few:]  # the very first one warms up
        return {
            "last / first sessions, CPU": statistics.median(last) / statistics.median(first),
            "all sessions, list": listed["wall_s"],
            "a session more, list": 1000 * listed["wall_s"] / count,
        }


def new_home(folder: Path) -> Path:
    make_vault(ensure(folder / "home"))
    return folder / "home"


def part(name: str, *arguments: object) -> Any:
    command = [sys.executable, "-m", "benchmarks.store.parts", name, *map(str, arguments)]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)


# MCAP in its own environment


def mcap_python() -> Path | None:
    """Its Python, made when it is not there; None when it can't be had: the others are measured then."""
    python = VENV / "bin" / "python"
    try:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        if subprocess.run([python, "-c", "import mcap.writer"], check=False, capture_output=True).returncode:
            subprocess.run([python, "-m", "pip", "install", "--quiet", *PEER], check=True, stdout=sys.stderr)
    except (OSError, subprocess.CalledProcessError) as failure:
        print(f"mcap can't be installed ({type(failure).__name__}): measuring without it", file=sys.stderr)
        return None
    return python


def peer(python: Path, *arguments: object) -> Values:
    command = [str(python), str(Path(__file__).with_name("mcap_peer.py")), *map(str, arguments)]
    found: Values = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return found


def judged(what: str, values: list[float]) -> dict[str, Any]:
    unit, level = LEVELS[what]
    value = statistics.median(values)
    spread = {"smallest": round(min(values), 4), "largest": round(max(values), 4)}
    return {"what": what, "unit": unit, "value": round(value, 4), "level": level, **spread} | {
        "met": level is None or value <= level
    }


def show(levels: list[dict[str, Any]]) -> None:
    print(f"{'':32}{'median':>12}{'smallest':>12}{'largest':>12}  unit    level")
    for row in levels:
        level = "" if row["level"] is None else f"<= {row['level']}{'' if row['met'] else '  MISSED'}"
        print(f"{row['what']:32}{row['value']:12}{row['smallest']:12}{row['largest']:12}  {row['unit']:7} {level}")
    print(f"{EVENTS_PER_HOUR} events an hour; seed {SEED}; pyarrow {pyarrow.__version__}")


if __name__ == "__main__":
    sys.exit(main())
