"""The judge of typed text sees leaks that are made on purpose, however they are hidden."""

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from itertools import groupby

import pytest

from recorder.model.raw import RawKey
from recorder.model.redacted import EventKind, KeyClass, RedactedEvent
from recorder.model.seals.guard import SEAL
from tests.guard.keyfuzz.drive import Row
from tests.guard.keyfuzz.hands import Meant, Truth, keys
from tests.guard.keyfuzz.judge import Verdict, judge
from tests.guard.keyfuzz.person import Stream, stream_of

Hidden = Callable[[Truth], bool]
Typed = tuple[RawKey, Truth]


def honest(truth: Truth) -> bool:
    return truth.sensitive


def nothing(_: Truth) -> bool:
    return False


def typed(stream: Stream) -> list[list[Typed]]:
    """The key events of each element but password fields, without navigation."""
    runs: dict[str, list[Typed]] = defaultdict(list)
    for raw, truth in keys(stream.happenings):
        if truth.meant is Meant.VALUE or truth.meant is Meant.PROSE:
            runs[truth.where].append((raw, truth))
    return list(runs.values())


def rows_of(stream: Stream, hidden: Hidden = honest) -> list[Row]:
    """One row per key event, at the very end; what is hidden at even distances."""
    made: list[RedactedEvent] = []
    for number, run in enumerate(typed(stream)):
        for is_hidden, stretch in groupby(run, key=lambda one: hidden(one[1])):
            some = list(stretch)
            made += _masked(number, some) if is_hidden else [shown(number, raw) for raw, _ in some]
    return [Row(stream.end_us, row) for row in made]


def shown(run: int, raw: RawKey) -> RedactedEvent:
    return key_row(run, raw.t_ns // 1000, KeyClass.LETTER, raw.text, raw.pressed)


def key_row(run: int, t_us: int, kind: KeyClass, char: str | None, pressed: bool) -> RedactedEvent:
    return RedactedEvent(t_us=t_us, kind=EventKind.KEY, key_class=kind, char=char, pressed=pressed, run=run, seal=SEAL)


def text_row(text: str) -> Row:
    return Row(0, RedactedEvent(t_us=0, t_end_us=0, kind=EventKind.TEXT_RUN, run=0, text=text, seal=SEAL))


def _masked(run: int, stretch: list[Typed]) -> list[RedactedEvent]:
    first = stretch[0][0].t_ns // 100_000_000 * 100_000
    last = max(first, stretch[-1][0].t_ns // 100_000_000 * 100_000)
    steps = max(1, len(stretch) - 1)
    return [
        key_row(run, (first + (last - first) * at // steps) // 100_000 * 100_000, KeyClass.MASKED, None, raw.pressed)
        for at, (raw, _) in enumerate(stretch)
    ]


def edited(rows: list[Row], change: Callable[[int, RedactedEvent], RedactedEvent]) -> list[Row]:
    """The rows, each key row changed."""
    return [
        Row(out_us, change(at, row)) if isinstance(row, RedactedEvent) else Row(out_us, row)
        for at, (out_us, row) in enumerate(rows)
    ]


STREAM = stream_of(7)
HIDDEN_TYPED = [one for run in typed(STREAM) for one in run if one[1].meant is Meant.VALUE]


def verdict_of(rows: list[Row]) -> Verdict:
    return judge(STREAM, rows)


def test_what_hides_every_value_and_nothing_else_is_found_without_fault() -> None:
    found = verdict_of(rows_of(STREAM))

    assert (found.leaked, found.leaks, found.secret_shown) == (0, [], 0)
    assert (found.unexplained, found.named, found.rhythmic) == (0, 0, 0)
    assert found.kept_share == 1
    assert found.stretches > 5
    assert found.sensitive > 200


def test_rows_of_unmasked_keys_are_a_leak_of_every_value() -> None:
    found = verdict_of(rows_of(STREAM, nothing))

    assert found.leaked == found.sensitive
    assert len(found.broken) == found.values
    assert len(found.broken_structured) == found.structured > 0


def test_coarse_times_do_not_hide_a_leak() -> None:
    coarse = edited(rows_of(STREAM, nothing), lambda _, row: replace_row(row, t_us=row.t_us // 100_000 * 100_000))
    found = verdict_of(coarse)

    assert found.leaked > 0.95 * found.sensitive
    assert len(found.broken) == found.values


def test_coarse_times_beside_a_value_are_no_leak() -> None:
    """Neighbours of what is masked lose their time: the count of rows still tells which events they are."""
    rows = rows_of(STREAM)
    near = {at + by for at, (_, row) in enumerate(rows) if masked(row) for by in (-2, -1, 1, 2)}
    found = verdict_of(
        edited(rows, lambda at, row: replace_row(row, t_us=row.t_us // 100_000 * 100_000) if at in near else row)
    )

    assert (found.leaked, found.unexplained) == (0, 0)


def test_a_mask_that_is_one_key_off_is_a_leak() -> None:
    rows = rows_of(STREAM)
    flags = [masked(row) for _, row in rows]
    flat = [Row(STREAM.end_us, shown(number, raw)) for number, run in enumerate(typed(STREAM)) for raw, _ in run]
    off = [
        Row(row.out_us, replace_row(row.row, key_class=KeyClass.MASKED, char=None)) if flag else row
        for row, flag in zip(flat, [*flags[2:], False, False], strict=True)
        if isinstance(row.row, RedactedEvent)
    ]
    found = verdict_of(off)

    assert found.leaked >= len({truth.value.number for _, truth in HIDDEN_TYPED if truth.value})


def test_characters_of_values_in_another_order_are_no_hiding_place() -> None:
    chars = [raw.text for raw, _ in HIDDEN_TYPED if raw.pressed and raw.text and raw.text.isalnum()]
    random.Random(1).shuffle(chars)
    end = HIDDEN_TYPED[-1][0].t_ns // 1000
    lost = [Row(0, key_row(99, end + 5_000_000, KeyClass.LETTER, char, True)) for char in chars]
    found = verdict_of(rows_of(STREAM) + lost)

    assert found.leaked + found.unexplained > 0.5 * len(chars)


@pytest.mark.parametrize("written", [lambda text: text, lambda text: text[::-1], lambda text: " ".join(text)])
def test_a_text_that_has_a_value_in_it_is_a_leak_in_any_direction(written: Callable[[str], str]) -> None:
    value = next(value for value in STREAM.values if value.kind == "email" or value.structured)
    found = verdict_of([*rows_of(STREAM), text_row(f"see {written(value.text)} there")])

    assert max((leak.shown for leak in found.leaks if leak.value == value), default=0) >= 4


def test_digits_in_a_text_that_nobody_typed_as_prose_are_unexplained() -> None:
    digits = sorted(filter(str.isdigit, "".join(value.text for value in STREAM.values)))
    found = verdict_of([*rows_of(STREAM), text_row("".join(digits))])

    assert found.unexplained + found.leaked > 0.5 * len(digits)


def test_a_masked_row_that_names_its_key_or_its_time_is_told() -> None:
    at_event = rows_of(STREAM)
    first = HIDDEN_TYPED[0][0]

    assert verdict_of(edited(at_event, lambda _, row: replace_row(row, keycode=30))).named > 0
    exact = key_row(98, first.t_ns // 1000, KeyClass.MASKED, None, True)
    assert verdict_of([*at_event, Row(0, exact)]).named == 1


def test_a_row_outside_of_runs_that_names_a_letter_is_told() -> None:
    named = RedactedEvent(t_us=5, kind=EventKind.KEY, key="Q", pressed=True, seal=SEAL)

    assert verdict_of([*rows_of(STREAM), Row(0, named)]).named == 1


def test_masked_rows_with_the_rhythm_of_the_hands_are_told() -> None:
    raws = [raw for run in typed(STREAM) for raw, _ in run]
    found = verdict_of(edited(rows_of(STREAM), lambda at, row: replace_row(row, t_us=raws[at].t_ns // 1000 + 1)))

    assert found.rhythmic > 0.8 * found.stretches


def test_masked_rows_of_a_password_tell_its_length() -> None:
    stream, secret = next(
        (one, truth.value)
        for one in map(stream_of, range(50))
        for _, truth in keys(one.happenings)
        if truth.meant is Meant.SECRET
    )
    inside = [raw for raw, truth in keys(stream.happenings) if truth.value == secret]
    rows = [Row(0, key_row(97, raw.t_ns // 1_000 + 1, KeyClass.MASKED, None, raw.pressed)) for raw in inside]

    assert inside
    assert judge(stream, rows_of(stream)).secret_shown == 0
    assert judge(stream, rows_of(stream) + rows).secret_shown > 0


def masked(row: object) -> bool:
    return isinstance(row, RedactedEvent) and row.key_class is KeyClass.MASKED


def replace_row(row: RedactedEvent, **changed: object) -> RedactedEvent:
    return replace(row, **changed, seal=SEAL)  # type: ignore[arg-type]
