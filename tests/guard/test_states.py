"""The tables are total, and the ways that must not exist do not."""

from itertools import product

import pytest

from recorder.guard.states import GATE, KEYS, Deed, Gate, KeySignal, Signal, Typing


def test_every_state_has_an_answer_to_every_signal() -> None:
    assert set(GATE) == set(product(Gate, Signal))
    assert set(KEYS) == set(product(Typing, KeySignal))


@pytest.mark.parametrize("signal", Signal)
def test_nothing_reopens_a_closed_or_failed_gate(signal: Signal) -> None:
    assert GATE[Gate.CLOSED, signal] is Gate.CLOSED
    assert GATE[Gate.FAILED, signal] in (Gate.FAILED, Gate.CLOSED)


def test_the_gate_opens_only_by_resuming_or_when_the_last_fault_is_over() -> None:
    opens = {
        (state, signal) for (state, signal), after in GATE.items() if after is Gate.OPEN and state is not Gate.OPEN
    }

    assert opens == {(Gate.PAUSED, Signal.RESUME), (Gate.FAULTED, Signal.FAULTS_OVER)}


def test_every_bad_signal_closes_an_open_gate() -> None:
    for signal in (Signal.FAULT, Signal.PAUSE, Signal.FAIL, Signal.CLOSE):
        assert GATE[Gate.OPEN, signal] is not Gate.OPEN


def test_no_key_is_stored_or_counted_while_input_is_secret() -> None:
    for signal in (KeySignal.TEXT, KeySignal.MODIFIER, KeySignal.CHORD, KeySignal.ACTION):
        assert KEYS[Typing.SECRET, signal] == (Typing.SECRET, Deed.WITHHOLD)


def test_secret_input_is_left_only_by_word_that_it_is_over() -> None:
    leaves = {signal for (state, signal), (after, _) in KEYS.items() if state is Typing.SECRET is not after}

    assert leaves == {KeySignal.SECRET_OFF}


def test_secret_begins_from_every_state() -> None:
    for state in Typing:
        assert KEYS[state, KeySignal.SECRET_ON] == (Typing.SECRET, Deed.BEGIN_VISIT)
