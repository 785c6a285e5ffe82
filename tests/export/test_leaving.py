"""What leaves of a session: granted columns, dense numbers, nothing that tells of choices."""

import uuid
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from recorder.export.leaving import CHOICES, Tables, columns, exported_id, leaving, renumber
from recorder.export.steps import derive
from recorder.format.schema import arrow_schema
from recorder.model.consent import Category
from recorder.model.redacted import EventKind, GapReason
from recorder.model.tables import KEPT_HOME, KIND_NEEDS
from recorder.store.session import new_session_id

EVERYTHING = frozenset(Category)

_NUMBER = st.none() | st.integers(0, 12)
_EVENT = st.fixed_dictionaries(
    {
        "t_us": st.integers(0, 1000),
        "kind": st.sampled_from([kind.value for kind in EventKind]),
        "reason": st.none() | st.sampled_from([reason.value for reason in GapReason]),
        "context_id": _NUMBER,
        "frame_id": _NUMBER,
        "x": st.none() | st.integers(0, 9),
        "button": st.none() | st.just(1),
        "app": st.none() | st.sampled_from(["app 1", "app 2"]),
        "pressed": st.none() | st.booleans(),
    }
)


def _table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=pa.schema([f.with_nullable(True) for f in arrow_schema(name)]))


@st.composite
def _stored(draw: st.DrawFn) -> Tables:
    """Any tables with holes in their numbers, as deletions leave them; gaps of deletions may have none."""
    seqs = draw(
        st.lists(
            st.none() | st.integers(0, 99), max_size=15, unique_by=lambda seq: seq if seq is not None else object()
        )
    )
    events = [{"seq": seq, **draw(_EVENT)} for seq in seqs]
    ids = draw(st.lists(st.integers(0, 12), max_size=6, unique=True))
    shown = {"screen": 0, "trigger": "idle", "apps": ["app 1", "app 2"]}
    frames = [{"frame_id": i, "t_us": 10 * i, "t_end_us": 10 * i, **shown} for i in ids]
    contexts = [{"context_id": i, "t_us": 10 * i, "app": f"app {i}", "window_title": "t"} for i in ids]
    redactions = [{"target": "frames", "ref_id": i, "field": "image", "t_us": i, "count": 1} for i in range(0, 13, 3)]
    return Tables(
        events=_table("events", events),
        frames=_table("frames", frames),
        contexts=_table("contexts", contexts),
        redactions=_table("redactions", redactions),
    )


@given(_stored(), st.frozensets(st.sampled_from(list(Category))))
def test_whatever_was_deleted_numbers_have_no_holes_and_references_hold(
    stored: Tables, categories: frozenset[Category]
) -> None:
    kept = leaving(stored, categories)
    tables, steps = renumber(kept, derive(kept.events, kept.contexts, kept.frames))

    counts = {"seq": tables.events.num_rows, "frame_id": tables.frames.num_rows}
    assert tables.events["seq"].to_pylist() == list(range(counts["seq"]))
    assert sorted(tables.frames["frame_id"].to_pylist()) == list(range(counts["frame_id"]))
    for column in ("obs_frame_id", "next_frame_id"):
        assert all(number is None or 0 <= number < counts["frame_id"] for number in steps[column].to_pylist())
    for column in ("first_seq", "last_seq"):
        assert all(number is None or 0 <= number < counts["seq"] for number in steps[column].to_pylist())


@given(_stored(), st.frozensets(st.sampled_from(list(Category))))
def test_a_kind_or_column_that_is_not_granted_is_empty_and_a_choice_has_one_name(
    stored: Tables, categories: frozenset[Category]
) -> None:
    kept = leaving(stored, categories)

    for kind in kept.events["kind"].to_pylist():
        needs = KIND_NEEDS[EventKind(kind)]
        assert not needs or categories & set(needs)
        assert kind != "pause"
    assert not CHOICES & set(kept.events["reason"].to_pylist())
    if Category.SCREENSHOTS not in categories:
        assert kept.frames.num_rows == 0
        assert set(kept.events["frame_id"].to_pylist()) <= {None}
    if Category.APP_NAMES not in categories:
        steps = derive(kept.events, kept.contexts, kept.frames)
        for table, column in ((kept.events, "app"), (kept.contexts, "app"), (kept.frames, "apps"), (steps, "app")):
            assert set(table[column].to_pylist()) <= {None}
    if Category.WINDOW_TITLES not in categories:
        assert set(kept.contexts["window_title"].to_pylist()) <= {None}


def test_events_of_one_session_keep_their_order() -> None:
    rows = [{"seq": seq, "t_us": t, "kind": "wheel"} for seq, t in ((9, 90), (2, 20), (5, 50))]
    rows.append({"seq": None, "t_us": 60, "kind": "gap", "reason": "forgotten"})
    empty = {name: _table(name, []) for name in ("frames", "contexts", "redactions")}

    kept = leaving(Tables(events=_table("events", rows), **empty), EVERYTHING)
    assert kept.events["t_us"].to_pylist() == [20, 50, 60, 90]


def test_some_columns_never_leave_whatever_is_granted() -> None:
    for name in ("events", "frames", "contexts", "redactions", "steps", "sessions"):
        assert not KEPT_HOME & set(columns(name, EVERYTHING))
    assert "started_at_us" in arrow_schema("sessions").names


def test_an_exported_id_is_stable_and_holds_no_time() -> None:
    first, second = new_session_id(1_760_000_000_000_000), new_session_id(1_760_000_000_000_000)

    assert exported_id(first) == exported_id(first) != exported_id(second)
    assert uuid.UUID(exported_id(first)).version == 8
    assert exported_id(first)[:8] != exported_id(second)[:8]


def _typed_session() -> Tables:
    """A run that was deleted left a hole in the numbers; run 5 has its placeholder, two keys and its text."""
    common = {"run": 5, "context_id": 1, "app": "app 1"}
    events = [
        {"seq": 0, "t_us": 1_000_000, "kind": "text_held", **common},
        {"seq": 1, "t_us": 1_234_567, "kind": "key", "pressed": True, "key_class": "letter", "char": "h", **common},
        {"seq": 2, "t_us": 1_290_001, "kind": "key", "pressed": False, "key_class": "letter", **common},
        {"seq": 3, "t_us": 1_000_000, "t_end_us": 2_000_000, "kind": "text_run", "text": "h", **common},
        {"seq": 4, "t_us": 3_000_001, "kind": "key", "key": "Return", "pressed": True},
    ]
    taken = [{"target": "events", "ref_id": 5, "field": "char", "t_us": 1_000_000, "count": 1}]
    return Tables(
        events=_table("events", events),
        frames=_table("frames", []),
        contexts=_table("contexts", [{"context_id": 1, "t_us": 0, "app": "app 1"}]),
        redactions=_table("redactions", taken),
    )


def _leaves(without: set[Category]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    kept = leaving(_typed_session(), EVERYTHING - without)
    moved, _ = renumber(kept, derive(kept.events, kept.contexts, kept.frames))
    return moved.events.to_pylist(), moved.redactions.to_pylist()


def test_numbers_of_runs_are_dense_and_their_redactions_follow() -> None:
    events, redactions = _leaves(set())

    assert [row["run"] for row in events] == [0, 0, 0, 0, None]
    assert [row["ref_id"] for row in redactions] == [0]
    assert [row["t_us"] for row in events if row["kind"] == "key"] == [1_234_567, 1_290_001, 3_000_001]


def test_without_words_a_runs_keys_leave_as_classes_on_a_coarse_grid() -> None:
    events, _ = _leaves({Category.TEXT_CONTENT})

    typed = [row for row in events if row["kind"] == "key" and row["key"] is None]
    assert [(row["t_us"], row["char"], row["key_class"]) for row in typed] == [
        (1_200_000, None, "letter"),
        (1_200_000, None, "letter"),
    ]
    assert all(row["text"] is None for row in events)


def test_without_typing_no_key_of_a_run_leaves_and_shortcuts_do() -> None:
    events, _ = _leaves({Category.TEXT_CONTENT, Category.KEY_SHAPE})

    assert [(row["kind"], row["key"]) for row in events] == [("key", "Return")]
