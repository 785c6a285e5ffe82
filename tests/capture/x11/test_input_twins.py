"""Two tellings with holes, never at the same place, make one without."""

from hypothesis import given
from hypothesis import strategies as st

from recorder.capture.backends.x11.input_twins import Content, Twins

# For each thing that happens: who fails to tell it. Neighbours may be alike in everything but their position.
misses = st.lists(st.tuples(st.sampled_from((None, None, None, 0, 1)), st.booleans()), max_size=60)


def happening(number: int) -> Content:
    return Content(stamp_ms=number // 3, kind=6, detail=0, x=number, y=0, state=0, device=4)


@given(misses)
def test_what_one_misses_the_other_tells(script: list[tuple[int | None, bool]]) -> None:
    twins, taken = Twins(), []
    for number, (silent, ends_a_round) in enumerate(script):
        for which in {0, 1} - {silent}:
            twins.told(which, happening(number))
        if ends_a_round:
            twins.round_done()
        taken += twins.take()
    for _ in range(3):
        twins.round_done()
        taken += twins.take()

    assert sorted(content.x for content in taken) == list(range(len(script)))
    assert twins.is_empty


@given(st.lists(st.sampled_from((None, None, None, 0, 1)), max_size=60))
def test_the_order_is_kept_within_what_is_read_together(script: list[int | None]) -> None:
    twins = Twins()
    for number, silent in enumerate(script):
        for which in {0, 1} - {silent}:
            twins.told(which, happening(number))
    # A hole right at a border between the two is filled in by either, before or after; anchors stand around it.
    kept = [number for number, silent in enumerate(script) if silent is None]
    taken = twins.take()
    for _ in range(3):
        twins.round_done()
        taken += twins.take()

    assert [content.x for content in taken if content.x in kept] == kept


def test_one_telling_alone_waits_until_it_is_certain() -> None:
    twins = Twins()
    twins.told(0, happening(1))

    assert twins.take() == []
    twins.round_done()
    assert twins.take() == []
    twins.round_done()
    assert [content.x for content in twins.take()] == [1]


def test_a_device_that_only_one_knows_is_known() -> None:
    twins = Twins()
    twins.told(0, happening(1)._replace(device=None))
    twins.told(1, happening(1))

    assert [content.device for content in twins.take()] == [4]


def test_a_content_does_not_show_itself() -> None:
    assert "24" not in repr(Content(1, 2, 24, 0, 0, 0, 5))
