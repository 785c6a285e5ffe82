"""Everything that can stop a command, as at most eight kinds; each knows its exit code and may carry a hint."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What the shell sees. Documented in README.md; never renumbered."""

    GOOD = 0
    BUG = 1
    USAGE = 2
    NO_CONSENT = 3
    POLICY = 4
    ENVIRONMENT = 5
    BUSY = 6


class RecorderError(Exception):
    """Something a person can act on. The message names what failed and which thing, never captured content."""

    exit_code = ExitCode.BUG

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(RecorderError):
    """A command that can't be understood, or an argument that names nothing."""

    exit_code = ExitCode.USAGE


class DamagedError(RecorderError):
    """A stored file that does not verify. Names the session and the file; the rest stays readable."""

    exit_code = ExitCode.USAGE


class NoConsentError(RecorderError):
    """No consent in force: none given, expired, withdrawn, narrowed away, or unverifiable."""

    exit_code = ExitCode.NO_CONSENT


class PolicyError(RecorderError):
    """Refused by the volunteer's own rules: not approved, not allowed, an unusable policy file."""

    exit_code = ExitCode.POLICY


class PlatformError(RecorderError):
    """This machine can't do it now: no display, no keyring, disk full, a session type that is not supported."""

    exit_code = ExitCode.ENVIRONMENT


class BusyError(RecorderError):
    """Another recorder is running."""

    exit_code = ExitCode.BUSY
