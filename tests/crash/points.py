"""Which call of the system, and what happens there."""

import errno
from dataclasses import dataclass
from enum import StrEnum


class Call(StrEnum):
    """What changes a disk, and reading."""

    OPEN = "open"
    READ = "read"
    LIST = "list"
    WRITE = "write"
    FSYNC = "fsync"
    RENAME = "rename"
    UNLINK = "unlink"
    MKDIR = "mkdir"
    RMDIR = "rmdir"
    TRUNCATE = "truncate"
    UTIME = "utime"
    KEYRING = "keyring"
    KEYRING_READ = "keyring read"


READING = frozenset({Call.READ, Call.LIST, Call.KEYRING_READ})


class How(StrEnum):
    """What happens at the chosen call. `STEP`: a kill at the chosen pass of a named step."""

    NOTHING = "nothing"
    BEFORE = "before"
    AFTER = "after"
    TORN = "torn"
    STEP = "step"
    ONCE = "once"
    FROM_THEN_ON = "from then on"
    SHORT = "short"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A moment of a scenario and what happens then. `at` counts calls (of steps: passes) from 0. `power`: what was not
    synced is lost as well. `error`: an errno, for ONCE and FROM_THEN_ON."""

    how: How = How.NOTHING
    at: int = -1
    error: int = 0
    power: bool = False

    def __str__(self) -> str:
        told = f" {errno.errorcode[self.error]}" if self.error else ""
        return f"{self.how}{told}{' and the power' if self.power else ''} at {self.at}"


def hit_by(error: int) -> frozenset[Call]:
    """Which calls a lasting condition lets fail: a full disk still reads and unlinks."""
    if error == errno.EROFS:
        return frozenset(Call) - READING - {Call.FSYNC, Call.KEYRING}
    if error == errno.EACCES:
        return frozenset({Call.OPEN, Call.LIST, Call.RENAME, Call.UNLINK, Call.MKDIR, Call.RMDIR})
    if error == errno.EIO:
        return READING | {Call.WRITE, Call.FSYNC, Call.KEYRING}
    return frozenset({Call.OPEN, Call.WRITE, Call.MKDIR})
