"""Which contexts show a site: those that say so, and their neighbours that may show it without saying so. Pure.

An address follows a page late: a title may be told before it, and for a second both may still be those of the last
page (`guard/context.py`). So what the same app had in front just before and after counts as the
site's if it has no address, or the same title for a moment; and so do the app's last seconds before all of that.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from recorder.model.site import is_on, read_site

# What stands for a label that was masked, and for one that a person writes so.
MASK = "[…]"
_PLACEHOLDER = "masked--label"
# A title or an address waits for up to a second after the last one that was told, and comes late by itself.
LATE_US = 2_000_000
COLUMNS = ["context_id", "t_us", "t_end_us", "app", "window_title", "url_host"]

Row = dict[str, Any]


def read_stored(text: str) -> str:
    """A site in the spelling of rules: `example.org` is that host alone, `*.example.org` every host below it. A label
    that was masked is written as it is shown, and means what is stored under exactly that.

    Raises: ValueError whose text completes "a site ...".
    """
    return read_site(text.replace(MASK, _PLACEHOLDER)).replace(_PLACEHOLDER, MASK)


def contexts_on(rows: Sequence[Row], site: str) -> frozenset[int]:
    """Numbers of the contexts that show the site or may do so. `rows`: `COLUMNS`, as far as granted, by time."""
    found: set[int] = set()
    for of_app in by_app(rows).values():
        on = [is_on(row.get("url_host") or "", site) for row in of_app]
        _spread(of_app, on, range(len(of_app)))
        _spread(of_app, on, range(len(of_app) - 1, -1, -1))
        found.update(row["context_id"] for row, is_one in zip(of_app, on, strict=True) if is_one)
    return frozenset(found)


def firsts(rows: Sequence[Row], chosen: frozenset[int]) -> list[Row]:
    """The chosen contexts that follow, in their app, on none that is chosen."""
    pairs = [pair for of_app in by_app(rows).values() for pair in zip([None, *of_app], of_app, strict=False)]
    return [
        row
        for before, row in pairs
        if row["context_id"] in chosen and (before is None or before["context_id"] not in chosen)
    ]


def may_be_more(rows: Iterable[Row], site: str) -> bool:
    """Whether a stored host has masked labels that may hide this site."""
    return any(_may_be(host, site) for host in {row.get("url_host") or "" for row in rows} if not is_on(host, site))


def by_app(rows: Iterable[Row]) -> dict[str | None, list[Row]]:
    """The contexts of each app in their order; of all where names were not granted."""
    found: dict[str | None, list[Row]] = {}
    for row in rows:
        found.setdefault(row.get("app"), []).append(row)
    return found


def _spread(rows: Sequence[Row], on: list[bool], order: range) -> None:
    for index in order[1:]:
        beside = index - order.step
        on[index] = on[index] or (on[beside] and _is_unsure(rows[index], rows[beside]))


def _is_unsure(row: Row, beside: Row) -> bool:
    title = row.get("window_title")
    alike = title is not None and title == beside.get("window_title")
    return row.get("url_host") is None or (alike and (row["t_end_us"] or row["t_us"]) - row["t_us"] <= LATE_US)


def _may_be(host: str, site: str) -> bool:
    labels, wanted = host.split("."), site.removeprefix("*.").split(".")
    longer = len(labels) - len(wanted)
    if MASK not in labels or (longer < 1 if site.startswith("*.") else longer != 0):
        return False
    return all(label in (MASK, other) for label, other in zip(labels[longer:], wanted, strict=True))
