"""Which accessible top-level is which window: certain, or none. And when an address or an answer is good enough."""

from hypothesis import given
from hypothesis import strategies as st

from recorder.capture.backends.x11.atspi import STATE_DEFUNCT, STATE_SHOWING
from recorder.capture.backends.x11.atspi_wire import Element
from recorder.capture.backends.x11.browsers import CHROMIUM_FRAME
from recorder.capture.backends.x11.documents import SETTLE_NS, Settling, is_titled_like
from recorder.capture.backends.x11.privacy import Privacy
from recorder.capture.backends.x11.top_levels import TopLevel, TopLevels, fits, match
from recorder.model.geometry import Rect
from recorder.model.raw import RawApp, RawWindow

PLACE, ELSEWHERE = Rect(10, 10, 1050, 780), Rect(600, 300, 500, 400)
APP = RawApp(pid=7, executable=None, wm_class="Chromium", wm_instance=None, browser=True)


def window(number: int, title: str = "page - Chromium", rect: Rect = PLACE, *, menu: bool = False) -> RawWindow:
    return RawWindow(
        window=number, rect=rect, app=APP, title=title, see_through=False, own=False, override_redirect=menu
    )


def top(number: int, name: str = "page - Chromium", rect: Rect | None = PLACE, states: int = STATE_SHOWING) -> TopLevel:
    return TopLevel(
        element=Element(":1.2", f"/{number}"), role=23, name=name, states=states, rect=rect, css_class=CHROMIUM_FRAME
    )


def test_a_window_is_the_top_level_with_its_place_and_its_title() -> None:
    tops = [top(1), top(2, "other - Chromium"), top(3, rect=ELSEWHERE)]

    assert match(window(1), [window(1)], tops) == tops[0]
    assert match(window(1, "page - Chromium"), [], [top(4, "page - Chromium (Incognito)")]) is not None


def test_two_top_levels_for_one_window_or_two_windows_for_one_are_none() -> None:
    assert match(window(1), [window(1)], [top(1), top(2, "page - Chromium (Incognito)")]) is None
    assert match(window(1), [window(1), window(2)], [top(1)]) is None
    assert match(window(1), [window(1), window(2, rect=ELSEWHERE)], [top(1)]) is not None


def test_a_title_that_fits_no_name_is_none_but_a_menu_needs_no_title() -> None:
    assert match(window(1, "another page"), [], [top(1)]) is None
    assert match(window(1, "", menu=True), [], [top(1, "")]) is not None


def test_what_is_not_there_fits_nothing() -> None:
    assert fits(window(1), top(1))
    assert not fits(window(1), top(1, states=0))
    assert not fits(window(1), top(1, states=STATE_SHOWING | STATE_DEFUNCT))
    assert not fits(window(1), top(1, rect=None))
    assert not fits(window(1), top(1, rect=Rect(10, 10, 300, 88)))  # a popup that is a window only to the toolkit
    assert not fits(window(1, rect=ELSEWHERE), top(1))


def test_a_top_level_that_is_one_windows_is_never_anothers() -> None:
    tops = TopLevels()
    tops.show([window(1)])
    assert tops.choose(window(1), [top(1)]) is not None
    tops.show([window(2)])  # the first one is minimised; the second's own top-level isn't there yet

    assert tops.choose(window(2), [top(1)]) is None
    assert tops.choose(window(2), [top(1), top(2, "page - Chromium (Incognito)")]) == top(
        2, "page - Chromium (Incognito)"
    )


@given(st.lists(st.tuples(st.integers(1, 3), st.sampled_from([True, False, None])), max_size=30))
def test_what_was_private_stays_private(answers: list[tuple[int, bool | None]]) -> None:
    privacy, ever = Privacy(TopLevels()), set()
    for number, answer in answers:
        said, _ = privacy.settle(number, answer)
        ever |= {number} if answer else set()
        assert said is True if number in ever else said is not True
        privacy.keep([1, 2])


def test_a_public_window_stays_public_only_while_it_is_on_the_screen() -> None:
    privacy = Privacy(TopLevels())
    assert privacy.settle(1, False) == (False, True)
    assert privacy.settle(1, None) == (False, False)
    privacy.keep([])
    assert privacy.settle(1, None) == (None, True)


@given(
    st.lists(
        st.tuples(st.integers(1, 200), st.sampled_from([None, "https://a.org/x", "https://a.org/y", "https://b.org/"])),
        max_size=40,
    )
)
def test_an_address_is_told_only_once_its_host_has_been_the_same_for_a_while(
    steps: list[tuple[int, str | None]],
) -> None:
    settling, now_ns, history = Settling(), 0, []
    for pause_ms, url in steps:
        now_ns += pause_ms * 1_000_000
        said, _ = settling.settle(url, now_ns)
        history.append((now_ns, url and url[:13]))
        assert said in (None, url)
        if said is not None:
            recent = {host for t_ns, host in history if t_ns > now_ns - SETTLE_NS}
            assert recent == {said[:13]}


def test_a_page_is_believed_while_its_title_is_in_the_windows() -> None:
    assert is_titled_like("page  one - Chromium", "page one")
    assert is_titled_like("anything", "")
    assert not is_titled_like("page two - Chromium", "page one")
