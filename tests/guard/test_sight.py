"""Fields are filled where typing may not be kept; words show where a rule says so and all fields are known."""

import pytest

from recorder.guard.fields import PAD_PX, Fields
from recorder.guard.sight import Sight, sight
from recorder.model.geometry import Monitor, Rect
from recorder.model.policy import AppRule, PictureMode, TextLevel
from recorder.model.raw import RawFields, RawWindow, RawWindows

LEFT, RIGHT, SMALL = Rect(0, 0, 400, 300), Rect(400, 0, 400, 300), Rect(100, 100, 50, 50)
FIELD = Rect(20, 20, 100, 20)
FILLED = Rect(FIELD.x - PAD_PX, FIELD.y - PAD_PX, FIELD.width + 2 * PAD_PX, FIELD.height + 2 * PAD_PX)


def window(number: int, rect: Rect, *, see_through: bool = False) -> RawWindow:
    return RawWindow(
        window=number, rect=rect, app=None, title="", see_through=see_through, own=False, override_redirect=False
    )


def stack(*windows: RawWindow) -> RawWindows:
    monitors = (Monitor(index=0, rect=Rect(0, 0, 800, 600)),)
    return RawWindows(t_ns=0, generation=1, stack=windows, focused=1, monitors=monitors, composited=False)


def rule(pictures: PictureMode = PictureMode.WORDS, text: TextLevel = TextLevel.NONE) -> AppRule:
    return AppRule(name="app", executable="/usr/bin/app", pictures=pictures, text=text)


def seen(
    windows: RawWindows,
    rules: dict[int, AppRule],
    *,
    painted: int = 100,
    asked: dict[int, int] | None = None,
    content: bool = True,
    reveals: bool = True,
) -> Sight:
    fields = Fields()
    fields.stack(windows)
    for number, t_ns in (asked or {}).items():
        fields.told(RawFields(t_ns=t_ns, window=number, rects=(FIELD,)))
    return sight(
        windows,
        {one.window: painted for one in windows.stack},
        rule=lambda one: rules.get(one.window),
        fields=fields,
        content=content,
        reveals=reveals,
    )


def test_words_show_in_a_window_whose_fields_are_known_since_it_was_painted() -> None:
    assert seen(stack(window(1, LEFT)), {1: rule()}, asked={1: 100}) == Sight((FILLED,), (LEFT,))


@pytest.mark.parametrize("asked", [{}, {1: 99}])
def test_words_wait_until_the_fields_are_known_again(asked: dict[int, int]) -> None:
    assert seen(stack(window(1, LEFT)), {1: rule()}, asked=asked).words == ()


def test_fields_are_filled_in_both_modes() -> None:
    masked = rule(PictureMode.MASKED)

    assert seen(stack(window(1, LEFT)), {1: masked}, asked={1: 5}) == Sight((FILLED,), ())


def test_where_typing_may_be_kept_fields_need_not_be_known_nor_filled() -> None:
    typed = rule(text=TextLevel.WORDS)

    assert seen(stack(window(1, LEFT)), {1: typed}) == Sight((), (LEFT,))
    assert seen(stack(window(1, LEFT)), {1: typed}, asked={1: 5}, content=False) == Sight((FILLED,), ())


def test_words_show_only_where_nothing_of_another_window_does() -> None:
    both = stack(window(1, LEFT), window(2, SMALL, see_through=True), window(3, RIGHT))
    found = seen(both, {1: rule(text=TextLevel.WORDS), 2: rule(PictureMode.MASKED), 3: rule(PictureMode.MASKED)})

    assert sum(rect.area for rect in found.words) == LEFT.area - SMALL.area
    assert not any(rect.intersect(SMALL) or rect.intersect(RIGHT) for rect in found.words)


def test_a_field_that_is_covered_by_another_window_is_not_filled_there() -> None:
    both = stack(window(1, LEFT), window(2, Rect(60, 0, 100, 100)))

    found = seen(both, {1: rule(), 2: rule()}, asked={1: 100})
    assert found.fields[0].right <= 60


def test_without_a_reader_or_an_allowed_window_no_word_shows() -> None:
    assert seen(stack(window(1, LEFT)), {1: rule()}, asked={1: 100}, reveals=False).words == ()
    assert seen(stack(window(1, LEFT)), {}, asked={1: 100}) == Sight((), ())
