"""Over a picture lies what was done while it was there, in its own pixels, and what of it is filled."""

import numpy as np

from recorder.model.geometry import Rect
from recorder.model.redacted import Channel, EventKind, GapReason
from recorder.review.overlay import MASKED, WITHHELD, filled, overlay
from tests.recorded import RecordedHome, S, Story, event, home
from tests.review.looked import held, typed

__all__ = ["home"]


def test_clicks_and_keys_lie_over_the_picture_that_was_there(home: RecordedHome) -> None:
    found = overlay(held(home), 0)

    assert found is not None
    assert (found.t_us, found.until_us) == (50_000, 10_050_000)
    assert [(one.x, one.y, one.button, one.count) for one in found.clicks] == [(40, 30, 1, 1)]
    assert [one.text for one in found.chips] == ["ctrl+s", "typed 9-16 keys"]


def test_a_picture_during_which_nothing_happened_has_nothing_over_it(home: RecordedHome) -> None:
    found = overlay(held(home), 1)

    assert found is not None
    assert (found.clicks, found.chips, found.more) == ([], [], 0)


def test_presses_at_one_place_are_one_and_those_on_another_screen_none(home: RecordedHome) -> None:
    press = {"button": 1, "pressed": True, "injected": False}
    extra = [event(2 * S + n, EventKind.BUTTON, x=80, y=20, **press) for n in range(2)]
    extra.append(event(3 * S, EventKind.BUTTON, x=5000, y=20, **press))
    found = overlay(held(home, Story(extra=extra)), 0)

    assert found is not None
    assert [(one.x, one.count) for one in found.clicks] == [(40, 1), (80, 2)]


def test_of_a_secret_and_of_typing_no_more_is_said_than_is_stored(home: RecordedHome) -> None:
    extra = [
        event(2 * S, EventKind.SECRET_ENTRY, reason=GapReason.SECRET_INPUT, channel=Channel.KEYS),
        typed(3 * S, "dear [name]"),
    ]
    found = overlay(held(home, Story(moves=0, extra=extra)), 0)

    assert found is not None
    assert [one.text for one in found.chips] == ["ctrl+s", "typed 9-16 keys", "a secret: not kept", "dear [name]"]


def test_boxes_are_those_of_rows_that_say_where(home: RecordedHome) -> None:
    found = overlay(held(home), 2)

    assert found is not None
    assert found.boxes == [Rect(30, 50, 60, 10)]
    assert overlay(held(home), 77) is None


def test_what_is_filled_is_outlined_by_its_colour(home: RecordedHome) -> None:
    pixels = np.full((100, 200, 3), 230, np.uint8)
    pixels[10:30, 20:90] = MASKED
    pixels[50:90, 100:180] = WITHHELD
    pixels[95:97, 3:6] = WITHHELD  # too small to be a box
    found = filled(pixels)

    assert [bounds(line) for line in found.masked] == [(20, 10, 89, 29)]
    assert [bounds(line) for line in found.withheld] == [(100, 50, 179, 89)]
    assert found.more == 0


def bounds(line: list[int]) -> tuple[int, int, int, int]:
    return min(line[::2]), min(line[1::2]), max(line[::2]), max(line[1::2])
