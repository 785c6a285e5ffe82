"""The report counts every channel and describes no secret."""

import dataclasses
import json
import typing

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.export.report import CHANNELS, SECRET_GRID_S, Report
from recorder.model.redacted import Channel, EventKind, GapReason
from recorder.model.tables import STORED, Col

EVENTS = pa.schema(
    {"kind": pa.string(), "channel": pa.string(), "reason": pa.string(), "t_us": pa.int64(), "t_end_us": pa.int64()}
)
REDACTIONS = pa.schema(
    {
        **dict.fromkeys(("target", "field", "category", "detector", "method"), pa.string()),
        "count": pa.int32(),
    }
)


def report(events: list[dict[str, object]] = [], redactions: list[dict[str, object]] = []) -> Report:  # noqa: B006
    made = Report()
    made.add(
        events=pa.Table.from_pylist(events, schema=EVENTS),
        redactions=pa.Table.from_pylist(redactions, schema=REDACTIONS),
        frames=1,
    )
    return made


def gap(reason: GapReason, length_us: int, channel: Channel = Channel.KEYS) -> dict[str, object]:
    return {"kind": "gap", "channel": channel, "reason": reason, "t_us": 5, "t_end_us": 5 + length_us}


def columns_that_are_masked() -> set[str]:
    """Every stored column that a detector decides about, by its own description, and the pictures."""
    found = {"frames.image", "events.key_class"}
    for table, row in STORED.items():
        for field in dataclasses.fields(row):
            for note in getattr(typing.get_type_hints(row, include_extras=True)[field.name], "__metadata__", ()):
                if (
                    isinstance(note, Col)
                    and note.redacted
                    and ("detector of the" in note.redacted or "sites" in note.redacted)
                ):
                    found.add(f"{table}.{field.name}")
    return found


def test_every_channel_that_something_is_taken_out_of_has_a_name() -> None:
    assert columns_that_are_masked() == set(CHANNELS)


@pytest.mark.parametrize("channel", CHANNELS)
def test_what_is_taken_out_of_a_channel_is_counted(channel: str) -> None:
    target, field = channel.split(".")
    row = {"target": target, "field": field, "category": "name", "detector": "x/1", "method": "solid", "count": 3}

    (taken,) = report(redactions=[row, row]).as_json()["taken_out"]

    assert taken == {"rule": "x/1", "category": "name", "channel": channel, "method": "solid", "count": 6}


@pytest.mark.parametrize("reason", GapReason)
@pytest.mark.parametrize("channel", Channel)
def test_gaps_of_every_reason_and_stream_are_counted(reason: GapReason, channel: Channel) -> None:
    (left_out,) = report([gap(reason, 60_000_000, channel)] * 2).as_json()["not_recorded"]

    assert left_out == {"channel": channel, "reason": reason, "times": 2, "seconds": 120.0}


@given(st.integers(1, 29_000_000), st.integers(1, 29_000_000))
def test_the_length_of_a_secret_can_not_be_told_from_the_report(one_us: int, other_us: int) -> None:
    one, other = (report([gap(GapReason.SECRET_INPUT, length)]).as_json() for length in (one_us, other_us))

    assert one == other
    assert one["not_recorded"][0]["seconds"] == SECRET_GRID_S


def test_visits_to_secret_fields_are_counted_and_nothing_else_of_them() -> None:
    visit = {"kind": EventKind.SECRET_ENTRY.value, "t_us": 7}

    told = report([visit, visit]).as_json()

    assert told["secret_entries"] == told["events"]["secret_entry"] == 2
    assert json.loads(json.dumps(told)) == told


def test_nothing_is_nothing() -> None:
    told = report().as_json()

    assert (told["taken_out"], told["not_recorded"], told["secret_entries"]) == ([], [], 0)
