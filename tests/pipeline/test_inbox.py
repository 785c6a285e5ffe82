"""What the inbox does when it is full: it closes, counts, and still takes orders."""

import threading

from recorder.capture.backends.fake import MONITORS, FakeGrabber
from recorder.model.raw import Fault, RawFault, RawFrame
from recorder.pipeline.inbox import Inbox
from tests.pipeline.rig import balanced, bench, click, key, move, shown, until, windows
from tests.recorded import RecordedHome


def drained(inbox: Inbox) -> list[object]:
    found: list[object] = []
    while (item := inbox.get(0)) is not None:
        found.append(item)
    return found


def test_full_means_closed_from_that_event_on() -> None:
    inbox = Inbox(capacity=2)
    first, second, third = move(1), move(2), move(3)
    assert inbox.put(first)
    assert inbox.put(second)
    assert not inbox.put(third)
    assert drained(inbox) == [first, second]

    # There would be room again, but what came in between is missing.
    assert not inbox.put(move(4))
    assert inbox.empty()
    assert inbox.overflowed.is_set()


def test_what_is_lost_is_counted_by_kind() -> None:
    inbox = Inbox(capacity=0)
    for item in (move(), move(), click(), key(), windows(), RawFault(t_ns=1, fault=Fault.INPUT_LOST)):
        inbox.put(item)

    assert inbox.reopen() == {"pointermove": 2, "button": 1, "key": 1}


def test_reopening_takes_events_again_and_forgets_the_count() -> None:
    inbox = Inbox(capacity=1)
    inbox.put(move())
    inbox.put(move())
    drained(inbox)
    inbox.reopen()

    assert inbox.put(move())
    assert inbox.reopen() == {}


def test_commands_always_find_room() -> None:
    inbox = Inbox(capacity=0)
    inbox.put(move())
    done: list[int] = []

    command = inbox.command(done.append)

    assert drained(inbox) == [command]
    assert inbox.overflowed.is_set()


def test_no_event_slips_in_between_a_lost_one_and_the_closing() -> None:
    """Many threads put while one takes: after the first loss nothing of any thread is in the queue."""
    inbox = Inbox(capacity=50)
    results: list[list[bool]] = [[] for _ in range(4)]
    taken = [0]
    stop = threading.Event()

    def put(into: list[bool]) -> None:
        for number in range(3000):
            into.append(inbox.put(move(number)))

    def take() -> None:
        while not stop.is_set() or not inbox.empty():
            taken[0] += inbox.get(0.001) is not None

    taker = threading.Thread(target=take)
    putters = [threading.Thread(target=put, args=(into,)) for into in results]
    for thread in (taker, *putters):
        thread.start()
    for thread in putters:
        thread.join()
    stop.set()
    taker.join()

    for answers in results:
        assert answers == sorted(answers, reverse=True)  # once refused, always refused
    accepted = sum(map(sum, results))
    assert taken[0] == accepted
    assert inbox.reopen().get("pointermove", 0) == 4 * 3000 - accepted


def test_after_an_overflow_the_books_balance_and_windows_are_read_anew(home: RecordedHome) -> None:
    made = bench(home, capacity=20)
    made.inbox.put(windows())
    for number in range(40):
        made.inbox.put(move(number))
    made.inbox.put(shown_frame())
    made.worker.start()
    until(made.inbox.empty)
    lost = made.inbox.reopen()
    made.inbox.command(lambda t_ns: made.worker.overflow(t_ns, lost)).done.wait(5)

    # No stack has been told since: nobody knows whose window it is.
    made.inbox.put(click())
    made.inbox.put(click(pressed=False))
    made.inbox.put(windows(generation=2))
    made.inbox.put(click())
    rows = made.finish()

    books = made.worker.counters()
    assert balanced(books)
    assert (books["pointermove"].seen, books["pointermove"].stored) == (40, 19)
    assert books["pointermove"].withheld == {"overflow": 21}
    assert books["frame"].withheld == {"overflow": 1}
    assert books["button"].withheld == {"window_unknown": 2}
    assert books["button"].stored == 1
    assert [row["channel"] for row in rows if row["reason"] == "overflow"] == ["all"]


def shown_frame() -> RawFrame:
    grabber = FakeGrabber([shown()], MONITORS)
    grabber.open()
    made = grabber.grab(lambda _: ())
    assert made is not None
    return made
