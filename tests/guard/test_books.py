"""Seen is stored plus aggregated plus withheld, by reason."""

from recorder.guard.books import Books
from recorder.model.redacted import GapReason


def test_what_was_seen_and_never_booked_can_be_written_off() -> None:
    books = Books()
    books.seen("key")
    books.seen("key")
    books.stored("key")
    assert not books.tallies["key"].balances
    books.reconcile(GapReason.GUARD_ERROR)

    assert books.tallies["key"].balances
    assert books.tallies["key"].withheld == {"guard_error": 1}


def test_events_that_found_no_room_are_seen_and_withheld() -> None:
    books = Books()
    books.lost("wheel", 3)
    books.lost("something else", 9)

    assert books.tallies["wheel"].seen == 3
    assert books.tallies["wheel"].withheld == {"overflow": 3}
    assert all(tally.balances for tally in books.tallies.values())
