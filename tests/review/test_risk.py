"""The order in which pictures deserve a look: every one once, each reason where it holds and nowhere else."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.model.redacted import EventKind
from recorder.review.material import material
from recorder.review.risk import NEAR_US, WORDS, Material, Picture, Risky, Why, rank
from tests.recorded import RecordedHome, S, Story, event, home
from tests.review.looked import frame, held, taken_out, typed

__all__ = ["home"]


def pictures(count: int = 3, **same: object) -> list[Picture]:
    """Ten seconds apart, one second long; the app is known and always the same."""
    made = Picture(frame_id=0, t_us=0, t_end_us=0, context_id=0, apps=frozenset({"Editor"}))
    return [
        replace(made, frame_id=n, t_us=10 * n * S, t_end_us=10 * n * S + S, **same)  # type: ignore[arg-type]
        for n in range(count)
    ]


def reasons(found: list[Risky]) -> dict[int, set[Why]]:
    return {one.frame_id: set(one.reasons) for one in found}


def _rank(pictures_: list[Picture], **more: object) -> dict[int, set[Why]]:
    return reasons(rank(Material(pictures=pictures_, windows={0: ("Editor", "notes")}, **more)))  # type: ignore[arg-type]


FIRST = {Why.FIRST_OF_APP, Why.NEW_WINDOW}


def test_the_first_picture_of_an_app_and_of_a_window_says_so() -> None:
    windows = {0: ("Editor", "notes"), 1: ("Browser", "start"), 2: ("Editor", "letter")}
    made = [replace(one, context_id=n % 3) for n, one in enumerate(pictures(6))]
    made[1] = replace(made[1], apps=frozenset({"Editor", "Browser"}))

    found = reasons(rank(Material(pictures=made, windows=windows)))
    assert found == {0: FIRST, 1: FIRST, 2: {Why.NEW_WINDOW}, 3: set(), 4: set(), 5: set()}


@pytest.mark.parametrize(
    ("name", "why"), [("typed", Why.TYPING), ("secrets", Why.SECRET), ("hidden_at", Why.HIDDEN_NEAR)]
)
@pytest.mark.parametrize(
    ("span", "near"),
    [
        ((10 * S, 10 * S), True),
        ((11 * S + NEAR_US, 30 * S), True),
        ((11 * S + NEAR_US + 1, 12 * S + NEAR_US), False),
        ((0, 10 * S - NEAR_US), True),
        ((2 * S, 10 * S - NEAR_US - 1), False),
        ((0, 100 * S), True),
    ],
)
def test_what_was_done_at_that_time_counts_for_a_picture(
    name: str, why: Why, span: tuple[int, int], near: bool
) -> None:
    found = _rank(pictures(), **{name: [(90 * S, 91 * S), span]})

    assert (why in found[1]) is near


def test_what_is_seen_in_the_picture_itself_counts() -> None:
    one, two, three = pictures()
    found = _rank([one, replace(two, words_show=True, withheld=True), replace(three, masked=False)])

    assert found == {0: FIRST, 1: {Why.WORDS_SHOW, Why.BESIDE}, 2: {Why.NOTHING_MASKED}}


def test_an_app_that_nobody_knows_is_a_reason_unless_it_is_so_everywhere() -> None:
    one, two, three = pictures()

    assert Why.UNKNOWN_APPS in _rank([one, replace(two, apps=None), three])[1]
    everywhere = _rank([replace(picture, apps=None) for picture in (one, two, three)])
    assert all(Why.UNKNOWN_APPS not in found for found in everywhere.values())


def test_a_window_of_whose_title_something_was_hidden_is_a_reason() -> None:
    found = _rank([replace(one, context_id=n) for n, one in enumerate(pictures())], hidden_in=frozenset({1}))

    assert [Why.HIDDEN_NEAR in found[n] for n in range(3)] == [False, True, False]


def test_the_weightiest_reason_comes_first_and_a_secret_outweighs_typing() -> None:
    found = rank(Material(pictures=pictures(4), windows={}, typed=[(10 * S, 31 * S)], secrets=[(30 * S, 31 * S)]))

    assert [one.frame_id for one in found] == [3, 1, 2, 0]
    assert found[0].reasons == (Why.SECRET, Why.TYPING)


def test_every_reason_has_words() -> None:
    assert set(WORDS) == set(Why)
    assert all(text and text[0].islower() and not text.endswith(".") for text in WORDS.values())


spans = st.lists(st.tuples(st.integers(0, 200 * S), st.integers(0, 20 * S)).map(lambda p: (p[0], p[0] + p[1])))


@given(data=st.data(), count=st.integers(0, 12), typed_at=spans, secret_at=spans)
def test_every_picture_stands_in_the_queue_once_and_each_reason_holds(
    data: st.DataObject, count: int, typed_at: list[tuple[int, int]], secret_at: list[tuple[int, int]]
) -> None:
    made = [
        replace(one, words_show=data.draw(st.booleans()), context_id=data.draw(st.sampled_from([None, 0, 1])))
        for one in pictures(count)
    ]
    windows = {0: ("Editor", "a"), 1: ("Editor", "b")}
    found = rank(Material(pictures=made, windows=windows, typed=typed_at, secrets=secret_at))

    assert sorted(one.frame_id for one in found) == [one.frame_id for one in made]
    assert [one.weight for one in found] == sorted((one.weight for one in found), reverse=True)
    known = {one.frame_id: one for one in made}
    for one in found:
        picture = known[one.frame_id]
        for why, list_ in ((Why.TYPING, typed_at), (Why.SECRET, secret_at)):
            near = any(a <= picture.t_end_us + NEAR_US and b >= picture.t_us - NEAR_US for a, b in list_)
            assert (why in one.reasons) is near
        assert (Why.WORDS_SHOW in one.reasons) is picture.words_show


# What the tables of a real session say


def test_a_sessions_tables_say_what_the_order_is_judged_by(home: RecordedHome) -> None:
    extra = [
        typed(12 * S, "words", run=7),
        taken_out(12 * S, "events", "text", "name", ref_id=7),
        taken_out(0, "contexts", "window_title", "email", ref_id=1),
        event(41 * S, EventKind.SECRET_ENTRY),
    ]
    found = material(held(home, Story(extra=extra)))

    assert [one.frame_id for one in found.pictures] == list(range(6))
    assert found.windows == {0: ("Editor", "notes"), 1: ("Browser", "start page")}
    assert found.hidden_in == {1}
    assert (12 * S, 13 * S) in found.hidden_at
    assert (12 * S, 13 * S) in found.typed
    assert (41 * S, 41 * S) in found.secrets
    assert all(one.masked and one.withheld and not one.words_show for one in found.pictures)


def test_a_picture_in_which_words_show_is_told_by_its_detector(home: RecordedHome) -> None:
    t_us, made = taken_out(5 * S, "frames", "image", "text_like", ref_id=1)
    words = replace_detector(made, "words/1 some-reader/1")
    story = Story(frames=0, extra=[frame(0, 2 * S), frame(1, 5 * S, filled=3), (t_us, words)])

    by_id = {one.frame_id: one for one in material(held(home, story)).pictures}
    assert (by_id[0].words_show, by_id[0].masked) == (False, False)
    assert (by_id[1].words_show, by_id[1].masked) == (True, True)


def replace_detector(redaction: object, detector: str) -> object:
    from recorder.model.seals.guard import SEAL

    return replace(redaction, detector=detector, seal=SEAL)  # type: ignore[type-var]
