"""A sealed value is made with its own gate's stamp or not at all: no look-alike, no other gate's, no copy."""

import copy
import pickle
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from unittest.mock import ANY

import pytest

from recorder.model.consent import ConsentGrant
from recorder.model.redacted import (
    EventKind,
    FrameSeen,
    Redacted,
    RedactedContext,
    RedactedEvent,
    RedactedFrame,
    Redaction,
    RedactionMethod,
    Trigger,
)
from recorder.model.seals import consent, guard, review
from recorder.model.session import ReviewedSession

Make = Callable[[Any], object]


def an_event(seal: Any) -> RedactedEvent:
    return RedactedEvent(t_us=0, kind=EventKind.BUTTON, seal=seal)


def a_context(seal: Any) -> RedactedContext:
    return RedactedContext(
        context_id=1,
        t_us=0,
        app="Editor",
        window_title=None,
        url_host=None,
        url_path=None,
        window_rect=None,
        screen=0,
        source="fake",
        seal=seal,
    )


def a_frame(seal: Any, rgb: bytes = bytes(3)) -> RedactedFrame:
    return RedactedFrame(
        frame_id=1,
        t_us=0,
        screen=0,
        width=1,
        height=1,
        scale=1.0,
        trigger=Trigger.CONTEXT,
        context_id=None,
        n_redactions=0,
        masked_px=0,
        withheld_px=0,
        rgb=rgb,
        seal=seal,
    )


def a_redaction(seal: Any) -> Redaction:
    return Redaction(
        t_us=0,
        target="frames",
        ref_id=1,
        field="image",
        rect=None,
        category="text",
        detector="mask_all/1",
        method=RedactionMethod.SOLID,
        count=1,
        seal=seal,
    )


def a_grant(seal: Any) -> ConsentGrant:
    return ConsentGrant(
        study_id="self",
        consent_id="c",
        revision=1,
        record_sha256="",
        categories=frozenset(),
        purposes=frozenset(),
        blocked_apps=frozenset(),
        valid_until_ns=0,
        seal=seal,
    )


def a_reviewed_session(seal: Any) -> ReviewedSession:
    return ReviewedSession(session_id="s", approved_at_us=0, files={}, seal=seal)


SEALED: dict[Make, object] = {
    an_event: guard.SEAL,
    a_context: guard.SEAL,
    a_frame: guard.SEAL,
    lambda seal: FrameSeen(frame_id=1, t_us=0, seal=seal): guard.SEAL,
    a_redaction: guard.SEAL,
    a_grant: consent.SEAL,
    a_reviewed_session: review.SEAL,
}
SEALS = {"consent": consent, "guard": guard, "review": review}


def look_alikes(true: object) -> list[object]:
    """Everything that is not `true`: nothing, equal-to-anything, duck types, other instances, other gates' stamps."""
    wrong = [None, True, "", 0, object(), ANY, SimpleNamespace(), type(true), type(true)(), copy.copy(type(true)())]
    return wrong + [module.SEAL for module in SEALS.values() if module.SEAL is not true]


@pytest.mark.parametrize("make", SEALED)
def test_the_gates_own_stamp_makes_the_value(make: Make) -> None:
    make(SEALED[make])


@pytest.mark.parametrize("make", SEALED)
def test_a_look_alike_of_the_stamp_is_refused(make: Make) -> None:
    for seal in look_alikes(SEALED[make]):
        with pytest.raises(TypeError, match="gate alone"):
            make(seal)


def test_every_type_that_the_store_takes_is_sealed() -> None:
    made = {type(make(seal)) for make, seal in SEALED.items()}

    assert set(Redacted.__args__) <= made


@pytest.mark.parametrize("make", SEALED)
def test_a_sealed_value_is_not_rewritten_with_replace(make: Make) -> None:
    value: Any = make(SEALED[make])

    with pytest.raises((TypeError, ValueError)):
        replace(value)


@pytest.mark.parametrize("make", SEALED)
def test_a_sealed_value_does_not_carry_its_stamp_around(make: Make) -> None:
    value = make(SEALED[make])

    assert not hasattr(value, "seal")
    assert "Seal" not in repr(value)


@pytest.mark.parametrize("name", SEALS)
def test_a_stamp_that_went_through_pickle_or_copy_is_not_the_stamp(name: str) -> None:
    module = SEALS[name]

    for other in (pickle.loads(pickle.dumps(module.SEAL)), copy.deepcopy(module.SEAL)):
        with pytest.raises(TypeError, match=f"{name} gate alone"):
            module.check(other)


def test_a_frame_whose_bytes_do_not_fit_its_size_is_refused() -> None:
    with pytest.raises(ValueError, match="rgb"):
        a_frame(guard.SEAL, rgb=bytes(4))
