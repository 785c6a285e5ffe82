"""What became of the keys that are down: a keyup shares the fate of its keydown."""

from dataclasses import dataclass

from recorder.guard.typed import Down
from recorder.guard.typing import Run
from recorder.model.redacted import GapReason


@dataclass(frozen=True, slots=True)
class Stored:
    """A keydown that has a row of its own: its keyup gets one under the same name."""

    name: str


class Aggregated:
    """A keydown that is part of something else: a modifier."""


# A run may still be undecided when the key comes up.
Fate = Stored | Aggregated | Run | Down | GapReason


class Fates:
    """By keycode."""

    def __init__(self) -> None:
        self._fates: dict[int, Fate] = {}

    def note(self, keycode: int, fate: Fate) -> None:
        """The key went down."""
        self._fates[keycode] = fate

    def of(self, keycode: int) -> Fate | None:
        """What became of the key's last keydown, if it did not come up since."""
        return self._fates.get(keycode)

    def take(self, keycode: int) -> Fate:
        """The key came up. One that went down before anything was recorded went to nobody knows what."""
        return self._fates.pop(keycode, GapReason.FOCUS_UNKNOWN)

    def forget(self) -> None:
        """Which keys are down is not known any more."""
        self._fates.clear()
