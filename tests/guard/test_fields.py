"""Input fields are known per window, move with it, and are not known any more when it lays itself out anew."""

from recorder.guard.fields import PAD_PX, Fields
from recorder.model.geometry import Rect
from recorder.model.raw import RawFields, RawWindow
from tests.guard.scene import LEFT, MS, window, windows

FIELD = Rect(20, 30, 100, 20)


def told(t: float, *rects: Rect, at: int = 1, known: bool = True) -> RawFields:
    return RawFields(t_ns=round(t * MS), window=at, rects=rects if known else None)


def moved(to: Rect) -> RawWindow:
    return window(1, to)


def padded(rect: Rect) -> Rect:
    return Rect(rect.x - PAD_PX, rect.y - PAD_PX, rect.width + 2 * PAD_PX, rect.height + 2 * PAD_PX)


def fields() -> Fields:
    made = Fields()
    made.stack(windows())
    made.told(told(100, FIELD))
    return made


def test_boxes_have_a_margin_and_end_with_the_window() -> None:
    made = fields()
    assert made.boxes(window(1)) == (padded(FIELD),)
    made.told(told(200, Rect(310, 0, 50, 20)))
    assert made.boxes(window(1)) == (Rect(306, 0, 14, 24),)


def test_they_are_known_since_the_question_was_sent() -> None:
    made = fields()
    assert made.known_ns(1) == 100 * MS
    made.told(told(90))  # overtaken
    assert made.known_ns(1) == 100 * MS
    assert made.known_ns(2) is None


def test_no_fields_is_an_answer_too() -> None:
    made = fields()
    made.told(told(200))
    assert (made.known_ns(1), made.boxes(window(1))) == (200 * MS, ())


def test_not_known_keeps_the_old_boxes() -> None:
    made = fields()
    made.told(told(200, known=False))
    assert (made.known_ns(1), made.boxes(window(1))) == (None, (padded(FIELD),))
    made = fields()
    made.forget()
    assert (made.known_ns(1), made.boxes(window(1))) == (None, (padded(FIELD),))


def test_a_window_that_moves_takes_them_along() -> None:
    made, there = fields(), moved(Rect(100, 50, LEFT.width, LEFT.height))
    made.stack(windows(there, t=200))
    assert made.known_ns(1) == 100 * MS
    assert made.boxes(there) == (padded(Rect(120, 80, 100, 20)),)


def test_an_answer_from_after_a_move_that_was_not_seen_yet_says_nothing() -> None:
    made, there = fields(), moved(Rect(100, 50, LEFT.width, LEFT.height))
    made.told(told(300, Rect(120, 80, 100, 20)))
    made.stack(windows(there, t=200))
    assert made.known_ns(1) is None


def test_an_answer_from_before_a_move_says_nothing() -> None:
    made, there = fields(), moved(Rect(100, 50, LEFT.width, LEFT.height))
    made.stack(windows(there, t=200))
    made.told(told(150, FIELD))
    assert made.known_ns(1) is None


def test_a_window_of_another_size_has_to_be_asked_again() -> None:
    made, there = fields(), moved(Rect(0, 0, LEFT.width, LEFT.height - 1))
    made.stack(windows(there, t=200))
    assert (made.known_ns(1), made.boxes(there)) == (None, (padded(FIELD),))


def test_a_window_that_is_gone_leaves_nothing_to_the_next_of_its_number() -> None:
    made = fields()
    made.stack(windows(window(2), t=200))
    made.stack(windows(t=300))
    assert (made.known_ns(1), made.boxes(window(1))) == (None, ())


def test_an_answer_about_a_window_that_is_not_there_is_ignored() -> None:
    made = fields()
    made.told(told(200, FIELD, at=9))
    assert made.boxes(window(9)) == ()
