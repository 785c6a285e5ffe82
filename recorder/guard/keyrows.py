"""Rows about keys: a key and its moment in, what may be said of it out. What is said about time depends on the consent.

Where typing is told by runs alone, whatever stands beside one is as coarse as the run: to the second.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from recorder.guard.mint import SECOND_US, TENTH_US, Mint, ceil_to, floor_to
from recorder.guard.text import Masker
from recorder.guard.typed import Field, TypedRun
from recorder.guard.typing import Run
from recorder.model.consent import Category
from recorder.model.raw import RawKey
from recorder.model.redacted import EventKind, RedactedEvent

LONGEST = 128  # characters of an element's name


@dataclass(frozen=True, slots=True)
class Moment:
    """What a row says beside the event itself: context, its app, last frame and its age in µs."""

    context_id: int | None
    app: str | None
    frame_id: int | None
    frame_age_us: int | None


class KeyRows:
    """Makes them. `categories` is what the consent covers."""

    def __init__(self, mint: Mint, moment: Callable[[int], Moment], masker: Masker | None) -> None:
        self._mint, self._moment, self._masker = mint, moment, masker
        self.categories: frozenset[Category] = frozenset()

    def key(self, key: RawKey, name: str) -> RedactedEvent:
        """A key that is told by its name."""
        return RedactedEvent(
            kind=EventKind.KEY,
            pressed=key.pressed,
            key=name,
            keycode=key.keycode,
            mods=int(key.mods),
            **self._common(key, self._fine_us),
        )

    def paste(self, key: RawKey) -> RedactedEvent:
        """That something was pasted, never what."""
        grid_us = self._fine_us if Category.SHORTCUTS in self.categories else SECOND_US
        return RedactedEvent(kind=EventKind.PASTE, **self._common(key, grid_us))

    def secret_entry(self, t_ns: int) -> RedactedEvent:
        """That something secret was entered."""
        at = self._moment(t_ns)
        return self._mint.secret_entry(t_ns, at.context_id, at.app)

    def run(self, key: RawKey) -> Run:
        """A run that is kept by a count begins with the key."""
        at = self._moment(key.t_ns)
        return Run(
            first_ns=key.t_ns,
            last_ns=key.t_ns,
            context_id=at.context_id,
            app=at.app,
            frame_id=at.frame_id,
            # To the second like the run's own times: a finer age beside the frame's exact time would undo that.
            frame_age_us=_coarse(at.frame_age_us, SECOND_US),
            injected=key.injected,
        )

    def typed_run(self, key: RawKey, number: int, field: Field) -> TypedRun:
        """A run that is kept by its keys begins with the key."""
        at = self._moment(key.t_ns)
        told = Category.ACCESSIBILITY_TEXT in self.categories
        name = self._masker.mask(field.name[:LONGEST]).text if self._masker and field.name and told else None
        return TypedRun(
            run=number,
            field=field._replace(kind=field.kind if told else None, name=name, rect=field.rect if told else None),
            level=field.level,
            first_ns=key.t_ns,
            last_ns=key.t_ns,
            context_id=at.context_id,
            app=at.app,
            frame_id=at.frame_id,
            frame_age_us=_coarse(at.frame_age_us, SECOND_US),
            injected=key.injected,
        )

    @property
    def _fine_us(self) -> int:
        return 1 if Category.KEY_TIMING in self.categories else TENTH_US

    def _common(self, key: RawKey, grid_us: int) -> dict[str, Any]:
        at = self._moment(key.t_ns)
        return {
            "t_us": floor_to(self._mint.t_us(key.t_ns), grid_us),
            "injected": key.injected,
            "context_id": at.context_id,
            "app": at.app,
            "frame_id": at.frame_id,
            "frame_age_us": _coarse(at.frame_age_us, grid_us),
            "seal": self._mint.seal,
        }


def _coarse(age_us: int | None, grid_us: int) -> int | None:
    return None if age_us is None else ceil_to(age_us, grid_us)
