"""Pictures for the page: decrypted on demand, held in memory alone.

Going through a recording does not wait for what takes longer.
"""

from typing import Any

import msgspec
from starlette.responses import Response

from recorder.errors import UsageError
from recorder.page.calls import Call, NotThereError, Turn
from recorder.review.overlay import filled
from recorder.review.shelf import Shelf
from recorder.review.shown import MEDIA_TYPES, Form, Pictures


class How(msgspec.Struct, forbid_unknown_fields=True):
    """`form`: exact (every pixel, as it is stored), quick, or small."""

    form: Form = Form.EXACT


class Prints:
    """What the calls share."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._pictures = Pictures()

    def picture(self, session_id: str, frame_id: int, query: How) -> Response:
        reader = self._shelf.reader(session_id)
        try:
            found = self._pictures.get(reader, frame_id, query.form)
        except UsageError as error:
            raise NotThereError(error.message) from None
        return Response(found, media_type=MEDIA_TYPES[query.form])

    def fills(self, session_id: str, frame_id: int) -> Any:
        reader = self._shelf.reader(session_id)
        try:
            return filled(reader.pixels(frame_id))
        except UsageError as error:
            raise NotThereError(error.message) from None


def calls(shelf: Shelf) -> list[Call]:
    prints = Prints(shelf)
    here, quick = "/api/sessions/{session_id}/frames/{frame_id:int}", Turn.QUICK
    return [
        Call(method="GET", path=f"{here}/picture", does="One picture.", run=prints.picture, query=How, turn=quick),
        Call(method="GET", path=f"{here}/filled", does="What of a picture is filled.", run=prints.fills, turn=quick),
    ]
