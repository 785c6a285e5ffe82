"""What was taken out is counted by rule and place, what was withheld by reason; never what it was."""

import dataclasses
import json
from collections.abc import Sequence

from recorder.model.redacted import Channel, EventKind, GapReason
from recorder.review.hidden import Hidden, hidden
from tests.recorded import RecordedHome, S, Story, event, gap, home
from tests.review.looked import held, taken_out

__all__ = ["home"]


def test_redactions_are_summed_by_rule_and_place(home: RecordedHome) -> None:
    extra = [
        taken_out(2 * S, "contexts", "window_title", "name"),
        taken_out(3 * S, "contexts", "window_title", "name", count=4),
        taken_out(4 * S, "events", "text", "email"),
    ]
    found = {(one.category, one.place, one.rule): (one.count, one.rows) for one in hidden_of(home, extra).taken_out}

    assert found == {
        ("text_region", "pictures", "mask_all/1"): (12, 6),
        ("name", "window titles", "text/1"): (5, 2),
        ("email", "typed text", "text/1"): (1, 1),
    }


def test_withheld_time_is_told_by_reason_and_channel_with_what_overlaps_once(home: RecordedHome) -> None:
    extra = [
        gap(10 * S, 14 * S, GapReason.SECRET_INPUT, Channel.KEYS),
        gap(12 * S, 16 * S, GapReason.SECRET_INPUT, Channel.KEYS),
        gap(12 * S, 13 * S, GapReason.SECRET_INPUT, Channel.FRAMES),
    ]
    found = {(one.reason, one.channel): (one.count, one.us) for one in hidden_of(home, extra).withheld}

    assert found["secret_input", "keys"] == (2, 6 * S)
    assert found["secret_input", "frames"] == (1, S)
    assert found["app_not_allowed", "all"] == (2, 200_000)


def test_secrets_are_counted_and_nothing_is_said_of_them(home: RecordedHome) -> None:
    extra = [event(7 * S, EventKind.SECRET_ENTRY, reason=GapReason.SECRET_INPUT, channel=Channel.KEYS)]
    found = hidden_of(home, extra)

    assert found.secret_entries == 1
    assert "notes" not in json.dumps(dataclasses.asdict(found))
    assert found.books["pointermove"]["withheld"] == {"app_not_allowed": 10}


def hidden_of(home: RecordedHome, extra: Sequence[tuple[int, object]]) -> Hidden:
    return hidden(held(home, Story(extra=list(extra))))
