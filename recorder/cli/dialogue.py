"""The conversation in which a person agrees or says no: the notice, one screen of toggles, one typed sentence.

Nothing is ticked beforehand, every choice is on the one screen, and `n` says no at every point with a single key.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from recorder.cli import keys, output
from recorder.consent.notice import DEFAULT_DAYS, LONGEST_DAYS, Offer, render
from recorder.consent.record import Choices
from recorder.consent.words import CATEGORY_WORDS, PURPOSE_WORDS, SENTENCE

PROMPT = "> "
WAYS_ON = "Enter: go on.  n: say no."


@dataclass(slots=True)
class Screen:
    """What is ticked so far. `on` holds the numbers that the person typed."""

    offer: Offer
    on: set[int] = field(default_factory=set)
    days: int = DEFAULT_DAYS

    @property
    def lines(self) -> Sequence[StrEnum]:
        return (*self.offer.categories, *self.offer.purposes)

    def text(self) -> str:
        """The whole screen: 22 lines of at most 80 columns."""
        words = [CATEGORY_WORDS[one] for one in self.offer.categories] + [
            PURPOSE_WORDS[one] for one in self.offer.purposes
        ]
        rows = [f"{n:3} [{'x' if n in self.on else ' '}] {text}" for n, text in enumerate(words, start=1)]
        split = len(self.offer.categories)
        return "\n".join(
            [
                "Switch lines on or off by number (several: 1 3 5). None is on unless you say so.",
                "RECORDED",
                *rows[:split],
                "WHAT FOR",
                *rows[split:],
                f"HOW LONG: {self.days} days (d30 makes it 30; at most {LONGEST_DAYS})",
                WAYS_ON,
            ]
        )

    def apply(self, typed: str) -> str | None:
        """Do what was typed, all of it or nothing; what was wrong with it, or None."""
        on, days = set(self.on), self.days
        for word in typed.replace(",", " ").replace("d ", "d").split():
            number = _number(word.removeprefix("d"))
            if word.startswith("d") and number is not None and 1 <= number <= LONGEST_DAYS:
                days = number
            elif number is not None and 1 <= number <= len(self.lines):
                on ^= {number}
            else:
                return f"'{word}' is neither a line's number nor a number of days"
        self.on, self.days = on, days
        return None

    def choices(self, shown_s: float) -> Choices:
        ticked = {line for number, line in enumerate(self.lines, start=1) if number in self.on}
        return Choices(
            categories=frozenset(self.offer.categories) & ticked,
            purposes=frozenset(self.offer.purposes) & ticked,
            days=self.days,
            shown_s=shown_s,
        )


def converse(offer: Offer) -> Choices | None:
    """Show, ask, and return what was agreed to; None when the person said no. Needs a terminal at both ends."""
    started = time.monotonic()
    output.answer(render(offer))
    try:
        with keys.key_by_key():
            screen = _toggle(Screen(offer))
            _sentence()
    except keys.SaidNoError:
        return None
    return screen.choices(time.monotonic() - started)


def _toggle(screen: Screen) -> Screen:
    while True:
        output.answer(screen.text())
        typed = keys.read_line(PROMPT).strip()
        problem = screen.apply(typed)
        if problem:
            output.answer(problem)
        elif not typed and any(number <= len(screen.offer.categories) for number in screen.on):
            return screen
        elif not typed:
            output.answer(
                "Nothing is switched on under RECORDED, so nothing would be recorded. Choose a line, or say no."
            )


def _sentence() -> None:
    output.answer(f"To agree, type this sentence and press Enter. n: say no.\n  {SENTENCE}")
    while keys.read_line(PROMPT).strip() != SENTENCE:
        output.answer(f"That is not the sentence. To agree, type it as it stands; n: say no.\n  {SENTENCE}")


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else None
