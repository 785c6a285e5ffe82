"""Which text may have stood under a box: what can't be shown to be elsewhere does."""

from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from recorder.format.schema import arrow_schema
from recorder.model.geometry import Rect
from recorder.store.under import EVENTS, HEAD_BELOW, Texts, nearest, under

BOX = Rect(300, 300, 100, 50)
TOUCHES, BESIDE = Rect(390, 340, 20, 20), Rect(400, 300, 20, 20)
FAR = 1 << 62


def place(rect: Rect | None) -> dict[str, int] | None:
    return None if rect is None else {"x": rect.x, "y": rect.y, "width": rect.width, "height": rect.height}


def context(number: int, t_us: int, app: str | None = "Editor", title: str | None = "notes", **more: Any) -> Any:
    row = {"context_id": number, "t_us": t_us, "t_end_us": t_us, "app": app, "window_title": title}
    return row | {"url_host": None, "url_path": None, "window_rect": place(Rect(0, 0, 1000, 800)), "screen": 0} | more


def picture(number: int, t_us: int, t_end_us: int, apps: tuple[str, ...] | None = ("Editor",)) -> Any:
    return {"frame_id": number, "t_us": t_us, "t_end_us": t_end_us, "screen": 0, "apps": apps}


def typed(run: int, t_us: int, rect: Rect | None = None, context_id: int | None = 1) -> dict[str, Any]:
    return {"run": run, "t_us": t_us, "t_end_us": t_us + 5, "context_id": context_id, "target_rect": place(rect)}


def clicked(t_us: int, rect: Rect | None) -> dict[str, Any]:
    return {"t_us": t_us, "target_name": "Send", "target_rect": place(rect), "context_id": 1}


def found(
    events: list[dict[str, Any]], *, front: list[Any], pictures: list[Any], chosen: frozenset[int] = frozenset({2})
) -> Texts:
    table = pa.Table.from_pylist(
        [dict.fromkeys(EVENTS) | row | {"seq": seq} for seq, row in enumerate(events)],
        schema=arrow_schema("events", EVENTS),
    )
    filled = [(one["t_us"], one["t_end_us"]) for one in pictures if one["frame_id"] in chosen]
    return under(BOX, 1.0, pictures, chosen, front).texts(table, front, filled)


PICTURES = [picture(1, 100, 190), picture(2, 200, 290), picture(3, 300, 390)]


def test_a_clicked_element_that_touches_the_box_loses_its_name_and_one_beside_it_does_not() -> None:
    events = [clicked(210, TOUCHES), clicked(210, BESIDE), clicked(210, None)]

    assert found(events, front=[context(1, 0)], pictures=PICTURES).names == {0, 2}


def test_a_name_counts_from_the_end_of_the_picture_before_to_the_beginning_of_the_next() -> None:
    events = [clicked(t_us, TOUCHES) for t_us in (189, 190, 200, 300, 301)]

    assert found(events, front=[context(1, 0)], pictures=PICTURES).names == {1, 2, 3}


def test_what_was_typed_before_the_picture_still_stands_in_it() -> None:
    events = [typed(1, 10, TOUCHES), typed(2, 10, BESIDE), typed(3, 10), typed(4, 301, TOUCHES)]

    assert found(events, front=[context(1, 0)], pictures=PICTURES).runs == {1, 3}


def test_another_app_in_between_ends_what_is_taken_unless_the_window_looks_the_same() -> None:
    front = [
        context(1, 0, title="diary"),
        context(2, 20, title="notes"),
        context(3, 50, app="Mail", title="inbox"),
        context(4, 90, title="notes"),
    ]
    events = [typed(1, 5, context_id=1), typed(2, 25, context_id=2), typed(3, 95, context_id=4)]

    assert found(events, front=front, pictures=PICTURES).runs == {2, 3}


def test_a_title_that_changes_while_the_app_stays_in_front_ends_nothing() -> None:
    front = [context(1, 0, title="notes"), context(2, 50, title="*notes")]

    assert found([typed(1, 5, context_id=1)], front=front, pictures=PICTURES).runs == {1}


def test_what_was_typed_into_an_app_that_is_not_visible_stays_and_unknown_may_be_visible() -> None:
    front = [context(1, 0, app="Mail"), context(2, 50)]
    events = [typed(1, 5, context_id=1)]

    assert found(events, front=front, pictures=PICTURES).runs == frozenset()
    unknown = [*PICTURES[:1], picture(2, 200, 290, apps=None), PICTURES[2]]
    assert found(events, front=front, pictures=unknown).runs == {1}
    behind = [*PICTURES[:1], picture(2, 200, 290, apps=("Editor", "Mail")), PICTURES[2]]
    assert found(events, front=front, pictures=behind).runs == {1}


def test_without_the_names_of_apps_everything_may_be_under_it() -> None:
    front = [context(1, 0, app=None, title=None), context(2, 50, app=None, title=None)]

    assert found([typed(1, 5, context_id=1)], front=front, pictures=PICTURES).runs == {1}


def test_typing_of_which_nobody_knows_the_window_is_taken_if_it_meets_the_pictures() -> None:
    events = [typed(1, 210, context_id=None), typed(2, 10, context_id=None), typed(3, 301, context_id=None)]

    assert found(events, front=[context(1, 0)], pictures=PICTURES).runs == {1}


def test_a_run_whose_rows_name_one_place_is_there() -> None:
    events = [typed(1, 10, BESIDE), typed(1, 11), typed(2, 12), typed(2, 13, TOUCHES)]

    assert found(events, front=[context(1, 0)], pictures=PICTURES).runs == {2}


def test_a_title_goes_where_the_box_touches_the_head_of_its_window_or_nobody_knows_where_that_is() -> None:
    low, high = Rect(0, BOX.y - HEAD_BELOW, 1000, 500), Rect(0, BOX.y - HEAD_BELOW + 1, 1000, 500)

    def titles(rect: Rect | None) -> frozenset[int]:
        front = [context(1, 0, window_rect=place(rect)), context(2, 299, window_rect=place(rect))]
        return found([], front=front, pictures=PICTURES).titles

    assert titles(low) == frozenset()
    assert titles(high) == {1}
    assert titles(None) == {1}


def test_the_span_holds_all_rows_that_change() -> None:
    events = [typed(1, 10, TOUCHES), clicked(210, TOUCHES)]

    assert found(events, front=[context(1, 0)], pictures=PICTURES).span == (10, 291)


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 10)), min_size=1, max_size=8),
    st.sets(st.integers(0, 7)),
    st.integers(0, 80),
)
def test_a_moment_is_near_to_a_chosen_picture_whenever_the_screen_looked_like_it(
    raw: list[tuple[int, int]], chosen: set[int], t_us: int
) -> None:
    pictures = [picture(n, start, start + length) for n, (start, length) in enumerate(sorted(raw))]
    spans = nearest(pictures, frozenset(chosen))

    shows = any(row["t_us"] <= t_us <= row["t_end_us"] for row in pictures if row["frame_id"] in chosen)
    assert not shows or any(first <= t_us <= last for first, last in spans.values())
