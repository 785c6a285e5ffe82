"""The index of frames says in small numbers what the frames say."""

from itertools import accumulate

from recorder.review.index import First, first, index
from tests.recorded import RecordedHome, S, Story, home
from tests.review.looked import frame, held, reader

__all__ = ["home"]


def test_an_index_unpacks_to_the_frames_it_was_made_of(home: RecordedHome) -> None:
    extra = [frame(70, 31 * S, screen=1, apps=None, filled=3), frame(71, 32 * S, apps=("Editor", "Browser"))]
    frames = held(home, Story(extra=extra)).frames
    found = index(frames)

    assert list(accumulate(found.ids)) == frames.frame_id.tolist()
    assert list(accumulate(found.times)) == frames.t_us.tolist()
    assert found.lasts[0] == 200_000
    at = frames.frame_id.tolist().index(70)
    assert (found.screen[at], found.apps[found.app[at]], found.redactions[at]) == (1, None, 3)
    assert found.apps[found.app[frames.frame_id.tolist().index(71)]] == ["Editor", "Browser"]
    assert found.sizes[found.size[at]] == (160, 90)
    assert found.triggers[found.trigger[0]] == "action_pre"


def test_without_pictures_the_index_is_empty(home: RecordedHome) -> None:
    found = index(held(home, Story(frames=0)).frames)

    assert (found.ids, found.times, found.sizes) == ([], [], [])


def test_the_first_frame_is_found_in_whichever_segment_it_is(home: RecordedHome) -> None:
    extra = [frame(9, 150 * S), frame(7, 140 * S, screen=1)]

    assert first(reader(home, Story(seconds=200, frames=0, extra=extra))) == First(7, 140 * S, 1)
    assert first(reader(home, Story(frames=0))) is None
