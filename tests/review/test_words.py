"""Nothing on the page is a bare name: every reason, channel, kind and place has words."""

from recorder.export.report import CHANNELS as REPORTED
from recorder.model.redacted import Channel, EventKind, GapReason
from recorder.review.words import CHANNELS, KINDS, PLACES, REASONS, reason


def test_every_reason_channel_and_kind_has_words_of_its_own() -> None:
    assert set(REASONS) == set(GapReason)
    assert set(CHANNELS) == set(Channel)
    assert set(KINDS) == set(EventKind)
    for words in (REASONS, CHANNELS, KINDS):
        assert len(set(words.values())) == len(words)


def test_places_are_those_of_the_redaction_report() -> None:
    assert PLACES == REPORTED


def test_a_reason_that_nobody_knows_is_shown_as_it_is() -> None:
    assert reason("not_yet_made_up") == "not yet made up"
    assert reason("paused") == "you paused the recording"
