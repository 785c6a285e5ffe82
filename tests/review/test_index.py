"""The index of frames says in small numbers what the frames say."""

from itertools import accumulate

from recorder.review.index import index
from tests.recorded import RecordedHome, S, Story, home
from tests.review.looked import frame, held

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
