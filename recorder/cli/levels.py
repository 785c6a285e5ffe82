"""How closely an app is recorded: what is typed, what pictures show, which sites; and what each choice means."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from recorder.cli import output
from recorder.errors import UsageError
from recorder.model.consent import Category
from recorder.model.policy import AppRule, PictureMode, TextLevel
from recorder.model.site import LONGEST_SITES, read_site

TEXT_WORDS: Final = {
    TextLevel.NONE: "typing: only that you typed, when, and about how much",
    TextLevel.CLASSES: "typing: of each key whether it made a letter, a digit, a space or a sign. Strings of letters "
    "and digits describe passwords: only in fields that hide what you type is nothing kept",
    TextLevel.WORDS: "typing: what you type is kept after the text detector. It takes out what it knows as names, "
    "numbers, addresses and secrets, and everything that is not known to be harmless. It can miss some: look at it "
    "in the review before you give it to anybody",
}
PICTURE_WORDS: Final = {
    PictureMode.MASKED: "pictures: everything that may be text is covered",
    PictureMode.WORDS: "pictures: words that are known to be harmless stay readable; everything else that may be text "
    "is covered. A word that is harmless alone can still tell something beside others",
}
UNKNOWN_FIELDS: Final = "where an app does not say to screen readers what its fields are, only the amount is kept"
SITES_NEED: Final = (
    "a page elsewhere, and one that does not say its address to screen readers, is withheld; an app that never says "
    "one is withheld altogether"
)
NOT_PRIVATE: Final = "windows of a browser are withheld until it says to screen readers that they are not private"


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """What the person named on the command line; None: not named, so it stays as it is. No `sites`: any."""

    text: TextLevel | None = None
    pictures: PictureMode | None = None
    sites: tuple[str, ...] | None = None

    @property
    def named(self) -> bool:
        return not (self.text is None and self.pictures is None and self.sites is None)

    def applied(self, rule: AppRule) -> AppRule:
        """The rule with what was named, and nothing else changed."""
        return replace(
            rule,
            text=rule.text if self.text is None else self.text,
            pictures=rule.pictures if self.pictures is None else self.pictures,
            sites=rule.sites if self.sites is None else self.sites,
        )


def read_levels(text: str | None, pictures: str | None, sites: tuple[str, ...], *, any_site: bool) -> Levels:
    """Raises: UsageError for what names no site, and for sites together with any site."""
    if sites and any_site:
        raise UsageError("--site and --any-site exclude each other", hint="recorder allow --help")
    if len(sites) > LONGEST_SITES:
        raise UsageError(f"more than {LONGEST_SITES} sites", hint="*.example.org covers all hosts below it")
    try:
        hosts = tuple(dict.fromkeys(read_site(site) for site in sites))
    except ValueError as wrong:
        raise UsageError(f"sites {wrong}", hint="recorder allow APP --site example.org") from None
    return Levels(
        text=None if text is None else TextLevel(text),
        pictures=None if pictures is None else PictureMode(pictures),
        sites=() if any_site else hosts or None,
    )


def tell(rule: AppRule, levels: Levels, granted: frozenset[Category]) -> None:
    """Say what was chosen, what it means, and what the consent still lacks for it."""
    for line in _meaning(rule, levels):
        output.answer(f"  {line}")
    lacking = [category for category in _needed(rule, levels) if category not in granted]
    if lacking:
        output.note(f"your consent does not cover {', '.join(lacking)}: without it that is not kept")
        output.note("to agree to it: recorder consent --self")


def _meaning(rule: AppRule, levels: Levels) -> Iterator[str]:
    if levels.text is not None:
        yield TEXT_WORDS[rule.text]
        if rule.text is not TextLevel.NONE:
            yield UNKNOWN_FIELDS
    if levels.pictures is not None:
        yield PICTURE_WORDS[rule.pictures]
    if levels.sites:
        yield f"only windows that show: {', '.join(rule.sites)}"
        yield SITES_NEED
    elif levels.sites is not None:
        yield "windows on any site"


def _needed(rule: AppRule, levels: Levels) -> Iterator[Category]:
    if levels.text in (TextLevel.CLASSES, TextLevel.WORDS):
        yield Category.KEY_SHAPE
    if levels.text is TextLevel.WORDS:
        yield Category.TEXT_CONTENT
    if rule.pictures is PictureMode.WORDS and levels.pictures is not None:
        yield Category.SCREENSHOTS
