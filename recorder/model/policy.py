"""The volunteer's own rules: which apps may be recorded, and how closely. Empty means nothing is recorded."""

from dataclasses import dataclass
from enum import StrEnum


class TextLevel(StrEnum):
    """How much of typed text may be kept for an app. There is no raw level."""

    NONE = "none"  # L0: one text_run
    CLASSES = "classes"  # L1: letter, digit, space, punctuation
    WORDS = "words"  # L2: redacted text


class PictureMode(StrEnum):
    """How frames of an app are masked."""

    MASKED = "masked"  # every text-like region is filled
    WORDS = "words"  # harmless words are shown


@dataclass(frozen=True, slots=True, kw_only=True)
class AppRule:
    """An app that may be recorded. Every identity that is given must match exactly; at least one is given.

    `wm_class` equals WM_CLASS' class or instance (letter case aside); the others are compared byte for byte. A window
    title never identifies an app. With `sites` only windows are recorded whose document is known to be on one of these
    hosts: `example.org` is that host alone, `*.example.org` every host below it.
    """

    name: str  # what the person calls it; also what is stored as the app's name
    executable: str | None = None  # resolved absolute path
    wm_class: str | None = None
    desktop_id: str | None = None
    bundle_id: str | None = None
    text: TextLevel = TextLevel.NONE
    pictures: PictureMode = PictureMode.MASKED
    sites: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not any((self.executable, self.wm_class, self.desktop_id, self.bundle_id)):
            raise ValueError("an app rule needs at least one identity")


@dataclass(frozen=True, slots=True, kw_only=True)
class FramePacing:
    """When pictures are taken. Milliseconds."""

    min_gap_ms: int = 200  # never closer than this, however busy the screen
    max_gap_ms: int = 10_000  # at the latest after this, if anything changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """How long and how much is kept; None: without end. Nothing is deleted by itself: `recorder tidy` does it."""

    days: int | None = None
    max_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """All rules in force, and the SHA-256 (hex) of the exact file they came from."""

    apps: tuple[AppRule, ...] = ()
    pacing: FramePacing = FramePacing()
    keep: Keep = Keep()
    sha256: str = ""
