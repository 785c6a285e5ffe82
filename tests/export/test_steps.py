"""Steps: each action with the picture from before it and after it."""

from typing import Any

import pyarrow as pa
import pytest

from recorder.export.steps import derive
from recorder.format.schema import arrow_schema

S = 1_000_000


def _table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=pa.schema([f.with_nullable(True) for f in arrow_schema(name)]))


def _events(*rows: dict[str, Any]) -> pa.Table:
    return _table("events", [{"seq": number, **row} for number, row in enumerate(rows)])


def _key(t_us: int, **more: Any) -> dict[str, Any]:
    return {"t_us": t_us, "kind": "key", "key": "Return", "pressed": True, **more}


def _gap(start: int, end: int, channel: str = "all") -> dict[str, Any]:
    return {"t_us": start, "t_end_us": end, "kind": "gap", "channel": channel, "reason": "not_shared"}


def _frames(*spans: tuple[int, int, int, int]) -> pa.Table:
    rows = [{"frame_id": i, "t_us": t, "t_end_us": end, "screen": screen} for i, t, end, screen in spans]
    return _table("frames", rows)


def _contexts(*apps: tuple[int, int, str]) -> pa.Table:
    return _table("contexts", [{"context_id": i, "t_us": t, "app": app} for i, t, app in apps])


def _steps(events: pa.Table, contexts: pa.Table | None = None, frames: pa.Table | None = None) -> list[dict[str, Any]]:
    found = derive(events, contexts or _contexts(), frames if frames is not None else _frames())
    return list(found.to_pylist())


def test_a_step_names_the_frame_before_it_its_age_and_the_frame_after_it() -> None:
    events = _events(_key(5 * S, frame_id=1, frame_age_us=200), _key(6 * S))

    first, second = _steps(events, frames=_frames((0, 0, 1 * S, 0), (1, 2 * S, 5 * S - 200, 0), (2, 7 * S, 9 * S, 0)))
    assert (first["obs_frame_id"], first["obs_age_us"], first["next_frame_id"]) == (1, 200, 2)
    assert (second["obs_frame_id"], second["obs_age_us"], second["next_frame_id"]) == (1, S + 200, 2)


def test_the_frame_after_is_of_the_same_screen() -> None:
    frames = _frames((0, 0, S, 1), (1, 3 * S, 3 * S, 0), (2, 4 * S, 4 * S, 1))

    (step,) = _steps(_events(_key(2 * S, frame_id=0, frame_age_us=0)), frames=frames)
    assert step["next_frame_id"] == 2


def test_a_frame_that_was_deleted_is_replaced_by_the_one_before_it() -> None:
    (step,) = _steps(_events(_key(5 * S, frame_id=9, frame_age_us=0)), frames=_frames((3, S, 2 * S, 0)))

    assert (step["obs_frame_id"], step["obs_age_us"], step["next_frame_id"]) == (3, 3 * S, None)


def test_no_frame_is_no_frame() -> None:
    (step,) = _steps(_events(_key(5 * S)))

    assert (step["obs_frame_id"], step["obs_age_us"], step["next_frame_id"]) == (None, None, None)


def test_a_long_silence_is_a_wait() -> None:
    steps = _steps(_events(_key(0), _key(5 * S), _key(6 * S)))

    assert [s["action"] for s in steps] == ["press", "wait", "press", "press"]
    assert (steps[1]["t_start_us"], steps[1]["t_end_us"], steps[1]["first_seq"]) == (0, 5 * S, None)


def test_a_wait_never_covers_time_in_which_input_was_withheld() -> None:
    steps = _steps(_events(_key(0), _gap(3 * S, 8 * S), _key(20 * S)))

    waits = [(s["t_start_us"], s["t_end_us"]) for s in steps if s["action"] == "wait"]
    assert waits == [(0, 3 * S), (8 * S, 20 * S)]
    assert [s["action"] for s in _steps(_events(_key(0), _gap(0, 20 * S), _key(20 * S)))] == ["press", "press"]


def test_a_step_says_how_much_was_withheld_since_the_one_before() -> None:
    steps = _steps(_events(_key(S), _gap(2 * S, 5 * S), _gap(4 * S, 6 * S, "keys"), _key(7 * S), _key(8 * S)))

    assert [s["withheld_us"] for s in steps if s["action"] == "press"] == [0, 4 * S, 0]


def test_withheld_pictures_are_not_withheld_input() -> None:
    steps = _steps(_events(_key(0), _gap(0, 9 * S, "frames"), _key(10 * S)))

    assert [s["action"] for s in steps] == ["press", "wait", "press"]
    assert [s["withheld_us"] for s in steps] == [0, 0, 0]


def test_another_app_in_front_is_a_switch_and_a_new_title_is_none() -> None:
    contexts = _contexts((0, 0, "Editor"), (1, S, "Editor"), (2, 2 * S, "Browser"))
    events = _events(_key(500_000, context_id=0), _key(2_500_000, context_id=2))

    steps = _steps(events, contexts)
    assert [(s["action"], s["app"]) for s in steps] == [
        ("press", "Editor"),
        ("switch", "Browser"),
        ("press", "Browser"),
    ]


def test_typing_has_a_bucket_and_no_text() -> None:
    run = {"t_us": 0, "t_end_us": 2 * S, "kind": "text_run", "count_bucket": "9-16"}

    (step,) = _steps(_events(run))
    assert (step["action"], step["count_bucket"], step["text"], step["keys"]) == ("type", "9-16", None, None)


@pytest.mark.parametrize("name", ["events", "contexts", "frames"])
def test_nothing_gives_no_steps(name: str) -> None:
    assert _steps(_events()) == []


def _click(t_us: int, app: str | None) -> list[dict[str, Any]]:
    at = {"kind": "button", "button": 1, "x": 5, "y": 5, "context_id": 0, "app": app}
    return [{"t_us": t_us, "pressed": True, **at}, {"t_us": t_us + 1000, "pressed": False, **at}]


def test_a_click_is_of_the_app_under_the_pointer_and_not_of_the_one_in_front() -> None:
    wheel = {"t_us": 2 * S, "kind": "wheel", "scroll_dy": 1.0, "context_id": 0, "app": "Browser"}
    events = _events(*_click(0, "Browser"), wheel, _key(3 * S, context_id=0), *_click(4 * S, None))

    steps = _steps(events, _contexts((0, 0, "Editor")))
    assert [(s["action"], s["app"]) for s in steps] == [
        ("click", "Browser"),
        ("scroll", "Browser"),
        ("press", "Editor"),
        ("click", None),
    ]


def test_a_drag_is_of_the_app_that_it_began_in() -> None:
    press, release = _click(0, "Editor")
    (step,) = _steps(_events(press, {**release, "x": 500, "app": "Browser"}))

    assert (step["action"], step["app"]) == ("drag", "Editor")


def test_a_step_says_which_element_was_clicked() -> None:
    rect = {"x": 1, "y": 2, "width": 3, "height": 4}
    element = {"kind": "target", "t_us": 1_000_000, "target_role": "link", "target_name": "Help", "target_rect": rect}
    (step,) = _steps(_events(*_click(1_000_000, "Browser"), element))

    assert step["target"] == {"rect": rect, "role": "link", "name": "Help"}
