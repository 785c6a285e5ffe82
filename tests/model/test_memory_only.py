"""A raw value can be read in this process, and leaves it by none of the usual doors."""

import copy
import dataclasses
import io
import json
import logging
import multiprocessing
import pickle
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.model import raw
from recorder.model.element import ElementRole
from recorder.model.geometry import Monitor, Rect
from recorder.model.memory_only import memory_only

SECRET = "hunter2-Zk9"
TIME = st.integers(0, 1 << 62)
PIXEL = st.integers(-(1 << 15), 1 << 15)
MODS = st.integers(0, 127).map(raw.Mods)
RECT = st.builds(Rect, PIXEL, PIXEL, st.integers(0, 4096), st.integers(0, 4096))
MONITOR = st.builds(Monitor, index=st.integers(0, 3), rect=RECT)

APP = st.builds(
    raw.RawApp,
    pid=st.none() | st.integers(1, 1 << 22),
    executable=st.just(f"/home/{SECRET}/bin"),
    wm_class=st.just(SECRET),
    wm_instance=st.just(SECRET),
    desktop_id=st.none() | st.just(SECRET),
)
WINDOW = st.builds(
    raw.RawWindow,
    window=st.integers(1),
    rect=RECT,
    app=st.none() | APP,
    title=st.just(SECRET),
    see_through=st.booleans(),
    own=st.booleans(),
    override_redirect=st.booleans(),
)
WINDOWS = st.builds(
    raw.RawWindows,
    t_ns=TIME,
    generation=st.integers(0),
    stack=st.lists(WINDOW, min_size=1, max_size=3).map(tuple),
    focused=st.none() | st.integers(1),
    monitors=st.tuples(MONITOR),
    composited=st.booleans(),
)
PATCH = st.builds(raw.RawPatch, rect=RECT, bgrx=st.sampled_from([SECRET.encode(), bytearray(SECRET.encode())]))
POSITION = {"t_ns": TIME, "x": PIXEL, "y": PIXEL, "mods": MODS, "injected": st.booleans()}

# One strategy for each raw type; `test_every_raw_type_is_tried` keeps the list complete.
STRATEGIES: dict[type, st.SearchStrategy[Any]] = {
    raw.RawKey: st.builds(
        raw.RawKey,
        t_ns=TIME,
        keycode=st.integers(0, 255),
        keysym=st.just(SECRET),
        text=st.just(SECRET),
        pressed=st.booleans(),
        mods=MODS,
        injected=st.booleans(),
    ),
    raw.RawPointer: st.builds(raw.RawPointer, t_ns=TIME, x=PIXEL, y=PIXEL, injected=st.booleans()),
    raw.RawButton: st.builds(raw.RawButton, button=st.integers(1, 9), pressed=st.booleans(), **POSITION),
    raw.RawWheel: st.builds(raw.RawWheel, dx=st.floats(-9, 9), dy=st.floats(-9, 9), **POSITION),
    raw.RawApp: APP,
    raw.RawWindow: WINDOW,
    raw.RawWindows: WINDOWS,
    raw.RawFocus: st.builds(
        raw.RawFocus,
        t_ns=TIME,
        window=st.none(),
        element=st.just(SECRET),
        role=st.sampled_from(raw.Role),
        rect=RECT,
        kind=st.none() | st.sampled_from(ElementRole),
        name=st.just(SECRET),
    ),
    raw.RawCaret: st.builds(raw.RawCaret, t_ns=TIME, element=st.just(SECRET), offset=st.integers(0)),
    raw.RawTarget: st.builds(
        raw.RawTarget,
        t_ns=TIME,
        pressed_ns=TIME,
        window=st.none(),
        kind=st.sampled_from(ElementRole),
        name=st.just(SECRET),
        rect=RECT,
    ),
    raw.RawDocument: st.builds(raw.RawDocument, t_ns=TIME, window=st.integers(1), url=st.just(SECRET)),
    raw.RawPrivacy: st.builds(raw.RawPrivacy, t_ns=TIME, window=st.integers(1), private=st.none() | st.booleans()),
    raw.RawFields: st.builds(raw.RawFields, t_ns=TIME, window=st.integers(1), rects=st.none() | st.tuples(RECT)),
    raw.RawSecret: st.builds(raw.RawSecret, t_ns=TIME, source=st.sampled_from(raw.SecretSource), active=st.booleans()),
    raw.RawFault: st.builds(raw.RawFault, t_ns=TIME, fault=st.sampled_from(raw.Fault), over=st.booleans()),
    raw.RawDamage: st.builds(raw.RawDamage, t_ns=TIME),
    raw.RawPatch: PATCH,
    raw.RawFrame: st.builds(
        raw.RawFrame,
        t_start_ns=TIME,
        t_end_ns=TIME,
        windows=WINDOWS,
        steady=st.booleans(),
        full=st.booleans(),
        live=st.booleans(),
        patches=st.tuples(PATCH),
    ),
}
RAW = st.one_of(*STRATEGIES.values())


def save_with_numpy(value: object) -> object:
    import numpy as np

    np.save(io.BytesIO(), np.array([value], dtype=object), allow_pickle=True)
    return None


def send_to_a_process(value: object) -> object:
    here, there = multiprocessing.Pipe()
    with here, there:
        here.send(value)
    return None


DOORS: dict[str, Callable[[Any], object]] = {
    "pickle": pickle.dumps,
    "pickle 0": lambda value: pickle.dumps(value, protocol=0),
    "pickle in a list": lambda value: pickle.dumps([value]),
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "deepcopy in a dict": lambda value: copy.deepcopy({"event": value}),
    "asdict": dataclasses.asdict,
    "astuple": dataclasses.astuple,
    "fields": dataclasses.fields,
    "replace": lambda value: dataclasses.replace(value, t_ns=0),
    "__replace__": lambda value: value.__replace__(t_ns=0),
    "__getstate__": lambda value: value.__getstate__(),
    "vars": vars,
    "json": json.dumps,
    "json in a list": lambda value: json.dumps([value]),
    "numpy": save_with_numpy,
    "another process": send_to_a_process,
}


def test_every_raw_type_is_tried() -> None:
    declared = {value for name, value in vars(raw).items() if name.startswith("Raw") and isinstance(value, type)}

    assert declared == set(STRATEGIES)


@pytest.mark.parametrize("door", DOORS)
@given(value=RAW)
def test_a_raw_value_is_refused_at_every_door_of_the_process(door: str, value: object) -> None:
    with pytest.raises((TypeError, AttributeError)) as caught:
        DOORS[door](value)

    assert SECRET not in str(caught.value)


@given(value=RAW)
def test_no_text_form_of_a_raw_value_shows_a_field(value: object) -> None:
    forms = [repr(value), str(value), format(value), f"{value}", f"{value!r:>40}", f"{value!s}", f"{value:>40}"]
    forms += [f"{value=}", f"{value} {value!r}", repr([value]), ascii(value), repr({"event": value})]

    assert all(type(value).__name__ in form and SECRET not in form for form in forms)


@given(value=RAW)
def test_json_with_a_default_sees_only_the_name_of_the_type(value: object) -> None:
    assert SECRET not in json.dumps(value, default=str)


@given(value=RAW)
def test_logging_and_tracebacks_show_only_the_name_of_the_type(value: object) -> None:
    record = logging.LogRecord("recorder", logging.ERROR, __file__, 1, "event %s %r", (value, value), None)
    try:
        raise ValueError(value)
    except ValueError as error:
        with_locals = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())

    assert SECRET not in record.getMessage()
    assert SECRET not in with_locals.replace(f'SECRET = "{SECRET}"', "")


@given(value=RAW)
def test_a_raw_value_can_be_read_but_neither_changed_nor_extended(value: Any) -> None:
    field = next(iter(type(value).__slots__))

    assert getattr(value, field) is getattr(value, field)
    with pytest.raises(AttributeError):
        setattr(value, field, None)
    with pytest.raises((AttributeError, TypeError)):
        value.note = "kept for later"


def test_matching_by_type_and_field_still_works() -> None:
    value: raw.RawEvent = raw.RawDamage(t_ns=5)

    match value:
        case raw.RawDamage(t_ns=t_ns):
            assert t_ns == 5
        case _:
            pytest.fail("did not match")


def test_the_refusal_names_the_type_and_no_value() -> None:
    @memory_only
    class Note:
        __slots__ = ("text",)

        def __init__(self, text: str) -> None:
            self.text = text

    with pytest.raises(TypeError, match=r"^Note lives in memory only$"):
        pickle.dumps(Note(SECRET))
