"""MCAP in an environment of its own: `python mcap_peer.py write-events|read-events|write-pictures FILE [SOURCE…]`.

Prints {"cpu_s", "wall_s", "count"} of the work alone: what is read beforehand, and Python's start, are not in it.
Messages are JSON, chunks are zstd, as the library does it by default; synced once a (recorded) second.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

S = 1_000_000


def write_events(path: str, source: str) -> int:
    from mcap.writer import CompressionType, Writer  # type: ignore[import-not-found]

    rows = [json.loads(line) for line in Path(source).read_text().splitlines()]

    def work() -> int:
        with open(path, "wb") as file:  # noqa: PTH123 - the library wants a stream
            writer = Writer(file, compression=CompressionType.ZSTD)
            writer.start()
            schema = writer.register_schema(name="event", encoding="jsonschema", data=b"{}")
            channel = writer.register_channel(topic="events", message_encoding="json", schema_id=schema)
            last = 0
            for row in rows:
                t_ns = row["t_us"] * 1000
                data = json.dumps(row, separators=(",", ":")).encode()
                writer.add_message(channel, log_time=t_ns, publish_time=t_ns, data=data)
                if row["t_us"] // S != last:
                    last = row["t_us"] // S
                    file.flush()
                    os.fdatasync(file.fileno())
            writer.finish()
        return len(rows)

    return report(work)


def read_events(path: str, *columns: str) -> int:
    from mcap.reader import make_reader  # type: ignore[import-not-found]

    def work() -> int:
        with open(path, "rb") as file:  # noqa: PTH123
            rows = [json.loads(message.data) for _, _, message in make_reader(file).iter_messages()]
        return len([[row.get(name) for name in columns] for row in rows] if columns else rows)

    return report(work)


def write_pictures(path: str, source: str) -> int:
    from mcap.writer import CompressionType, Writer

    pictures = [one.read_bytes() for one in sorted(Path(source).iterdir())]

    def work() -> int:
        with open(path, "wb") as file:  # noqa: PTH123
            writer = Writer(file, compression=CompressionType.ZSTD)
            writer.start()
            channel = writer.register_channel(topic="frames", message_encoding="qoi", schema_id=0)
            for number, picture in enumerate(pictures):
                writer.add_message(channel, log_time=number, publish_time=number, data=picture)
                file.flush()
                os.fdatasync(file.fileno())
            writer.finish()
        return len(pictures)

    return report(work)


def report(work: Callable[[], int]) -> int:
    wall, cpu = time.perf_counter(), time.process_time()
    count = work()
    found: dict[str, Any] = {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall, "count": count}
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    does: dict[str, Callable[..., int]] = {
        "write-events": write_events,
        "read-events": read_events,
        "write-pictures": write_pictures,
    }
    sys.exit(does[sys.argv[1]](*sys.argv[2:]))
