"""What is measured in processes of its own, so that one's memory is not the other's:
`python -m benchmarks.store.parts record|list|stage|undo|purge|reopen|look|many HOME [SIZE]`. Prints one JSON value.

`record`: one session of so many hours through the real writer, under a clock that is moved by hand; `many`: so many
short ones.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.store.rows import APPS, HOUR_S, S, hour
from recorder.cli.lean import without_pandas
from recorder.model.redacted import EventKind, Redacted, RedactedEvent, RedactedFrame, Tally
from recorder.model.session import SessionStart
from recorder.store import staged
from recorder.store.selector import Selector, What
from recorder.store.session import SessionReader, list_sessions
from recorder.store.vault import UnlockedVault, Vault
from recorder.store.writer import Writer
from tests.store.synthetic import PASSPHRASE, STARTED_AT_US, Clock, grant, session_start

Found = dict[str, Any]
SMALL_PX = (480, 270)
DELETED = APPS[1]


def main() -> int:
    does: dict[str, Callable[..., Found]] = {
        "record": record,
        "many": many,
        "list": listing,
        "stage": stage,
        "undo": undo,
        "purge": purge,
        "reopen": reopen,
        "look": look,
    }
    without_pandas()  # as the commands do
    print(json.dumps(does[sys.argv[1]](Path(sys.argv[2]), *map(float, sys.argv[3:]))))
    return 0


def unlocked(home: Path) -> UnlockedVault:
    return Vault.open(home).unlock(lambda: PASSPHRASE)


def writer_for(home: Path, start: SessionStart, clock: Clock) -> Writer:
    return Writer(home, start, grant(), Vault.open(home).recipient, clock_ns=clock, floor_bytes=0)


def feed(writer: Writer, clock: Clock, items: Iterator[Redacted], seen: dict[str, int]) -> dict[str, float]:
    """As the worker does it: append, then tick; the clock stands where the row is. What it cost, and what making the
    rows cost, which is not in it. A few rows at a time, so that few pictures wait in memory."""
    spent = {"cpu_s": 0.0, "wall_s": 0.0, "making_s": 0.0}
    while True:
        before = time.process_time()
        some = list(islice(items, 50))
        spent["making_s"] += time.process_time() - before
        if not some:
            return spent
        done = cost(partial(take, writer, clock, some))
        spent = spent | {name: spent[name] + done[name] for name in done}
        for item in some:
            if isinstance(item, RedactedEvent | RedactedFrame):
                kind = str(item.kind) if isinstance(item, RedactedEvent) else "frame"
                seen[kind] = seen.get(kind, 0) + 1


def take(writer: Writer, clock: Clock, items: list[Redacted]) -> None:
    for item in items:
        clock.now_ns = max(clock.now_ns, item.t_us * 1000)
        writer.append(item)
        writer.tick()


def record(home: Path, hours: float, seconds: float = HOUR_S) -> Found:
    """What each hour cost: CPU, wall clock, bytes when all of it is sealed, peak memory."""
    clock, seen = Clock(), dict[str, int]()
    writer = writer_for(home, session_start(started_at_us=STARTED_AT_US), clock)
    found: list[Found] = []
    for number in range(int(hours)):
        before = writer.size_bytes
        forget_peak()
        spent = feed(writer, clock, hour(number, seconds=int(seconds)), seen)
        sealing = cost(writer.roll)
        spent = spent | {name: spent[name] + sealing[name] for name in sealing}
        found.append(spent | {"bytes": writer.size_bytes - before, "peak_mib": peak_mib()})
    closing = cost(lambda: writer.close(books(seen)))
    return {
        "hours": found,
        "events": sum(n for k, n in seen.items() if k != "frame"),
        "frames": seen["frame"],
    } | closing


def books(seen: dict[str, int]) -> dict[str, Tally]:
    return {kind: Tally(seen=count, stored=count) for kind, count in seen.items() if kind != EventKind.GAP}


def many(home: Path, count: float) -> Found:
    """Sessions of a minute, one a day; what each cost."""
    spent = [brief(home, number) for number in range(int(count))]
    return {name: [one[name] for one in spent] for name in ("cpu_s", "wall_s")}


def brief(home: Path, number: int) -> dict[str, float]:
    items, seen, clock = list(hour(0, seconds=60, size_px=SMALL_PX)), dict[str, int](), Clock()
    start = session_start(started_at_us=STARTED_AT_US + number * 86_400 * S)

    def work() -> None:
        writer = writer_for(home, start, clock)
        feed(writer, clock, iter(items), seen)
        writer.close(books(seen))

    return cost(work)


def listing(home: Path) -> Found:
    """`recorder list`, without the start of Python and the question for the passphrase."""
    keys = unlocked(home)
    first = cost(lambda: list_sessions(home, keys))
    again = cost(lambda: list_sessions(home, keys))
    (one, *_) = list_sessions(home, keys)
    return first | {"again_s": again["wall_s"], "events": one.events, "state": str(one.state), "peak_mib": peak_mib()}


def reopen(home: Path) -> Found:
    """Reads of one long session: all events, two columns of them, one picture in the middle."""
    keys, (session_id, *_) = unlocked(home), sorted(one.name for one in (home / "sessions").iterdir())
    reader = SessionReader(home, session_id, keys)
    whole = cost(lambda: reader.table("events"))
    two = cost(lambda: reader.table("events", ["t_us", "kind"]))
    ids = reader.table("frames", ["frame_id"])["frame_id"].to_pylist()
    one = cost(lambda: reader.frame(ids[len(ids) // 2]))
    rows = reader.table("events", ["t_us"]).num_rows
    return {"all": whole, "two": two, "picture": one, "rows": rows, "peak_mib": peak_mib()}


def look(home: Path) -> Found:
    """What the review page asks for: a picture before any was looked at, forty small ones, a search, another one."""
    from recorder.review.remembered import Remembered  # here: what it loads is none of the other parts' memory
    from recorder.review.shown import Form, Pictures

    keys, (session_id, *_) = unlocked(home), sorted(one.name for one in (home / "sessions").iterdir())
    reader = SessionReader(home, session_id, keys)
    ids = SessionReader(home, session_id, keys).table("frames", ["frame_id"])["frame_id"].to_pylist()
    one = cost(lambda: SessionReader(home, session_id, keys).frame(ids[len(ids) // 3]))
    shown, wanted = Pictures(), [ids[len(ids) * number // 40] for number in range(40)]
    small = cost(lambda: [shown.get(reader, number, Form.SMALL) for number in wanted])
    again = [cost(partial(reader.pixels, number)) for number in wanted]
    held: list[Remembered] = []
    first = cost(lambda: held.append(Remembered(reader)))
    found = cost(lambda: held[0].search(APPS[1])[:100])
    most = cost(lambda: held[0].search("e")[:100])  # stands in every row
    return {
        "picture": one,
        "small": small,
        "again": {name: max(spent[name] for spent in again) for name in one},
        "remember": first,
        "search": {name: max(found[name], most[name]) for name in found},
        "peak_mib": peak_mib(),
    }


def stage(home: Path) -> Found:
    keys = unlocked(home)
    spent = cost(lambda: staged.stage(home, keys, Selector(what=What.APP, app=DELETED)))
    return spent | {"peak_mib": peak_mib(), "listed": cost(lambda: list_sessions(home, keys))}


def undo(home: Path) -> Found:
    keys = unlocked(home)
    return cost(lambda: staged.undo(home, keys)) | {"peak_mib": peak_mib()}


def purge(home: Path) -> Found:
    keys, receipts = unlocked(home), []
    spent = cost(lambda: receipts.append(staged.purge(home, keys)))
    done = receipts[0]
    return spent | {"events": done.events, "frames": done.frames, "verified": done.verified, "peak_mib": peak_mib()}


def cost(work: Callable[[], Any]) -> dict[str, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}


def peak_mib() -> float:
    """The most memory that was resident since `forget_peak`."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")  # proc_pid_clear_refs(5)


if __name__ == "__main__":
    sys.exit(main())
