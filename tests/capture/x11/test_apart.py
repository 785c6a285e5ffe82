"""The ledger of seeded pixmaps, against a server simulated pixel by pixel."""

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.capture.backends.x11.apart import YOUNG_NS, ApartLedger
from recorder.capture.backends.x11.painted import DOUBT_NS
from recorder.model.geometry import Rect

A, B = 1, 2
WIDE, SMALL = Rect(0, 0, 100, 100), Rect(20, 20, 30, 30)
OLD_NS = -YOUNG_NS  # mapped so long ago that at 0 a window is old enough


def test_a_window_that_was_there_is_read_once_it_is_old_enough() -> None:
    ledger = ApartLedger([(A, WIDE)], 0)

    assert ledger.suspect_in(A) == [WIDE]
    assert ledger.next_expiry_ns == YOUNG_NS
    assert ledger.expire(YOUNG_NS - 1) == []
    assert ledger.expire(YOUNG_NS) == [WIDE]
    assert ledger.suspect_in(A) == []


def test_being_covered_and_uncovered_takes_nothing_away() -> None:
    ledger = ApartLedger([(A, WIDE)], OLD_NS)
    ledger.expire(0)
    ledger.update([(A, WIDE), (B, SMALL)], 0)
    ledger.update([(B, SMALL), (A, WIDE)], 0)

    assert ledger.suspect_in(A) == []


def test_a_new_window_needs_both_its_age_and_its_own_drawing() -> None:
    ledger = ApartLedger([], 0)
    ledger.update([(A, WIDE)], 0)
    ledger.drawn(A, [WIDE], 1)
    assert ledger.suspect_in(A) == [WIDE]
    ledger.expire(YOUNG_NS)
    assert ledger.suspect_in(A) == []

    ledger.update([(A, WIDE), (B, SMALL)], YOUNG_NS)
    ledger.expire(2 * YOUNG_NS)

    assert ledger.suspect_in(B) == [SMALL]


def test_what_a_resize_copies_is_no_proof_and_what_is_drawn_later_is() -> None:
    ledger = ApartLedger([(A, SMALL)], OLD_NS)
    ledger.expire(0)

    assert ledger.update([(A, WIDE)], 0) == [A]
    ledger.drawn(A, [SMALL], 0)  # what the copying reported
    ledger.expire(YOUNG_NS)
    assert ledger.suspect_in(A) == [WIDE]
    ledger.drawn(A, [WIDE], YOUNG_NS)

    assert ledger.suspect_in(A) == []


def test_after_a_resize_the_first_drawing_of_a_part_counts_for_all_a_while_later() -> None:
    ledger = ApartLedger([(A, SMALL)], OLD_NS)
    ledger.update([(A, WIDE)], 0)
    ledger.drawn(A, [WIDE], 0)  # the application was quicker than we were
    ledger.drawn(A, [Rect(0, 0, 2, 10)], YOUNG_NS)  # its caret blinks

    ledger.expire(YOUNG_NS + DOUBT_NS - 1)
    assert ledger.suspect_in(A) != []
    ledger.expire(YOUNG_NS + DOUBT_NS)
    assert ledger.suspect_in(A) == []


def test_another_regime_trusts_nothing_until_it_is_drawn() -> None:
    ledger = ApartLedger([(A, WIDE)], OLD_NS)
    ledger.distrust()
    ledger.expire(0)
    assert ledger.suspect_in(A) == [WIDE]

    ledger.drawn(A, [SMALL], 0)
    ledger.expire(DOUBT_NS)

    assert ledger.suspect_in(A) == []


class Server:
    """One window whose pixmap is new at each map and resize; `own` says which of its pixels it drew itself."""

    def __init__(self) -> None:
        self.rect: Rect | None = None
        self.own: npt.NDArray[np.bool_] = np.zeros((0, 0), np.bool_)
        self.damage: list[Rect] = []
        self.events: list[Rect | None] = []
        self.ledger = ApartLedger([], OLD_NS)

    def place(self, rect: Rect | None) -> None:
        old, self.rect = self.rect, rect
        before, self.own = self.own, np.zeros((rect.height, rect.width) if rect else (0, 0), np.bool_)
        if rect is not None and old is not None and rect != old:
            # Copying is reported as damage, whatever it copies; a move alone keeps the pixmap.
            self.damage.append(Rect(rect.x, rect.y, min(rect.width, old.width), min(rect.height, old.height)))
        if rect is not None and old is not None:
            height, width = min(rect.height, old.height), min(rect.width, old.width)
            self.own[:height, :width] = before[:height, :width]
        if rect != old:
            self.events.append(rect)

    def draw(self, part: Rect) -> None:
        if self.rect is not None and (drawn := part.intersect(self.rect)):
            x, y = drawn.x - self.rect.x, drawn.y - self.rect.y
            self.own[y : y + drawn.height, x : x + drawn.width] = True
            self.damage.append(drawn)

    def look(self) -> None:
        """What the grabber does with the events, however late it is."""
        for rect in self.events:
            for window in self.ledger.update([] if rect is None else [(A, rect)], OLD_NS):
                self.ledger.drawn(window, self._take(), 0)
            if rect is None:
                self._take()
                (self.ledger.rested if self.rect is None else self.ledger.watched_late)(A)
        self.events.clear()
        self.ledger.drawn(A, self._take(), 0)
        self.ledger.expire(0)

    def read(self) -> npt.NDArray[np.bool_]:
        """Which of the pixels that may be read the window drew itself."""
        assert self.rect is not None
        trusted = np.ones_like(self.own)
        for bad in self.ledger.suspect_in(A):
            x, y = bad.x - self.rect.x, bad.y - self.rect.y
            trusted[max(0, y) : max(0, y + bad.height), max(0, x) : max(0, x + bad.width)] = False
        return self.own[trusted]

    def _take(self) -> list[Rect]:
        taken, self.damage = self.damage, []
        return taken


RECTS = st.builds(Rect, st.integers(0, 12), st.integers(0, 12), st.integers(1, 12), st.integers(1, 12))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("place"), st.one_of(st.none(), RECTS)),
        st.tuples(st.just("draw"), RECTS),
        st.tuples(st.just("look"), st.none()),
    ),
    max_size=25,
)


@settings(max_examples=400, deadline=None)
@given(steps=STEPS)
def test_whatever_happens_only_pixels_that_the_window_drew_are_read(steps: list[tuple[str, Rect | None]]) -> None:
    server = Server()
    for what, rect in steps:
        if what == "place":
            server.place(rect)
        elif what == "draw" and rect is not None:
            server.draw(rect)
        else:
            server.look()
            assert server.rect is None or server.read().all()
