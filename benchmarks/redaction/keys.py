"""What shows of values that a synthetic person types, and what stays of the rest: `benchmarks/redaction/keys.py`."""

import argparse
import json
import platform
import sys
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from tests.guard.keyfuzz.campaign import campaign  # noqa: E402
from tests.guard.keyfuzz.judge import Verdict  # noqa: E402
from tests.guard.keyfuzz.texts import STRUCTURED, UNSTRUCTURED  # noqa: E402

EVENTS, QUICK_EVENTS = 150_000, 10_000
FIRST_SEED = 1_000


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--events", type=int, default=EVENTS, help="at least so many key events")
    asked.add_argument("--seed", type=int, default=FIRST_SEED, help="the first seed; the others follow it")
    asked.add_argument("--quick", action="store_true", help="a few streams; judges nothing")
    asked.add_argument("--json", action="store_true", help="one JSON value")
    options = asked.parse_args()
    count = QUICK_EVENTS if options.quick else options.events
    found = campaign(range(options.seed, options.seed + count), at_least=count)
    rows = levels(found)
    report = {"name": "redaction-keys", "machine": platform.machine(), "seed": options.seed, "events": found.events}
    report |= {"versions": {"python": platform.python_version()}, "levels": rows, "kinds": kinds(found)}
    print(json.dumps(report)) if options.json else show(found, rows)
    return 0 if options.quick or all(row["met"] for row in rows) else 1


def levels(found: Verdict) -> list[dict[str, Any]]:
    return [
        row("sensitive key events masked", found.masked_share, 0.999, at_least=True),
        row("structured values with 4 consecutive keys left", len(found.broken_structured), 0),
        row("characters and keys of password fields left", found.secret_shown, 0),
        row("rows that no key explains", found.unexplained, 0),
        row("masked keys told by name or time", found.named, 0),
        row("masked stretches that keep their rhythm", found.rhythmic, 0),
    ]


def row(what: str, value: float, level: float, *, at_least: bool = False) -> dict[str, Any]:
    met = value >= level if at_least else value <= level
    return {"what": what, "unit": "", "value": value, "level": f"{'>=' if at_least else '<='} {level}", "met": met}


def kinds(found: Verdict) -> dict[str, int]:
    """By kind of value: how many have four consecutive keys left."""
    broken = Counter(leak.value.kind for leak in found.broken)
    return {kind: broken[kind] for kind in (*STRUCTURED, *UNSTRUCTURED)}


def show(found: Verdict, rows: list[dict[str, Any]]) -> None:
    print(
        f"{found.events} key events, {found.sensitive} of them of {found.values} values, {found.structured} structured;"
    )
    print(f"{found.secret_events} typed into password fields, {found.ordinary} characters of harmless text\n")
    for one in rows:
        print(f"{one['what']:50} {one['value']:>10.5g}   {one['level']:>8}  {'' if one['met'] else 'MISSED'}")
    print(f"{'values with 4 consecutive keys left':50} {len(found.broken):>10}")
    print(f"{'share of harmless characters kept':50} {found.kept_share:>10.3f}")
    print(f"{'held, median and p95 (s)':50} {found.hold_s(0.5):>10.1f} {found.hold_s(0.95):.1f}")
    for leak in found.broken:
        print(f"  seed {leak.seed}, {leak.habit}, {leak.value.kind}: {leak.shown} keys")


if __name__ == "__main__":
    sys.exit(main())
