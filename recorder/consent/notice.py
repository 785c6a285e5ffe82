"""The notice: from a study's fields to the text that a person reads, in a fixed order. Nothing in it is free prose
that the gate does not know of; its hash stands in the consent record.
"""

import hashlib
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

from recorder.consent.words import (
    CATEGORY_NUMBERS,
    CATEGORY_WORDS,
    NEVER_RECORDED,
    PROHIBITION_WORDS,
    PURPOSE_WORDS,
    SENTENCE,
)
from recorder.model.consent import Category, Prohibition, Purpose

WIDTH = 78
LONGEST_DAYS = 365
DEFAULT_DAYS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Who asks for what: the fields of a study that the notice and the record are made of. English for now."""

    study_id: str
    controller: str
    contact: str
    funding: str
    recipients: tuple[str, ...]
    categories: tuple[Category, ...]
    purposes: tuple[Purpose, ...]
    other_people: str
    storage: str
    compensation: str
    risks: tuple[str, ...]
    after_withdrawal: str
    complaint: str
    ethics: str | None = None
    jurisdiction: str | None = None
    language: str = "en"


SELF = Offer(
    study_id="self",
    controller="You. You record for yourself.",
    contact="Nobody else is involved.",
    funding="Nobody pays for this.",
    recipients=(),
    categories=tuple(Category),
    purposes=tuple(Purpose),
    other_people="You can't agree for others. Put an app on your list only if what it shows of other people is yours "
    "to record; leave chat, mail and calls off it.",
    storage="In a folder on this machine, encrypted; the key is in your keyring or under your passphrase. Recordings "
    "stay until you delete them. Nothing is sent anywhere.",
    compensation="The recordings. There is no money in it.",
    risks=(
        "Covering text in pictures can miss some. Look before you export.",
        "A program that runs as you, or somebody who knows your password, can read what you can read.",
        "What you give to others can't reliably be called back.",
    ),
    after_withdrawal="Recording stops within 1 second, and the recordings and their keys on this machine are "
    "destroyed. Copies that you made yourself are not reached.",
    complaint="The data protection authority where you live takes complaints about anybody who uses data of yours.",
)


def render(offer: Offer) -> str:
    """The whole notice as plain text, at most 78 columns, ending in a line end."""
    return "\n\n".join(_section(title, lines) for title, lines in sections(offer)) + "\n"


def notice_sha256(offer: Offer) -> str:
    return hashlib.sha256(render(offer).encode()).hexdigest()


def sections(offer: Offer) -> list[tuple[str, list[str]]]:
    """Title and lines of each; a line that begins with `- ` is one of a list."""
    return [
        ("Who asks", [offer.controller, offer.contact, *_optional("Ethics board: ", offer.ethics)]),
        ("Who pays", [offer.funding]),
        (
            "What for (you choose each one below; none is chosen for you)",
            _bullets(PURPOSE_WORDS[one] for one in offer.purposes),
        ),
        ("What it is never used for", ["Never:", *_bullets(PROHIBITION_WORDS[one] for one in Prohibition)]),
        ("What is recorded, and only where (you choose each one below)", _recorded(offer)),
        ("Other people", [offer.other_people]),
        ("Who gets it", list(offer.recipients) or ["Nobody but you."]),
        ("How long", [_how_long(), offer.storage]),
        ("What you get", [offer.compensation]),
        ("What can go wrong", _bullets(offer.risks)),
        ("How to stop, and what stopping undoes", [_stopping(), offer.after_withdrawal]),
        ("If you say no", ["Nothing happens, and nobody is told. Press n."]),
        ("To complain", [offer.complaint, *_optional("Law of: ", offer.jurisdiction)]),
        ("To agree", [f"Choose below, then type: {SENTENCE}"]),
    ]


def _recorded(offer: Offer) -> list[str]:
    lines = ["Only in the apps on your own list (recorder allow), only while the badge is on the screen:"]
    for category in offer.categories:
        words = CATEGORY_WORDS[category]
        numbers = CATEGORY_NUMBERS.get(category)
        lines += _bullets([words if numbers is None else f"{words}. {numbers}"])
    return [*lines, f"Never: {', '.join(NEVER_RECORDED)}."]


def _how_long() -> str:
    return f"{DEFAULT_DAYS} days, or as many as you choose, at most {LONGEST_DAYS}. Then recording ends by itself."


def _stopping() -> str:
    return (
        "Pause: recorder pause. Stop: Ctrl+C. Take one thing out: recorder consent off NAME. "
        "End it all: recorder withdraw. Each is one command."
    )


def _bullets(lines: Iterable[str]) -> list[str]:
    return [f"- {line}" for line in lines]


def _optional(label: str, value: str | None) -> list[str]:
    return [] if value is None else [label + value]


def _section(title: str, lines: list[str]) -> str:
    return "\n".join([title.upper(), *(_wrapped(line) for line in lines)])


def _wrapped(line: str) -> str:
    indent = "    " if line.startswith("- ") else "  "
    return textwrap.fill(line, WIDTH, initial_indent="  ", subsequent_indent=indent)
