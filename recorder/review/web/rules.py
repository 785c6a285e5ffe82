"""Rules from the page: what a person was shown is what is done, and no rule made here lets more be recorded."""

import secrets
from collections import OrderedDict
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from recorder.errors import UsageError
from recorder.page.calls import Call
from recorder.review import rules
from recorder.review.rules import Kind, Preview
from recorder.review.undoing import Undoing, amount_values, values

_KEPT = 8


class Wanted(Struct, kw_only=True, forbid_unknown_fields=True):
    """`block`: never record the app again; `mask`: never again keep its words readable in pictures."""

    kind: Literal["block", "mask"]
    app: Annotated[str, Meta(min_length=1, max_length=1000)]


class Agreed(Struct, kw_only=True, forbid_unknown_fields=True):
    """`id`: of what was shown; `matches`: whether what is recorded already goes, too."""

    id: Annotated[str, Meta(max_length=100)]
    matches: bool


def calls(undoing: Undoing) -> list[Call]:
    shown: OrderedDict[str, Preview] = OrderedDict()

    def preview(body: Wanted) -> dict[str, Any]:
        found = rules.preview(undoing, Kind(body.kind), body.app)
        number = secrets.token_urlsafe(12)
        shown[number] = found
        while len(shown) > _KEPT:
            shown.popitem(last=False)
        return {"id": number, "rules": list(found.rules), "matches": amount_values(found.matches)}

    def agree(body: Agreed) -> dict[str, Any]:
        found = shown.pop(body.id, None)
        if found is None:
            raise UsageError("that rule was not shown, or was made already", hint="look again")
        done = rules.apply(undoing, found.kind, found.app, seen=found.matches if body.matches else None)
        return {"rules": list(done.rules), "stage": None if done.stage is None else values(done.stage)}

    told = "Which rules would change, and what is recorded already that they would have kept out."
    return [
        Call(method="POST", path="/api/rules/preview", does=told, run=preview, body=Wanted),
        Call(
            method="POST",
            path="/api/rules",
            does="Change the rules as it was shown.",
            run=agree,
            body=Agreed,
            changes=True,
        ),
    ]
