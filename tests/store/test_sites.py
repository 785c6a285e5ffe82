"""Deleting a site: that host and no other, and with it what its browser may have shown or got of it unsaid."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.format.seal import Recipient
from recorder.model.consent import Category
from recorder.model.redacted import RedactedContext
from recorder.model.seals.guard import SEAL
from recorder.model.session import SessionStart
from recorder.model.site import is_on
from recorder.store import delete, sites, staged
from recorder.store.selector import Selector, What
from recorder.store.session import SessionReader
from recorder.store.vault import UnlockedVault
from tests.store.synthetic import (
    SECOND,
    button,
    context,
    every_byte,
    frame,
    record,
    redaction,
    seen,
    session_start,
    shortcut,
)

CANARY = "canary-7f3a"
SITE = f"{CANARY}.example.org"


def on(context_id: int, t_us: int, host: str | None, title: str = "a page", app: str = "Browser") -> RedactedContext:
    path = None if host is None else "/start"
    return dataclasses.replace(context(context_id, t_us, app, title), url_host=host, url_path=path, seal=SEAL)


def chosen(site: str) -> Selector:
    return Selector(what=What.SITE, site=site)


def browsed(home: Path, recipient: Recipient) -> SessionStart:
    """Another site, ten seconds of the site, a third one, an editor, and the third one again: in two segments."""
    browser = ("Browser",)
    return record(
        home,
        recipient,
        [
            [
                on(1, 0, "news.example.org", "news"),
                frame(1, SECOND, context_id=1, apps=browser),
                shortcut(2 * SECOND, "ctrl+1", context_id=1, app="Browser"),
                seen(1, 9 * SECOND),
                shortcut(9 * SECOND, f"ctrl+{CANARY}", context_id=1, app="Browser"),  # it waits for its address
                on(2, 10 * SECOND, SITE, f"title {CANARY}"),
                frame(2, 11 * SECOND, context_id=2, apps=browser),
                redaction(11 * SECOND, 2),
                shortcut(12 * SECOND, f"ctrl+{CANARY}", context_id=2, app="Browser"),
            ],
            [
                on(3, 20 * SECOND, "shop.example.org", "shop"),
                shortcut(21 * SECOND, "ctrl+3", context_id=3, app="Browser"),
                context(4, 30 * SECOND, "Editor", "notes"),
                frame(4, 31 * SECOND, context_id=4, apps=("Editor",)),
                frame(5, 32 * SECOND, context_id=4, apps=("Browser", "Editor")),  # the site may be the window behind
                shortcut(33 * SECOND, "ctrl+4", context_id=4, app="Editor"),
            ],
        ],
        session_start(task="synthetic task"),
    )


def left(home: Path, start: SessionStart, unlocked: UnlockedVault) -> dict[str, list[Any]]:
    reader = SessionReader(home, start.session_id, unlocked)
    return {
        "hosts": reader.table("contexts")["url_host"].to_pylist(),
        "frames": reader.table("frames")["frame_id"].to_pylist(),
        "keys": [row["key"] for row in reader.table("events").to_pylist() if row["kind"] == "key"],
    }


def readable(home: Path, start: SessionStart, unlocked: UnlockedVault) -> str:
    reader = SessionReader(home, start.session_id, unlocked)
    return str([reader.table(name).to_pylist() for name in ("events", "contexts", "frames", "redactions")])


def test_d2_a_site_goes_from_every_table_and_every_byte_and_its_neighbours_stay(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    start = browsed(home, recipient)
    assert CANARY in readable(home, start, unlocked)

    dry = delete.delete(home, unlocked, chosen(SITE), dry_run=True)
    receipt = delete.delete(home, unlocked, chosen(SITE))

    assert receipt == dataclasses.replace(dry, dry_run=False, verified=True)
    assert (receipt.contexts, receipt.events, receipt.frames, receipt.redactions) == (1, 2, 3, 1)
    assert CANARY not in readable(home, start, unlocked)
    assert CANARY.encode() not in every_byte(home)
    assert left(home, start, unlocked) == {
        "hosts": ["news.example.org", "shop.example.org", None],
        "frames": [4],
        "keys": ["ctrl+1", "ctrl+3", "ctrl+4"],
    }


def test_d2_a_staged_site_is_out_of_every_view_undone_bit_for_bit_and_purged(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    start = browsed(home, recipient)
    before, shown = every_byte(home / "sessions"), readable(home, start, unlocked)

    made = staged.stage(home, unlocked, chosen(SITE))
    hidden = left(home, start, unlocked)
    assert CANARY not in readable(home, start, unlocked)
    assert CANARY.encode() not in (home / "staged.json").read_bytes()  # which site it is, is sealed
    assert staged.listed(home, unlocked)[0].selector.site == SITE
    staged.undo(home, unlocked)
    assert (every_byte(home / "sessions"), readable(home, start, unlocked)) == (before, shown)

    staged.stage(home, unlocked, chosen(SITE))
    receipt = staged.purge(home, unlocked)
    assert (receipt.events, receipt.frames) == (made.counts["events"], made.counts["frames"])
    assert left(home, start, unlocked) == hidden
    assert CANARY.encode() not in every_byte(home)


@pytest.mark.parametrize(
    ("site", "gone"),
    [
        ("example.org", {1}),
        ("*.example.org", {2, 3}),
        ("mail.example.org", {2}),
        ("ample.org", set()),
        ("*.ample.org", set()),
        ("*.org", {1, 2, 3, 4}),
        ("[…].org", {4}),
        ("example.com", set()),
    ],
)
def test_a_host_is_that_host_and_a_star_is_all_below_it(site: str, gone: set[int]) -> None:
    hosts = ["example.org", "mail.example.org", "a.b.example.org", "[…].org"]
    rows = [row(number, host, title=f"page {number}") for number, host in enumerate(hosts, 1)]

    assert sites.contexts_on(rows, site) == gone


def row(context_id: int, host: str | None, *, title: str | None = "a page", long_s: int = 60, app: str = "B") -> Any:
    t_us = context_id * 100 * SECOND
    end = t_us + long_s * SECOND
    times = {"t_us": t_us, "t_end_us": end}
    return {"context_id": context_id, "app": app, "window_title": title, "url_host": host, **times}


@pytest.mark.parametrize(
    ("rows", "gone"),
    [
        pytest.param([row(1, None), row(2, "x.org"), row(3, None), row(4, "y.org")], {1, 2, 3}, id="no address beside"),
        pytest.param([row(1, None), row(2, "y.org"), row(3, "x.org")], {3}, id="no address elsewhere"),
        pytest.param([row(1, None, app="C"), row(2, "x.org"), row(3, None, app="C")], {2}, id="another app"),
        pytest.param(
            [row(1, "y.org", title="X", long_s=1), row(2, "x.org", title="X")], {1, 2}, id="its title was first"
        ),
        pytest.param(
            [row(1, "x.org", title="X"), row(2, "y.org", title="X", long_s=1), row(3, "y.org", title="Y")],
            {1, 2},
            id="its title stayed",
        ),
        pytest.param([row(1, "y.org"), row(2, "x.org")], {2}, id="the same title for long"),
        pytest.param([row(1, "x.org"), row(2, None, app="C"), row(3, None)], {1, 3}, id="past another app"),
        pytest.param([row(1, "x.org", title=None), row(2, "y.org", title=None, long_s=1)], {1}, id="no titles"),
    ],
)
def test_what_a_browser_shows_unsaid_beside_the_site_goes_with_it(rows: list[Any], gone: set[int]) -> None:
    assert sites.contexts_on(rows, "x.org") == gone


@pytest.mark.parametrize(
    ("site", "more"),
    [
        ("bank.example.org", True),
        ("other.example.com", False),
        ("example.org", False),
        ("*.example.org", True),
        ("*.[…].org", False),
        ("*.example.net", False),
        ("*.bank.org", True),
        ("[…].example.org", False),
    ],
)
def test_a_masked_name_that_may_hide_the_site_is_known(site: str, more: bool) -> None:
    hosts = ["[…].example.org", "a.[…].org", "example.net", None]

    assert sites.may_be_more([row(number, host) for number, host in enumerate(hosts)], site) is more


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (" Example.ORG. ", "example.org"),
        ("*.Example.org", "*.example.org"),
        ("bücher.example.org", "xn--bcher-kva.example.org"),
        ("[…].example.org", "[…].example.org"),
    ],
)
def test_a_site_is_spelled_as_rules_spell_it(typed: str, stored: str) -> None:
    assert sites.read_stored(typed) == stored


@pytest.mark.parametrize(
    "typed", ["", "https://example.org", "example.org/path", "192.0.2.1", "org", "host.local", "*", "a.*.org", "*."]
)
def test_what_names_no_public_host_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"hosts|text"):
        sites.read_stored(typed)


LABELS = st.sampled_from(["a", "b", "org", "[…]"])
HOSTS = st.none() | st.lists(LABELS, min_size=1, max_size=3).map(".".join)


@given(
    hosts=st.lists(st.tuples(HOSTS, st.sampled_from(["P", "Q", None]), st.sampled_from("BC"), st.integers(0, 3))),
    site=st.sampled_from(["a.org", "*.org", "*.a.org", "[…].org", "b.org"]),
)
def test_every_context_of_the_site_is_chosen_and_whatever_else_is_borders_on_one_in_its_app(
    hosts: list[tuple[str | None, str | None, str, int]], site: str
) -> None:
    rows = [row(n, host, title=title, app=app, long_s=s) for n, (host, title, app, s) in enumerate(hosts)]
    found = sites.contexts_on(rows, site)

    own = {one["context_id"] for one in rows if one["url_host"] and is_on(one["url_host"], site)}
    assert own <= found
    for of_app in sites.by_app(rows).values():
        ids = [one["context_id"] for one in of_app]
        for at, one in enumerate(ids):
            if one in found - own:
                assert found & set(ids[max(at - 1, 0) : at] + ids[at + 1 : at + 2])
    assert bool(found) == bool(own)


def test_a_click_into_the_sites_window_while_another_app_had_the_keyboard_goes_with_it(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    start = record(
        home,
        recipient,
        [
            [
                on(1, 0, "news.example.org", "news"),
                context(2, 10 * SECOND, "Editor", "notes"),
                button(11 * SECOND, "Browser", context_id=2),
                button(12 * SECOND, "Browser", context_id=2, pressed=False),
                button(13 * SECOND, "Editor", context_id=2),
                button(14 * SECOND, "Editor", context_id=2, pressed=False),
                on(3, 20 * SECOND, SITE, "start"),
                on(4, 30 * SECOND, "news.example.org", "news"),
                context(5, 40 * SECOND, "Editor", "notes"),
                button(41 * SECOND, "Browser", context_id=5),  # news was in front of it last, and comes next
                button(42 * SECOND, "Browser", context_id=5, pressed=False),
                on(6, 50 * SECOND, "news.example.org", "news"),
            ]
        ],
    )

    delete.delete(home, unlocked, chosen(SITE))
    rows = SessionReader(home, start.session_id, unlocked).table("events").to_pylist()
    assert [(row["app"], row["t_us"] // SECOND) for row in rows if row["kind"] == "button"] == [
        ("Editor", 13),
        ("Editor", 14),
        ("Browser", 41),
        ("Browser", 42),
    ]


def test_a_session_that_may_hold_the_site_unsaid_is_left_and_named(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    without = frozenset(Category) - {Category.URL_HOST}
    nameless = record(
        home, recipient, [[on(1, 0, SITE), shortcut(1, "a", context_id=1)]], session_start(categories=without)
    )
    masked = record(
        home,
        recipient,
        [[on(1, 0, "[…].example.org"), shortcut(1, "a", context_id=1)]],
        session_start(started_at_us=nameless.started_at_us + 1_000 * SECOND),
    )
    plain = record(
        home,
        recipient,
        [[on(1, 0, "example.org"), shortcut(1, "a", context_id=1)]],
        session_start(started_at_us=nameless.started_at_us + 2_000 * SECOND),
    )

    receipt = delete.delete(home, unlocked, chosen(SITE))
    assert receipt.unnamed == (nameless.session_id, masked.session_id)
    assert (receipt.session_ids, receipt.events) == ((), 0)
    assert delete.delete(home, unlocked, chosen("[…].example.org")).session_ids == (masked.session_id,)
    assert delete.delete(home, unlocked, chosen("example.org")).session_ids == (plain.session_id,)


def test_without_app_names_a_sites_own_rows_go_with_it(
    home: Path, unlocked: UnlockedVault, recipient: Recipient
) -> None:
    without = frozenset(Category) - {Category.APP_NAMES}
    start = record(
        home,
        recipient,
        [
            [
                on(1, 0, "news.example.org", "news"),
                frame(1, SECOND, context_id=1),
                shortcut(SECOND, "ctrl+1", context_id=1),
                on(2, 10 * SECOND, SITE, CANARY),
                frame(2, 11 * SECOND, context_id=2),
                shortcut(11 * SECOND, f"ctrl+{CANARY}", context_id=2),
            ]
        ],
        session_start(categories=without),
    )

    delete.delete(home, unlocked, chosen(SITE))
    assert CANARY not in readable(home, start, unlocked)
    assert left(home, start, unlocked) == {"hosts": ["news.example.org"], "frames": [1], "keys": ["ctrl+1"]}
