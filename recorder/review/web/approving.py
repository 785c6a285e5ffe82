"""What was looked at, what deserves a look, and the decision: about what the page displayed, not about what is now."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from recorder.errors import PolicyError
from recorder.page.calls import Call, Number, Turn, Us
from recorder.review import coverage, decide
from recorder.review.coverage import Coverage, There
from recorder.review.material import material
from recorder.review.risk import WORDS, rank
from recorder.review.shelf import Shelf
from recorder.store.audit import Action
from recorder.store.numbers import Numbers
from recorder.store.seen import Seen
from recorder.store.session import SessionReader

Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Many = Meta(max_length=10_000)
_COLUMN = {"typed": "text", "element": "target_name"}


class LookedAt(msgspec.Struct, forbid_unknown_fields=True):
    """`shown`: what the page displays. `frames`: (frame_id, milliseconds that it was on the page). `events`: (first,
    last) seq of rows that were scrolled through, both ends included. `texts`: of the list of texts: kind, and where
    it first stands."""

    shown: Digest
    frames: Annotated[list[tuple[Number, Number]], Many] = []
    events: Annotated[list[tuple[Number, Number]], Many] = []
    texts: Annotated[list[tuple[Literal["typed", "element"], Us]], Many] = []


class Decision(msgspec.Struct, forbid_unknown_fields=True):
    """`shown`: what the page displays. `unlooked`: how many pictures the person was told that they did not look at."""

    shown: Digest
    unlooked: Number


class Approving:
    """What the calls share."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def approval(self, session_id: str) -> dict[str, Any]:
        held = self._shelf.held(session_id)
        state = {"state": held.reader.state.value, "shown": decide.shown(held.reader)}
        return state | summary(There(held).coverage())

    def coverage(self, session_id: str) -> dict[str, Any]:
        found = There(self._shelf.held(session_id)).coverage()
        return summary(found) | {
            "looked": [one.frame_id for one in found.pictures if one.looked],
            "unseen": found.unseen,
        }

    def look(self, session_id: str, body: LookedAt) -> dict[str, Any]:
        held = self._shelf.held(session_id)
        if body.shown == decide.shown(held.reader):  # else the numbers may mean something else than what was displayed
            there = There(held)
            rows = [Numbers.of_edges([first, last]) for first, last in body.events if first <= last]
            events = Numbers.union([*rows, *(there.holding(_COLUMN[kind], t_us) for kind, t_us in body.texts)])
            coverage.look(self._shelf.unlocked, there, Seen(coverage.long_enough(body.frames), events))
        return self.approval(session_id)

    def risk(self, session_id: str) -> dict[str, Any]:
        queue = [
            {"frame_id": one.frame_id, "t_us": one.t_us, "screen": one.screen, "reasons": one.reasons}
            for one in rank(material(self._shelf.held(session_id)))
        ]
        return {"queue": queue, "words": WORDS}

    def approve(self, session_id: str, body: Decision) -> dict[str, Any]:
        """With a reader of its own: it reads every byte, and the page goes on meanwhile."""
        unseen = len(There(self._shelf.held(session_id)).coverage().unseen)
        reader = SessionReader(self._shelf.home, session_id, self._shelf.unlocked)
        if unseen > body.unlooked:
            raise PolicyError(f"{unseen} pictures were not looked at", hint="look at them, or say that you know")
        made = decide.approve(self._shelf.unlocked, reader, as_shown=body.shown)
        self._shelf.note(Action.REVIEW_APPROVED, object_id=session_id)
        return {"state": reader.state.value, "files": len(made.files), "approved_at_us": made.approved_at_us}

    def keep(self, session_id: str) -> dict[str, Any]:
        reader = self._shelf.reader(session_id)
        decide.reject(self._shelf.unlocked, reader)
        self._shelf.note(Action.REVIEW_REJECTED, object_id=session_id)
        return {"state": reader.state.value}


def calls(shelf: Shelf) -> list[Call]:
    approving, here = Approving(shelf), "/api/sessions/{session_id}"
    return [
        Call(method="GET", path=f"{here}/approval", does="Where its review stands.", run=approving.approval),
        Call(method="GET", path=f"{here}/coverage", does="What was looked at.", run=approving.coverage),
        Call(method="POST", path=f"{here}/looked", does="This was looked at.", run=approving.look, body=LookedAt),
        Call(method="GET", path=f"{here}/risk", does="All pictures, risky ones first.", run=approving.risk),
        Call(
            method="POST",
            path=f"{here}/approve",
            does="Let exactly what was shown be exported.",
            run=approving.approve,
            body=Decision,
            turn=Turn.BESIDE,
        ),
        Call(method="POST", path=f"{here}/keep", does="Keep it here.", run=approving.keep, changes=True),
    ]


def summary(found: Coverage) -> dict[str, Any]:
    """Of each kind how many were looked at, and how many there are."""
    return {
        "frames": found.frames,
        "events": found.events,
        "texts": found.texts,
        "complete": found.complete,
    }
