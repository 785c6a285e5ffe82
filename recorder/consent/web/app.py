"""The page on which a person agrees or says no. One answer ends it; no answer leaves everything as it was."""

import time
from collections.abc import Callable
from typing import Annotated, Any

from msgspec import Meta, Struct
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Mount, Route

from recorder.consent.notice import DEFAULT_DAYS, LONGEST_DAYS, Offer, sections
from recorder.consent.record import Choices
from recorder.consent.words import CATEGORY_NUMBERS, CATEGORY_WORDS, MEDIA, PURPOSE_WORDS, SENTENCE
from recorder.errors import UsageError
from recorder.model.consent import Category, Purpose
from recorder.page.calls import Call, Turn, routes
from recorder.page.door import Keys
from recorder.page.frame import Frame, page

PACKAGE = "recorder.consent.web"
Agree = Callable[[Choices], str]
Refuse = Callable[[], str]


class Answer(Struct, kw_only=True, forbid_unknown_fields=True):
    """What was ticked and typed."""

    categories: Annotated[list[Category], Meta(max_length=len(Category))]
    purposes: Annotated[list[Purpose], Meta(max_length=len(Purpose))]
    days: Annotated[int, Meta(ge=1, le=LONGEST_DAYS)]
    sentence: Annotated[str, Meta(max_length=200)]


def consent_app(keys: Keys, offer: Offer, agree: Agree, refuse: Refuse, close: Callable[[], None]) -> Starlette:
    """`agree` and `refuse` carry the answer out and return what the person is told then; `close` ends the page."""
    frame = Frame(keys, PACKAGE)
    pages = [Route("/", page(frame, lambda: _notice(frame, offer)))]
    calls = consent_calls(offer, agree, refuse, close)
    return Starlette(routes=[*frame.static(), Mount(keys.prefix, routes=[*pages, *routes(calls)])])


def consent_calls(offer: Offer, agree: Agree, refuse: Refuse, close: Callable[[], None]) -> list[Call]:
    began = time.monotonic()

    def agreed(body: Answer) -> dict[str, str]:
        if body.sentence.strip() != SENTENCE:
            raise UsageError("that is not the sentence", hint=f"to agree, type it as it stands: {SENTENCE}")
        choices = Choices(
            categories=frozenset(offer.categories) & frozenset(body.categories),
            purposes=frozenset(offer.purposes) & frozenset(body.purposes),
            days=body.days,
            shown_s=time.monotonic() - began,
            medium=MEDIA[1],
        )
        if not choices.categories:
            raise UsageError("nothing is ticked under what is recorded", hint="tick a line, or say no")
        return {"told": agree(choices)}

    def refused() -> dict[str, str]:
        return {"told": refuse()}

    def end() -> dict[str, str]:
        close()
        return {}

    return [
        Call(method="POST", path="/api/agree", does="Agree to what is ticked.", run=agreed, body=Answer, changes=True),
        Call(method="POST", path="/api/refuse", does="Say no.", run=refused, changes=True),
        Call(method="POST", path="/api/close", does="End the page.", run=end, turn=Turn.BESIDE),
    ]


def _notice(frame: Frame, offer: Offer) -> Response:
    categories = [_toggle(one, CATEGORY_WORDS[one], CATEGORY_NUMBERS.get(one)) for one in offer.categories]
    purposes = [_toggle(one, PURPOSE_WORDS[one], None) for one in offer.purposes]
    # The page has toggles where the terminal's text lists what can be chosen below.
    told = [(title, lines) for title, lines in sections(offer) if "you choose each one below" not in title]
    return frame.page(
        "consent.html",
        sections=told,
        recorded=_recorded(offer),
        categories=categories,
        purposes=purposes,
        days=DEFAULT_DAYS,
        longest=LONGEST_DAYS,
        sentence=SENTENCE,
    )


def _recorded(offer: Offer) -> list[str]:
    """What that section says besides its list."""
    lines = next(lines for title, lines in sections(offer) if title.startswith("What is recorded"))
    return [line for line in lines if not line.startswith("- ")]


def _toggle(one: Category | Purpose, words: str, numbers: str | None) -> dict[str, Any]:
    return {"id": one.value, "words": words, "numbers": numbers}
