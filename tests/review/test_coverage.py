"""What counts as looked at, how it is counted, and that numbers nobody was shown count for nothing."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recorder.review.coverage import LOOKED_MS, Part, There, long_enough, look
from recorder.review.held import Held
from recorder.store import delete, staged
from recorder.store.numbers import Numbers
from recorder.store.seen import Seen
from recorder.store.selector import Selector, What
from recorder.store.session import SessionReader
from tests.recorded import RecordedHome, S, Story, home
from tests.review.looked import frame, held, reader, typed

__all__ = ["home"]


def _again(home: RecordedHome, one: SessionReader) -> There:
    return There(Held(SessionReader(home.path, one.session_id, home.unlocked)))


def test_a_picture_is_looked_at_when_it_was_shown_for_long_enough() -> None:
    assert list(long_enough([(1, LOOKED_MS - 1), (2, LOOKED_MS), (3, 10 * LOOKED_MS), (9, 0)])) == [2, 3]


def test_nothing_is_looked_at_at_first_and_every_picture_is_named(home: RecordedHome) -> None:
    found = There(held(home)).coverage()

    assert (found.frames, found.events.looked, found.texts) == (Part(0, 6), 0, Part(0, 0))
    assert found.unseen == (0, 1, 2, 3, 4, 5)
    assert not found.complete


def test_what_was_looked_at_adds_up_over_restarts(home: RecordedHome) -> None:
    one = reader(home)

    assert look(home.unlocked, There(Held(one)), Seen(Numbers([0, 1])))
    assert look(home.unlocked, _again(home, one), Seen(Numbers([1, 4]), Numbers([2])))
    assert not look(home.unlocked, _again(home, one), Seen(Numbers([0, 4])))
    found = _again(home, one).coverage()
    assert (found.frames, found.events.looked, found.unseen) == (Part(3, 6), 1, (2, 3, 5))


def test_numbers_that_the_session_does_not_show_count_for_nothing(home: RecordedHome) -> None:
    one = reader(home)

    assert not look(home.unlocked, There(Held(one)), Seen(Numbers([99, 2**40]), Numbers([10**9])))
    assert not (one.folder / "seen.json").exists()


def test_what_is_staged_is_no_part_of_it_until_it_is_undone(home: RecordedHome) -> None:
    one = reader(home)
    look(home.unlocked, There(Held(one)), Seen(Numbers([0, 2])))

    staged.stage(home.path, home.unlocked, Selector(what=What.FRAMES, session_id=one.session_id, frame_ids=(2, 3)))
    assert _again(home, one).coverage().frames == Part(1, 4)
    assert not look(home.unlocked, _again(home, one), Seen(Numbers([3])))
    staged.undo(home.path, home.unlocked)
    assert _again(home, one).coverage().frames == Part(2, 6)


def test_a_session_that_was_rewritten_meanwhile_is_left_as_it_is(home: RecordedHome) -> None:
    one = reader(home)
    there = There(Held(one))
    assert there.coverage().frames.there == 6
    delete.delete_frames(home.path, home.unlocked, one.session_id, [5])

    assert not look(home.unlocked, there, Seen(Numbers([0])))
    assert not _again(home, one).held.reader.seen()


def test_texts_are_counted_apart_and_one_line_of_a_list_stands_for_all_that_say_the_same(home: RecordedHome) -> None:
    extra = [typed(10 * S, "same words", run=1), typed(40 * S, "same words", run=2), typed(50 * S, "others", run=3)]
    one = reader(home, Story(extra=[*extra, typed(55 * S, None, run=4)]))
    there = There(Held(one))
    assert there.coverage().texts == Part(0, 3)

    assert len(there.holding("text", 10 * S)) == 2
    assert there.holding("text", 11 * S) == Numbers()
    assert there.holding("target_name", 10 * S) == Numbers()
    look(home.unlocked, there, Seen(events=there.holding("text", 10 * S)))
    assert _again(home, one).coverage().texts == Part(2, 3)


def test_it_is_complete_when_every_picture_and_every_text_was_looked_at(home: RecordedHome) -> None:
    one = reader(home, Story(extra=[typed(10 * S, "words")]))
    there = There(Held(one))
    look(home.unlocked, there, Seen(there.all.frames))
    assert not _again(home, one).coverage().complete

    look(home.unlocked, there, Seen(events=there.holding("text", 10 * S)))
    found = _again(home, one).coverage()
    assert found.complete
    assert found.events.looked == 1  # a pointer that moved needs no eye


def test_a_session_without_pictures_or_with_two_screens_is_counted_as_it_is(home: RecordedHome) -> None:
    assert There(held(home, Story(frames=0))).coverage().complete
    two = There(held(home, Story(frames=0, extra=[frame(0, 5 * S), frame(1, 5 * S, screen=1), frame(2, 2 * S)])))
    assert [(one.frame_id, one.screen) for one in two.coverage().pictures] == [(2, 0), (0, 0), (1, 1)]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(looks=st.lists(st.tuples(st.integers(0, 8), st.integers(0, 2 * LOOKED_MS)), max_size=12))
def test_what_is_counted_is_what_was_shown_long_enough_and_exists(
    home: RecordedHome, looks: list[tuple[int, int]]
) -> None:
    sessions = sorted((home.path / "sessions").iterdir())
    session_id = sessions[0].name if sessions else home.record()
    one = SessionReader(home.path, session_id, home.unlocked)
    (one.folder / "seen.json").unlink(missing_ok=True)

    look(home.unlocked, There(Held(one)), Seen(long_enough(looks)))
    expected = {number for number, ms in looks if ms >= LOOKED_MS and number < 6}
    found = _again(home, one).coverage()
    assert set(found.unseen) == set(range(6)) - expected
    assert found.frames == Part(len(expected), 6)
