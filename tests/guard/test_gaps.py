"""Withheld stretches are few rows, and never finer than they need to be."""

from recorder.guard.gaps import Gaps
from recorder.guard.mint import Mint
from recorder.model.redacted import Channel, GapReason, Redacted
from tests.guard.scene import MS, events

WHY = GapReason.APP_NOT_ALLOWED


def test_withheld_things_within_a_second_are_one_gap() -> None:
    gaps, out = Gaps(Mint(0)), list[Redacted]()
    for t in (100, 900, 1700):
        gaps.withhold(Channel.POINTER, WHY, t * MS, out)
    gaps.tick(2700 * MS, out)
    assert out == []
    gaps.tick(2701 * MS, out)

    assert [(gap.t_us, gap.t_end_us) for gap in events(out)] == [(100_000, 1_700_000)]


def test_a_pause_of_more_than_a_second_makes_two() -> None:
    gaps, out = Gaps(Mint(0)), list[Redacted]()
    gaps.withhold(Channel.POINTER, WHY, 100 * MS, out)
    gaps.withhold(Channel.POINTER, WHY, 1200 * MS, out)
    gaps.close(1300 * MS, out)

    assert [(gap.t_us, gap.t_end_us) for gap in events(out)] == [(100_000, 100_000), (1_200_000, 1_200_000)]


def test_something_kept_ends_the_gaps_of_its_channel_only() -> None:
    gaps, out = Gaps(Mint(0)), list[Redacted]()
    gaps.withhold(Channel.POINTER, WHY, 1 * MS, out)
    gaps.withhold(Channel.FRAMES, WHY, 1 * MS, out)
    gaps.kept(Channel.POINTER, out)

    assert [gap.channel for gap in events(out)] == [Channel.POINTER]
    assert gaps.is_open(Channel.FRAMES)


def test_reasons_do_not_mix() -> None:
    gaps, out = Gaps(Mint(0)), list[Redacted]()
    gaps.withhold(Channel.POINTER, WHY, 1 * MS, out)
    gaps.withhold(Channel.POINTER, GapReason.WINDOW_UNKNOWN, 2 * MS, out)
    gaps.close(3 * MS, out)

    assert {gap.reason for gap in events(out)} == {WHY, GapReason.WINDOW_UNKNOWN}


def test_key_gaps_are_rounded_outwards_to_seconds() -> None:
    gaps, out = Gaps(Mint(0)), list[Redacted]()
    gaps.withhold(Channel.KEYS, WHY, 1234 * MS, out)
    gaps.withhold(Channel.KEYS, WHY, 1999 * MS, out)
    gaps.close(3000 * MS, out)

    assert [(gap.t_us, gap.t_end_us) for gap in events(out)] == [(1_000_000, 2_000_000)]


def test_a_choice_of_the_consent_is_no_gap() -> None:
    gaps, out = Gaps(Mint(0)), list[Redacted]()
    gaps.withhold(Channel.KEYS, GapReason.CATEGORY_OFF, 1, out)
    gaps.close(2, out)

    assert out == []


def test_a_lasting_gap_lasts_until_it_is_over() -> None:
    gaps, out = Gaps(Mint(0)), list[Redacted]()
    gaps.begin(GapReason.OVERFLOW, 1 * MS)
    gaps.begin(GapReason.OVERFLOW, 5 * MS)
    gaps.tick(9000 * MS, out)
    gaps.kept(Channel.ALL, out)
    assert out == []
    assert gaps.lasting is GapReason.OVERFLOW
    gaps.finish(GapReason.OVERFLOW, 9000 * MS, out)

    assert [(gap.t_us, gap.t_end_us, gap.channel) for gap in events(out)] == [(1000, 9_000_000, Channel.ALL)]
    assert gaps.lasting is None
