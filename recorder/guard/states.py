"""Every state of the guard and every way from one to the next. All else in this package only acts out these tables.

The gate (is anything let through at all?)
- It starts open and is the only thing that can let an event through; every other state withholds everything.
- A fault closes it until the last fault is over. Pausing and faults are independent: both must end.
- `FAILED` (the guard's own code broke) and `CLOSED` (the recording ended) have no way back: a bug must never reopen it.

The keys (what becomes of a key in an allowed, focused window?)
- Text opens or extends a run, and only the run is ever stored. An action (shortcut, navigation) ends the run.
- A break (click, silence, focus or window change) ends the run too.
- Once input is secret nothing is stored but the visit itself, and what was typed just before is dropped with it.
- Leaving a secret field opens nothing: the next text key starts from nothing.

Both tables are total: a missing pair is a programming error and a test fails, it is never an open door.
"""

from enum import StrEnum


class Gate(StrEnum):
    """Whether anything may pass."""

    OPEN = "open"
    FAULTED = "faulted"
    PAUSED = "paused"
    PAUSED_FAULTED = "paused_faulted"
    FAILED = "failed"
    CLOSED = "closed"


class Signal(StrEnum):
    """What moves the gate."""

    FAULT = "fault"
    FAULTS_OVER = "faults_over"
    PAUSE = "pause"
    RESUME = "resume"
    FAIL = "fail"
    CLOSE = "close"


class Typing(StrEnum):
    """Where the keys of the focused window stand."""

    NOTHING = "nothing"
    RUN = "run"
    SECRET = "secret"


class KeySignal(StrEnum):
    """What moves the keys."""

    TEXT = "text"  # makes or edits text, or is not on any list
    MODIFIER = "modifier"  # Shift, AltGr and locks: part of what they modify
    CHORD = "chord"  # a bare Ctrl, Alt or Super
    ACTION = "action"  # a listed shortcut or a navigation key
    BREAK = "break"
    SECRET_ON = "secret_on"  # also: from one secret field into another
    SECRET_OFF = "secret_off"


class Deed(StrEnum):
    """What is done with it."""

    NOTHING = "nothing"
    OPEN_RUN = "open_run"
    EXTEND = "extend"
    CLOSE_RUN = "close_run"
    STORE = "store"
    CLOSE_AND_STORE = "close_and_store"
    AGGREGATE = "aggregate"
    WITHHOLD = "withhold"
    BEGIN_VISIT = "begin_visit"  # drops what is still held of the keys before
    END_VISIT = "end_visit"


GATE: dict[tuple[Gate, Signal], Gate] = {
    (Gate.OPEN, Signal.FAULT): Gate.FAULTED,
    (Gate.OPEN, Signal.FAULTS_OVER): Gate.OPEN,
    (Gate.OPEN, Signal.PAUSE): Gate.PAUSED,
    (Gate.OPEN, Signal.RESUME): Gate.OPEN,
    (Gate.OPEN, Signal.FAIL): Gate.FAILED,
    (Gate.OPEN, Signal.CLOSE): Gate.CLOSED,
    (Gate.FAULTED, Signal.FAULT): Gate.FAULTED,
    (Gate.FAULTED, Signal.FAULTS_OVER): Gate.OPEN,
    (Gate.FAULTED, Signal.PAUSE): Gate.PAUSED_FAULTED,
    (Gate.FAULTED, Signal.RESUME): Gate.FAULTED,
    (Gate.FAULTED, Signal.FAIL): Gate.FAILED,
    (Gate.FAULTED, Signal.CLOSE): Gate.CLOSED,
    (Gate.PAUSED, Signal.FAULT): Gate.PAUSED_FAULTED,
    (Gate.PAUSED, Signal.FAULTS_OVER): Gate.PAUSED,
    (Gate.PAUSED, Signal.PAUSE): Gate.PAUSED,
    (Gate.PAUSED, Signal.RESUME): Gate.OPEN,
    (Gate.PAUSED, Signal.FAIL): Gate.FAILED,
    (Gate.PAUSED, Signal.CLOSE): Gate.CLOSED,
    (Gate.PAUSED_FAULTED, Signal.FAULT): Gate.PAUSED_FAULTED,
    (Gate.PAUSED_FAULTED, Signal.FAULTS_OVER): Gate.PAUSED,
    (Gate.PAUSED_FAULTED, Signal.PAUSE): Gate.PAUSED_FAULTED,
    (Gate.PAUSED_FAULTED, Signal.RESUME): Gate.FAULTED,
    (Gate.PAUSED_FAULTED, Signal.FAIL): Gate.FAILED,
    (Gate.PAUSED_FAULTED, Signal.CLOSE): Gate.CLOSED,
    (Gate.FAILED, Signal.FAULT): Gate.FAILED,
    (Gate.FAILED, Signal.FAULTS_OVER): Gate.FAILED,
    (Gate.FAILED, Signal.PAUSE): Gate.FAILED,
    (Gate.FAILED, Signal.RESUME): Gate.FAILED,
    (Gate.FAILED, Signal.FAIL): Gate.FAILED,
    (Gate.FAILED, Signal.CLOSE): Gate.CLOSED,
    (Gate.CLOSED, Signal.FAULT): Gate.CLOSED,
    (Gate.CLOSED, Signal.FAULTS_OVER): Gate.CLOSED,
    (Gate.CLOSED, Signal.PAUSE): Gate.CLOSED,
    (Gate.CLOSED, Signal.RESUME): Gate.CLOSED,
    (Gate.CLOSED, Signal.FAIL): Gate.CLOSED,
    (Gate.CLOSED, Signal.CLOSE): Gate.CLOSED,
}

KEYS: dict[tuple[Typing, KeySignal], tuple[Typing, Deed]] = {
    (Typing.NOTHING, KeySignal.TEXT): (Typing.RUN, Deed.OPEN_RUN),
    (Typing.NOTHING, KeySignal.MODIFIER): (Typing.NOTHING, Deed.AGGREGATE),
    (Typing.NOTHING, KeySignal.CHORD): (Typing.NOTHING, Deed.STORE),
    (Typing.NOTHING, KeySignal.ACTION): (Typing.NOTHING, Deed.STORE),
    (Typing.NOTHING, KeySignal.BREAK): (Typing.NOTHING, Deed.NOTHING),
    (Typing.NOTHING, KeySignal.SECRET_ON): (Typing.SECRET, Deed.BEGIN_VISIT),
    (Typing.NOTHING, KeySignal.SECRET_OFF): (Typing.NOTHING, Deed.NOTHING),
    (Typing.RUN, KeySignal.TEXT): (Typing.RUN, Deed.EXTEND),
    (Typing.RUN, KeySignal.MODIFIER): (Typing.RUN, Deed.EXTEND),
    (Typing.RUN, KeySignal.CHORD): (Typing.RUN, Deed.STORE),
    (Typing.RUN, KeySignal.ACTION): (Typing.NOTHING, Deed.CLOSE_AND_STORE),
    (Typing.RUN, KeySignal.BREAK): (Typing.NOTHING, Deed.CLOSE_RUN),
    (Typing.RUN, KeySignal.SECRET_ON): (Typing.SECRET, Deed.BEGIN_VISIT),
    (Typing.RUN, KeySignal.SECRET_OFF): (Typing.RUN, Deed.NOTHING),
    (Typing.SECRET, KeySignal.TEXT): (Typing.SECRET, Deed.WITHHOLD),
    (Typing.SECRET, KeySignal.MODIFIER): (Typing.SECRET, Deed.WITHHOLD),
    (Typing.SECRET, KeySignal.CHORD): (Typing.SECRET, Deed.WITHHOLD),
    (Typing.SECRET, KeySignal.ACTION): (Typing.SECRET, Deed.WITHHOLD),
    (Typing.SECRET, KeySignal.BREAK): (Typing.SECRET, Deed.NOTHING),
    (Typing.SECRET, KeySignal.SECRET_ON): (Typing.SECRET, Deed.BEGIN_VISIT),
    (Typing.SECRET, KeySignal.SECRET_OFF): (Typing.NOTHING, Deed.END_VISIT),
}
