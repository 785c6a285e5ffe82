"""Sites, addresses and elements: what accessibility says about windows lets through only what it vouches for."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.guard import Guard
from recorder.guard.text import Detector, Masker, Memory
from recorder.model.consent import Category
from recorder.model.element import ElementRole
from recorder.model.geometry import Rect
from recorder.model.policy import AppRule, Policy
from recorder.model.raw import (
    Fault,
    RawApp,
    RawDocument,
    RawEvent,
    RawFault,
    RawPrivacy,
    RawTarget,
    RawWindows,
)
from recorder.model.redacted import (
    EventKind,
    GapReason,
    Redacted,
    RedactedContext,
    RedactedEvent,
    RedactedFrame,
    Redaction,
)
from tests.guard.scene import (
    ALL,
    BANK_WINDOW,
    GREEN,
    LEFT,
    MS,
    RED,
    RIGHT,
    RULE,
    button,
    colours,
    contexts,
    events,
    frame,
    frames,
    key,
    kinds,
    move,
    picture,
    play,
    stroke,
    typed,
    window,
    windows,
)

BROWSER = RawApp(pid=30, executable="/usr/bin/browser", wm_class="Browser", wm_instance="browser", browser=True)
ANY_SITE = AppRule(name="Browser", executable="/usr/bin/browser")
ONE_SITE = AppRule(name="Browser", executable="/usr/bin/browser", sites=("example.org", "*.example.org"))
WEB = window(3, LEFT, BROWSER)
STACK = (WEB, BANK_WINDOW)
DETECTOR = Detector(lambda: 0.0)
PAGE, ELSEWHERE = "https://www.example.org/help", "https://bank.test.org/account"
SEEN = (EventKind.KEY, EventKind.BUTTON, EventKind.POINTERMOVE, EventKind.WHEEL, EventKind.TEXT_RUN, EventKind.TARGET)


def guard(*rules: AppRule, categories: frozenset[Category] = ALL, seen: RawWindows | None = None) -> Guard:
    """A guard with the real detector that knows the desk: the browser on the left has the keyboard."""
    made = Guard(
        policy=Policy(apps=rules),
        categories=categories,
        t0_ns=0,
        source="fake",
        text=Masker(DETECTOR, Memory(bytes(32))),
    )
    made.step(seen or windows(*STACK, focused=3))
    return made


def privacy(t: float, *, private: bool | None, at: int = 3) -> RawPrivacy:
    return RawPrivacy(t_ns=round(t * MS), window=at, private=private)


def document(t: float, url: str | None, *, at: int = 3) -> RawDocument:
    return RawDocument(t_ns=round(t * MS), window=at, url=url)


def shown(start: float, until: float, url: str | None = PAGE) -> list[RawEvent]:
    """The same page, confirmed every 200 ms."""
    return [document(start + step * 200, url) for step in range(int((until - start) / 200) + 1)]


def target(
    t: float, pressed: float, *, kind: ElementRole = ElementRole.BUTTON, name: str | None = "Save", at: int | None = 3
) -> RawTarget:
    return RawTarget(
        t_ns=round(t * MS),
        pressed_ns=round(pressed * MS),
        window=at,
        kind=kind,
        name=name,
        rect=Rect(300, 10, 200, 20),
    )


def public(*rules: AppRule, categories: frozenset[Category] = ALL) -> Guard:
    made = guard(*(rules or (ANY_SITE,)), categories=categories)
    made.step(privacy(1, private=False))
    return made


def reasons(rows: Iterable[Redacted]) -> set[GapReason | None]:
    return {row.reason for row in events(rows, EventKind.GAP)}


def done(made: Guard, raws: Iterable[RawEvent], until: float = 20_000) -> list[Redacted]:
    return play(made, raws) + made.close(round(until * MS))


# Sites.


def test_an_app_with_sites_is_withheld_until_its_document_is_known() -> None:
    rows = done(public(ONE_SITE), [*typed(100, "ab"), button(400), move(500)])

    assert not events(rows, *SEEN)
    assert reasons(rows) == {GapReason.SITE_NOT_ALLOWED}
    assert contexts(rows) == []


def test_on_a_chosen_site_clicks_and_keys_are_kept() -> None:
    rows = done(public(ONE_SITE), [document(50, PAGE), *typed(100, "ab"), button(400)])

    assert {"button", "text_run"} <= set(kinds(rows))


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org.evil.test/",
        "https://notexample.org/",
        "https://example.org@evil.org/",
        "about:blank",
        "file:///example.org",
        "data:text/html,example.org",
        "http://[::1]/",
        "http://127.0.0.1/",
        "https://example.com/https://example.org/",
        "",
        None,
    ],
)
def test_a_page_that_only_looks_like_the_site_is_not_it(url: str | None) -> None:
    rows = done(public(ONE_SITE), [document(50, url), *stroke(100, "Return"), button(400)])

    assert not events(rows, *SEEN)


def test_what_nobody_confirmed_for_a_second_is_not_known_to_be_the_site() -> None:
    rows = done(public(ONE_SITE), [document(50, PAGE), button(1040), button(1060, 12, 12), *stroke(1070, "Return")])

    assert [row.t_us for row in events(rows, EventKind.BUTTON)] == [1_040_000]
    assert not events(rows, EventKind.KEY)


def test_a_key_from_before_the_site_was_said_is_not_kept_though_it_comes_late() -> None:
    rows = done(public(ONE_SITE), [document(500, PAGE), key(450, "Return"), button(460), move(470)])

    assert not events(rows, *SEEN)


def test_what_was_typed_goes_when_the_document_turns_out_another() -> None:
    rows = done(public(ONE_SITE), [document(50, PAGE), *typed(100, "ab"), document(190, ELSEWHERE)])

    assert not events(rows, EventKind.TEXT_RUN, EventKind.KEY)
    assert GapReason.SITE_NOT_ALLOWED in reasons(rows)


def test_from_one_chosen_site_to_another_nothing_is_dropped() -> None:
    rows = done(public(ONE_SITE), [document(50, PAGE), *typed(100, "ab"), document(190, "https://example.org/")])

    assert len(events(rows, EventKind.TEXT_RUN)) == 1


def test_the_badge_says_that_another_site_is_withheld() -> None:
    made = public(ONE_SITE)
    assert made.withholding
    made.step(document(50, PAGE))
    assert not made.withholding
    made.tick(1_200 * MS)
    assert made.withholding


def test_pixels_of_a_site_wait_until_the_page_of_before_is_painted_over() -> None:
    made = public(ONE_SITE)
    play(made, shown(50, 3_900))
    assert made.keep_plan(windows(*STACK, focused=3)) == ()
    play(made, shown(4_050, 4_250))
    assert made.keep_plan(windows(*STACK, focused=3)) == (LEFT,)


def test_pixels_are_shown_only_when_the_site_is_confirmed_after_they_were_painted() -> None:
    made, desk = public(ONE_SITE), windows(*STACK, focused=3)
    play(made, shown(50, 4_250))
    rows = made.see_frame(frame(4_300, picture((LEFT, GREEN)), desk))
    rows += made.tick(4_310 * MS)
    assert all(GREEN not in colours(row) for row in frames(rows))
    rows = [*play(made, shown(4_450, 4_650)), *made.tick(4_700 * MS)]

    assert any(GREEN in colours(row) for row in frames(rows))


def test_what_was_painted_before_another_site_was_said_is_never_shown() -> None:
    made, desk = public(ONE_SITE), windows(*STACK, focused=3)
    rows = play(made, shown(50, 4_250))
    rows += made.see_frame(frame(4_300, picture((LEFT, RED)), desk))
    rows += play(made, [document(4_350, ELSEWHERE), *shown(4_400, 9_000)])
    rows += made.tick(9_100 * MS)
    rows += made.close(9_200 * MS)

    assert all(RED not in colours(row) for row in frames(rows))


def test_an_app_that_never_says_a_document_is_withheld_altogether() -> None:
    rule = AppRule(name="My editor", executable="/usr/bin/editor", sites=("example.org",))
    made = guard(rule, seen=windows())
    rows = done(made, [*typed(100, "ab"), button(300), move(400)])

    assert not events(rows, *SEEN)
    assert made.keep_plan(windows()) == ()


def test_lost_accessibility_ends_what_is_known_of_sites() -> None:
    made = public(ONE_SITE)
    play(made, [document(50, PAGE), RawFault(t_ns=60 * MS, fault=Fault.ACCESSIBILITY_LOST)])

    assert not events(done(made, [button(100)]), *SEEN)


def test_an_app_without_sites_needs_no_document() -> None:
    assert kinds(done(public(), [button(100)])) == ["button"]


# Addresses.


def test_a_context_says_where_the_person_is() -> None:
    rows = play(public(), [document(2_000, "https://user:word@docs.wikipedia.org:8080/help/page?q=secret#here")])
    (row,) = contexts(rows)

    assert (row.url_host, row.url_path) == ("docs.wikipedia.org", "/help/page")


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        (frozenset({Category.URL_HOST}), (None, "/help")),
        (frozenset({Category.URL_PATH}), ("www.example.org", None)),
        (frozenset({Category.URL_HOST, Category.URL_PATH}), (None, None)),
    ],
)
def test_without_its_category_no_part_of_an_address_is_told(
    missing: frozenset[Category], told: tuple[str | None, str | None]
) -> None:
    rows = done(public(categories=ALL - missing), [document(2_000, PAGE), document(4_000, PAGE), move(5_000)])

    assert {(row.url_host, row.url_path) for row in contexts(rows)} <= {told, (None, None)}


def test_another_page_is_another_context_once_a_second() -> None:
    pages = [document(2_000 + step * 100, f"https://www.example.org/{word}") for step, word in enumerate(WORDS)]
    rows = play(public(), [*pages, move(4_000)])

    assert [row.url_path for row in contexts(rows)] == ["/help", "/news"]


WORDS = ("help", "page", "settings", "search", "news")


def test_what_is_masked_in_an_address_is_counted_by_rule() -> None:
    rows = play(public(), [document(2_000, "https://jane-doe.example.org/help/jane-doe")])
    (context,) = contexts(rows)
    told = [(row.field, row.category, row.count, row.ref_id) for row in rows if isinstance(row, Redaction)]

    assert (context.url_host, context.url_path) == ("[…].example.org", "/help/[…]")
    assert told == [("url_host", "name", 1, context.context_id), ("url_path", "name", 1, context.context_id)]


# Elements.


def test_a_stored_press_is_followed_by_what_it_acted_on() -> None:
    rows = play(public(), [button(100), button(110, down=False), target(150, 100)])
    (row,) = events(rows, EventKind.TARGET)

    assert (row.t_us, row.app, row.target_role, row.target_name) == (100_000, "Browser", ElementRole.BUTTON, "Save")
    assert row.target_rect == Rect(300, 10, 20, 20)  # its window ends there


@pytest.mark.parametrize(
    "answer",
    [
        target(150, 90),
        target(1_101, 100),
        target(150, 100, at=2),
        target(150, 100, at=None),
    ],
    ids=["of another press", "too late", "in another window", "in none"],
)
def test_an_answer_that_fits_no_stored_press_leaves_nothing(answer: RawTarget) -> None:
    assert not events(play(public(), [button(100), answer]), EventKind.TARGET)


def test_a_press_is_answered_once() -> None:
    assert len(events(play(public(), [button(100), target(150, 100), target(160, 100)]), EventKind.TARGET)) == 1


def test_a_press_that_was_withheld_has_no_target() -> None:
    rows = play(guard(ANY_SITE), [button(100), privacy(110, private=False), target(150, 100)])
    rows += play(public(), [button(100, 400), target(150, 100, at=2)])

    assert not events(rows, EventKind.TARGET)


def test_an_answer_about_a_window_that_may_not_be_recorded_any_more_is_dropped() -> None:
    rows = play(public(), [button(100), privacy(120, private=True), target(150, 100)])
    later = public()
    rows += [*play(later, [button(100)]), *later.set_policy(Policy(), 120 * MS), *later.step(target(150, 100))]

    assert not events(rows, EventKind.TARGET)


def test_without_its_category_no_element_is_told() -> None:
    made = public(categories=ALL - {Category.ACCESSIBILITY_TEXT})

    assert not events(play(made, [button(100), target(150, 100)]), EventKind.TARGET)


@pytest.mark.parametrize("kind", [ElementRole.TEXTBOX, ElementRole.DOCUMENT, ElementRole.TERMINAL, ElementRole.WINDOW])
def test_a_name_that_may_be_content_is_dropped(kind: ElementRole) -> None:
    (row,) = events(play(public(), [button(100), target(150, 100, kind=kind)]), EventKind.TARGET)

    assert (row.target_role, row.target_name) == (kind, None)


def test_names_of_elements_pass_the_detector_and_long_ones_are_dropped() -> None:
    made = public()
    rows = play(made, [button(100), target(150, 100, name="Mail Jane Doe")])
    (row,) = events(rows, EventKind.TARGET)
    taken = [one for one in rows if isinstance(one, Redaction)]
    long = events(play(made, [button(200), target(250, 200, name="Save " * 41)]), EventKind.TARGET)

    assert row.target_name is not None
    assert "Jane" not in row.target_name
    assert [(one.target, one.field) for one in taken] == [("events", "target_name")]
    assert long[0].target_name is None


def test_without_a_detector_no_name_and_no_address_is_told() -> None:
    made = Guard(policy=Policy(apps=(ANY_SITE,)), categories=ALL, t0_ns=0, source="fake")
    rows = play(made, [windows(*STACK, focused=3), privacy(1, private=False), document(2_000, PAGE), button(2_100)])
    rows += made.step(target(2_150, 2_100))

    assert [row.target_name for row in events(rows, EventKind.TARGET)] == [None]
    assert all(row.url_host is None and row.url_path is None for row in contexts(rows))


# Whatever the order.

_TIMES = st.integers(1, 400)
_SAID = st.one_of(
    st.builds(lambda said: ("privacy", said), st.sampled_from([True, False, False, False, None])),
    st.builds(lambda url: ("document", url), st.sampled_from([PAGE, PAGE, PAGE, ELSEWHERE, None])),
    st.sampled_from([("click", None), ("key", None), ("frame", None), ("away", None), ("back", None), ("wait", None)]),
    st.sampled_from([("pause", None), ("resume", None), ("fault", None)]),
)


class Oracle:
    """What may be kept, by rules that are written down here once more: from the browser's window alone, if it is known
    not to be private, and its last page, no older than a second, is one of the site."""

    def __init__(self) -> None:
        self.private: bool | None = None
        self.page: tuple[str | None, float] = (None, -10_000)
        self.since = 0.0

    def told(self, what: str, said: object, t: float) -> None:
        if what == "privacy" and self.private is not True:
            assert said is None or isinstance(said, bool)
            self.private = said
        elif what == "document":
            assert said is None or isinstance(said, str)
            if said != self.page[0] or t - self.page[1] > 1_000:
                self.since = t
            self.page = (said, t)
        elif what == "pause":
            self.private, self.page = None, (None, -10_000)

    def allows(self, t: float) -> bool:
        return self.private is False and self.page[0] == PAGE and t - self.page[1] <= 1_000

    def shows(self, t: float) -> bool:
        return self.allows(t) and self.page[1] - self.since >= 4_000


@given(st.lists(st.tuples(_SAID, _TIMES), max_size=60))
def test_whatever_the_order_nothing_is_kept_of_a_window_that_nobody_vouches_for(
    script: list[tuple[tuple[str, object], int]],
) -> None:
    oracle, made, t = Oracle(), guard(ONE_SITE), 10.0
    rows: list[Redacted] = []
    number = 0
    focused = 3
    marked: dict[tuple[int, int, int], bool] = {}  # colours of frames: whether they may show
    for (what, said), pause in script:
        t += pause
        oracle.told(what, said, t)
        before = len(rows)
        if what == "privacy":
            assert said is None or isinstance(said, bool)
            rows += made.step(privacy(t, private=said))
        elif what == "document":
            assert said is None or isinstance(said, str)
            rows += made.step(document(t, said))
        elif what == "click":
            rows += made.step(button(t)) + made.step(button(t, down=False))
        elif what == "key":
            rows += play(made, stroke(t, "Return"))
        elif what in ("away", "back"):
            focused = 2 if what == "away" else 3
            number += 1
            rows += made.step(windows(*STACK, t=t, focused=focused, generation=number + 1))
        elif what == "frame":
            shade = (len(marked) + 1, 200, 100)
            marked[shade] = oracle.shows(t)
            seen = windows(*STACK, t=t, focused=focused, generation=number + 1)
            rows += made.see_frame(frame(t, picture((LEFT, shade)), seen))
        elif what == "pause":
            rows += made.pause(round(t * MS))
        elif what == "resume":
            rows += made.resume(round(t * MS)) + made.step(windows(*STACK, t=t, focused=focused, generation=number + 1))
        elif what == "fault":
            rows += made.step(RawFault(t_ns=round(t * MS), fault=Fault.ACCESSIBILITY_LOST))
            oracle.page = (None, -10_000)
        else:
            rows += made.tick(round(t * MS))
        if what in ("click", "key") and not oracle.allows(t):
            assert not [row for row in events(rows[before:], *SEEN) if row.pressed]
    rows += made.close(round((t + 100) * MS))

    for row in rows:
        if isinstance(row, RedactedFrame):
            assert not {shade for shade, allowed in marked.items() if not allowed} & colours(row)
        if isinstance(row, RedactedContext):
            assert row.url_host in (None, "www.example.org")
        if isinstance(row, RedactedEvent):
            assert row.app in (None, "Browser")


def test_other_apps_are_recorded_beside_a_withheld_browser() -> None:
    desk = windows(window(1, RIGHT), WEB, focused=1)
    made = guard(RULE, ONE_SITE, seen=desk)

    assert kinds(done(made, [button(100, 400), *stroke(200, "Return")]))[:2] == ["button", "key"]
    assert made.keep_plan(desk) == (RIGHT,)


def test_after_another_site_the_wait_for_pixels_begins_anew() -> None:
    made, desk = public(ONE_SITE), windows(*STACK, focused=3)
    play(made, [*shown(50, 4_250), document(4_300, ELSEWHERE), *shown(4_400, 8_200)])
    assert made.keep_plan(desk) == ()
    play(made, shown(8_400, 8_400))
    assert made.keep_plan(desk) == (LEFT,)
