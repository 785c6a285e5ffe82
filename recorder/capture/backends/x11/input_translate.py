"""A core device event's numbers in, one `Raw*` value out: keys by the layout in force, buttons 4-7 as the wheel."""

from collections.abc import Callable, Iterable

from recorder.capture.backends.x11.keymap import EVDEV_OFFSET, Keymap
from recorder.model.raw import RawButton, RawKey, RawPointer, RawWheel

KEY_PRESS, KEY_RELEASE, BUTTON_PRESS, BUTTON_RELEASE, MOTION = 2, 3, 4, 5, 6
_NOTCHES = {4: (0.0, 1.0), 5: (0.0, -1.0), 6: (-1.0, 0.0), 7: (1.0, 0.0)}  # (dx, dy) of one press

RawInput = RawKey | RawPointer | RawButton | RawWheel


class Translator:
    """Holds the layout and which keys are down (`down`: X keycodes at the start), so that autorepeat is recognised.

    `keymap` may be replaced at any time. `injected` tells of a slave device's id (None: no device) whether a program is
    behind it.
    """

    def __init__(self, keymap: Keymap, injected: Callable[[int | None], bool], down: Iterable[int]) -> None:
        self.keymap = keymap
        self._injected = injected
        self._down = set(down)

    def read(
        self, t_ns: int, kind: int, detail: int, x: int, y: int, state: int, device: int | None
    ) -> RawInput | None:
        """None for the releases of wheel buttons: a notch is its press."""
        injected = self._injected(device)
        if kind == MOTION:
            return RawPointer(t_ns=t_ns, x=x, y=y, injected=injected)
        if kind in (KEY_PRESS, KEY_RELEASE):
            return self._key(t_ns, detail, state, pressed=kind == KEY_PRESS, injected=injected)
        mods, pressed = self.keymap.mods(state), kind == BUTTON_PRESS
        if detail not in _NOTCHES:
            return RawButton(t_ns=t_ns, x=x, y=y, button=detail, pressed=pressed, mods=mods, injected=injected)
        dx, dy = _NOTCHES[detail]
        return RawWheel(t_ns=t_ns, x=x, y=y, dx=dx, dy=dy, mods=mods, injected=injected) if pressed else None

    def _key(self, t_ns: int, keycode: int, state: int, *, pressed: bool, injected: bool) -> RawKey:
        repeat = pressed and keycode in self._down
        (self._down.add if pressed else self._down.discard)(keycode)
        keysym, text = self.keymap.read(keycode, state)
        return RawKey(
            t_ns=t_ns,
            keycode=keycode - EVDEV_OFFSET,
            keysym=keysym,
            text=text,
            pressed=pressed,
            mods=self.keymap.mods(state),
            injected=injected,
            repeat=repeat,
        )
