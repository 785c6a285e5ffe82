"""Searching from the page: a text, or what a person types about themselves. Nothing of either is kept on a disk."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from recorder.page.calls import Call, NotThereError, Number, Text
from recorder.review.finding import Found, Search, Searches, person_needles, text_needles
from recorder.review.shelf import Shelf

PAGE = 200
_SHOWN_LETTERS = 400  # of a value that has a million
Short = Annotated[str, Meta(max_length=400)]


class Looking(Struct, kw_only=True, forbid_unknown_fields=True):
    """`session`: only there."""

    text: Text
    session: str | None = None


class Person(Struct, kw_only=True, forbid_unknown_fields=True):
    """Typed once, used once."""

    name: Short = ""
    email: Short = ""
    phone: Short = ""
    employer: Short = ""
    session: str | None = None


class Part(Struct, kw_only=True, forbid_unknown_fields=True):
    """Which of the hits."""

    start: Number = 0


def calls(shelf: Shelf, searches: Searches) -> list[Call]:
    def search(body: Looking) -> dict[str, Any]:
        return _values(searches.make(shelf, text_needles(body.text), body.session), 0)

    def find_person(body: Person) -> dict[str, Any]:
        needles = person_needles(name=body.name, email=body.email, phone=body.phone, employer=body.employer)
        return _values(searches.make(shelf, needles, body.session), 0)

    def hits(search_id: str, query: Part) -> dict[str, Any]:
        kept = searches.kept.get(search_id)
        if kept is None:
            raise NotThereError("that search is not there any more", hint="search again")
        return _values(kept, query.start)

    return [
        Call(method="POST", path="/api/search", does="Find a text, literally.", run=search, body=Looking),
        Call(method="POST", path="/api/find-me", does="Find what is about a person.", run=find_person, body=Person),
        Call(method="GET", path="/api/search/{search_id}", does="More hits of a search.", run=hits, query=Part),
    ]


def _values(search: Search, start: int) -> dict[str, Any]:
    return {
        "id": search.id,
        "count": search.count,
        "sessions": len(search.parts),
        "failed": list(search.failed),
        "start": start,
        "hits": [_hit(start + number, one) for number, one in enumerate(search.found(start, PAGE))],
    }


def _hit(number: int, one: Found) -> dict[str, Any]:
    hit = one.hit
    return {
        "number": number,
        "kind": one.kind,
        "session": hit.session_id,
        "where": f"{hit.table}.{hit.column}",
        "row": hit.number,
        "t_us": hit.t_us,
        "text": hit.text[:_SHOWN_LETTERS],
        "cut": len(hit.text) > _SHOWN_LETTERS,
    }
