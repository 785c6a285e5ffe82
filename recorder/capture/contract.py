"""What a platform has to provide: five small parts behind one `Backend`. Nothing here knows a platform.

Threads: the pipeline owns them all. A part is opened, run and closed by the thread that the docstring names; `close`
may be called from any thread, more than once, and makes a blocked `run` or `wait` return within 100 ms.
Errors: opening raises `PlatformError` with a hint; once running, a part never raises for what the platform does but
emits a `RawFault`. `emit` only enqueues: it never blocks and never raises.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from enum import StrEnum

from recorder.model.geometry import Monitor, Rect
from recorder.model.raw import RawApp, RawEvent, RawFrame, RawWindow, RawWindows

Emit = Callable[[RawEvent], None]
# From the windows around a grab to the rectangles that may be read: disjoint, inside the monitors. Empty: none may.
KeepPlan = Callable[[RawWindows], Sequence[Rect]]


class InputSource(ABC):
    """Keys, pointer, buttons, wheel, and the window changes between them, in one total order.

    `turned_ns` is when `run` last came round, whether or not there was anything to do: at least once a second. None
    before that, and where it can't be told.
    """

    turned_ns: int | None = None

    @abstractmethod
    def open(self) -> None:
        """Connect and start listening. The first value emitted by `run` is a `RawWindows`. Raises: PlatformError."""

    @abstractmethod
    def run(self, emit: Emit) -> None:
        """Deliver until `close`. A lost display ends it after a `RawFault(DISPLAY_LOST)`. Thread: input."""

    @abstractmethod
    def flush(self, timeout_s: float) -> bool:
        """Return once everything that happened before the call has been emitted; False on timeout. Any thread."""

    @abstractmethod
    def close(self) -> None:
        """Stop listening and drop the connection: pausing closes, it is not a flag."""


class Ask(StrEnum):
    """What accessibility may be asked for beyond what keeps secrets. What nobody asks for, no application is asked."""

    NAMES = "names"  # the focused element's label
    TARGETS = "targets"  # the element under the pointer at a press: `RawTarget`
    ADDRESSES = "addresses"  # `RawDocument`
    FIELDS = "fields"  # `RawFields`


class FocusOracle(ABC):
    """Which element has the keyboard and whether it is secret; terminals with echo off; locked screen.

    And what surrounds it: whether a browser's window is private, always; elements, fields and addresses when asked.
    `turned_ns`: as for `InputSource`.
    """

    turned_ns: int | None = None

    @abstractmethod
    def open(self) -> None:
        """Connect. Raises: PlatformError when the platform has no way to know now; the guard then trusts no text."""

    @abstractmethod
    def run(self, emit: Emit) -> None:
        """Emit `RawFocus` and `RawSecret` until `close`. Silent or broken services end in `Role.UNKNOWN`, never in the
        last good answer. Also run when `open` failed: it goes on trying to connect, and what needs no connection
        (terminals) is watched meanwhile. Thread: accessibility."""

    @abstractmethod
    def window_focused(self, window: int | None, app: RawApp | None) -> None:
        """Told by the pipeline on every change of the focused window. Only enqueues. Any thread."""

    def ask(self, asked: frozenset[Ask]) -> None:  # noqa: B027 - a platform that can't answer need not listen
        """What is of use from now on; nothing before the first call. Only enqueues. Any thread."""

    def pressed(self, t_ns: int, x: int, y: int, window: int | None) -> None:  # noqa: B027 - as above
        """Told on every press of a button, with the window on top there. Only enqueues. Any thread."""

    def windows_shown(self, windows: Sequence[RawWindow]) -> None:  # noqa: B027 - as above
        """Told on every change of the windows on the screen (title, focus, order): those whose applications may be
        asked anything, lowest first. No other application is ever asked about its windows. Only enqueues. Any thread.
        """

    def painted(self) -> None:  # noqa: B027 - as above
        """Told when a grab has found new pixels: what is known of fields and documents is older. Only enqueues. Any
        thread."""

    @abstractmethod
    def nudge(self) -> None:
        """Told on every keydown: look now whether input is secret (terminals). Only enqueues. Any thread."""

    @abstractmethod
    def close(self) -> None:
        """Disconnect."""


class Grabber(ABC):
    """Pixels of what may be kept, read between two looks at the window stack. Thread: frames (all but `close`)."""

    @abstractmethod
    def open(self) -> None:
        """Connect. Raises: PlatformError."""

    @abstractmethod
    def wait(self, timeout_s: float) -> int | None:
        """Block until the screen or the stack changes: the CLOCK_MONOTONIC ns of the first change since the last
        `grab`, None on timeout or close. Costs nothing while nothing changes."""

    def rest(self, timeout_s: float) -> None:
        """Let time pass between two grabs, whatever changes; use it instead of sleeping. A grabber that has to see
        window changes when they happen does so meanwhile. Returns early on close."""
        time.sleep(timeout_s)

    @abstractmethod
    def grab(self, plan: KeepPlan) -> RawFrame | None:
        """Read the windows, ask `plan` what may be kept, read only those pixels that changed since the last grab (all
        of them when the windows or the plan changed), read the windows again. None: the display can't be read now."""

    @abstractmethod
    def close(self) -> None:
        """Disconnect."""


class IndicatorState(StrEnum):
    """What the badge says. It never says recording while nothing is recorded, and never the reverse."""

    RECORDING = "recording"
    WITHHOLDING = "withholding"
    PAUSED = "paused"


class IndicatorSignal(StrEnum):
    """What comes back from the badge."""

    TOGGLE_PAUSE = "toggle_pause"  # clicked, or the global hotkey
    GONE = "gone"  # it can't be seen any more: recording must stop


class Indicator(ABC):
    """An always-on-top badge in a process of its own, with a heartbeat both ways and the global pause hotkey."""

    @abstractmethod
    def open(self, state: IndicatorState) -> None:
        """Show it; returns once it is on the screen. Raises: PlatformError when it can't be shown."""

    @abstractmethod
    def show(self, state: IndicatorState) -> None:
        """Change what it says. Never blocks."""

    @abstractmethod
    def wait(self, timeout_s: float) -> IndicatorSignal | None:
        """The next signal, None on timeout. `GONE` is repeated for ever once the badge or its heartbeat is lost."""

    @abstractmethod
    def close(self) -> None:
        """Take it away and reap the process."""


class Backend(ABC):
    """A platform. Cheap to make; touches the platform only when a part is opened or `check` is called."""

    name: str
    os_family = "linux"  # what a session says it was recorded on: linux, windows, macos

    @abstractmethod
    def check(self) -> None:
        """Raises: PlatformError with a hint when this desktop can't be recorded (no display, Wayland, permissions)."""

    def trouble(self) -> str | None:
        """What became of the display, in words that name it; None when it answers. Takes at most half a second."""
        return None

    @abstractmethod
    def windows(self) -> RawWindows:
        """One look at the window stack, for `allow --running` and the self-tests. Raises: PlatformError."""

    @abstractmethod
    def monitors(self) -> tuple[Monitor, ...]:
        """The screens now. Raises: PlatformError."""

    @abstractmethod
    def input_source(self) -> InputSource: ...

    @abstractmethod
    def focus_oracle(self) -> FocusOracle: ...

    @abstractmethod
    def grabber(self) -> Grabber: ...

    @abstractmethod
    def indicator(self) -> Indicator: ...

    @abstractmethod
    def jail(self) -> list[str]:
        """Give up, for this process and for good, what recording never needs: network sockets, core dumps, being
        traced. Returns what was given up; proves the network is gone before it returns. Raises: PlatformError."""
