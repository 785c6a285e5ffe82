"""What devices did goes exactly between the window events where it happened, whatever arrives when."""

from collections.abc import Callable
from enum import Enum

from hypothesis import given
from hypothesis import strategies as st

from recorder.capture.backends.x11.input_merge import Merger


class What(Enum):
    """A thing that happens on the server."""

    BOTH = "an ordinary event: told in line and as content"
    RAW_ONLY = "a push against the edge"
    CONTENT_ONLY = "a repeat, or a pointer moved by a program"
    WINDOW = "a window change"


class Sink:
    def __init__(self) -> None:
        self.got: list[tuple[int, bool | None]] = []  # number; placed (None: a window event)

    def on_content(self, payload: int, *, is_placed: bool) -> None:
        self.got.append((payload, is_placed))

    def on_window(self, event: int) -> bool:
        self.got.append((event, None))
        return True


def key(number: int) -> tuple[int, int, int]:
    """Two neighbours at a time share one: a fast pointer moves more than once in a millisecond."""
    return (6, number // 2, 0)


class Server:
    """Happenings go into two queues; what is read of each, and when, is the test's choice."""

    def __init__(self, script: list[What]) -> None:
        self.line: list[Callable[[Merger], None]] = []
        self.content: list[int] = []
        for number, what in enumerate(script):
            if what is What.WINDOW:
                self.line.append(lambda merger, n=number: merger.window(n))  # type: ignore[misc]
            elif what in (What.BOTH, What.RAW_ONLY):
                self.line.append(lambda merger, n=number: merger.raw(key(n)))  # type: ignore[misc]
            if what in (What.BOTH, What.CONTENT_ONLY):
                self.content.append(number)

    def read(self, merger: Merger, line: int, content: int) -> None:
        for tell in self.line[:line]:
            tell(merger)
        for number in self.content[:content]:
            merger.content(key(number), number)
        del self.line[:line], self.content[:content]

    def run_dry(self, merger: Merger) -> None:
        self.read(merger, len(self.line), len(self.content))
        for _ in range(6):
            merger.round_done()
            merger.resolve()


ordinary = st.lists(st.sampled_from((What.BOTH, What.BOTH, What.WINDOW)), max_size=40)
anything = st.lists(st.sampled_from(list(What)), max_size=40)
reads = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=20)


@given(ordinary, reads)
def test_ordinary_events_stand_exactly_where_they_happened(script: list[What], how: list[tuple[int, int]]) -> None:
    server, sink = Server(script), Sink()
    merger = Merger(sink)
    for line, content in how:
        server.read(merger, line, content)
        merger.resolve()
    server.run_dry(merger)

    assert [number for number, _ in sink.got] == list(range(len(script)))


@given(anything)
def test_nothing_is_lost_invented_or_swapped(script: list[What]) -> None:
    server, sink = Server(script), Sink()
    merger = Merger(sink)
    server.run_dry(merger)

    contents = [number for number, placed in sink.got if placed is not None]
    windows = [number for number, placed in sink.got if placed is None]
    assert contents == [n for n, what in enumerate(script) if what in (What.BOTH, What.CONTENT_ONLY)]
    assert windows == [n for n, what in enumerate(script) if what is What.WINDOW]


def test_a_lone_content_with_a_window_change_around_it_is_unplaced() -> None:
    server, sink = Server([What.BOTH, What.WINDOW, What.CONTENT_ONLY]), Sink()
    server.run_dry(Merger(sink))

    assert sink.got == [(0, True), (1, None), (2, False)]


def test_a_lone_content_between_ordinary_events_is_placed() -> None:
    script = [What.WINDOW, What.BOTH, What.BOTH, What.CONTENT_ONLY, What.CONTENT_ONLY, What.BOTH]
    server, sink = Server(script), Sink()
    server.run_dry(Merger(sink))

    assert sink.got[1:] == [(n, True) for n in range(1, 6)]


def test_a_mark_is_reached_after_everything_before_it() -> None:
    sink, reached = Sink(), []
    merger = Merger(sink)
    merger.raw(key(0))
    merger.mark(lambda: reached.append(list(sink.got)))

    assert not merger.resolve()
    merger.content(key(0), 0)
    for _ in range(6):
        merger.round_done()
        merger.resolve()
    assert reached == [[(0, True)]]
