"""A desktop that can't be recorded: every door of the backend is shut, with the same sentence and hint."""

from typing import NoReturn

from recorder.capture.contract import Backend, FocusOracle, Grabber, Indicator, InputSource
from recorder.errors import PlatformError
from recorder.model.geometry import Monitor
from recorder.model.raw import RawWindows


class UnsupportedBackend(Backend):
    """Refuses with `message` and `hint`, whatever is asked. A platform overrides what it does know."""

    message = "this desktop can't be recorded"
    hint = "recorder demo shows everything on a virtual desktop"

    def refuse(self) -> NoReturn:
        """Raises: PlatformError, always."""
        raise PlatformError(self.message, hint=self.hint)

    def check(self) -> None:
        self.refuse()

    def windows(self) -> RawWindows:
        self.refuse()

    def monitors(self) -> tuple[Monitor, ...]:
        self.refuse()

    def input_source(self) -> InputSource:
        self.refuse()

    def focus_oracle(self) -> FocusOracle:
        self.refuse()

    def grabber(self) -> Grabber:
        self.refuse()

    def indicator(self) -> Indicator:
        self.refuse()

    def jail(self) -> list[str]:
        self.refuse()
