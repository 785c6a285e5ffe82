"""A synthetic person types values in every way that people type them: what shows of them, and what is left of the rest.

The seeds are fixed: `stream_of(seed)` makes the same stream again. benchmarks/redaction/keys.py prints the figures.
"""

import pytest

from recorder.model.policy import TextLevel
from recorder.model.redacted import EventKind, RedactedEvent
from tests.guard.keyfuzz.campaign import campaign
from tests.guard.keyfuzz.drive import play
from tests.guard.keyfuzz.judge import Verdict
from tests.guard.keyfuzz.person import stream_of

SHARE = range(12)
FULL_EVENTS = 150_000


@pytest.fixture(scope="module")
def share() -> Verdict:
    return campaign(SHARE)


def test_what_people_type_of_values_is_masked(share: Verdict) -> None:
    judged(share)

    assert share.sensitive > 5_000
    assert share.values == 120


def test_most_of_what_is_harmless_is_kept(share: Verdict) -> None:
    assert share.kept_share > 0.5
    assert share.hold_s(0.5) < 60


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_hundred_and_fifty_thousand_key_events() -> None:
    found = campaign(range(1_000, 9_000), at_least=FULL_EVENTS)

    judged(found)
    assert found.events >= FULL_EVENTS


def judged(found: Verdict) -> None:
    """The levels."""
    assert found.masked_share >= 0.999, found.by_habit
    assert found.broken_structured == []
    assert found.secret_shown == 0
    assert (found.unexplained, found.named, found.rhythmic) == (0, 0, 0)


def test_classes_alone_have_no_character_and_coarse_times() -> None:
    rows = [row for _, row in play(stream_of(3), TextLevel.CLASSES).rows if isinstance(row, RedactedEvent)]
    keys = [row for row in rows if row.kind is EventKind.KEY and row.run is not None]

    assert len(keys) > 100
    assert all(row.char is None and row.text is None and row.keycode is None for row in rows if row.run is not None)
    assert all(row.t_us % 100_000 == 0 for row in keys)
