"""Pictures for the page: decrypted on demand, held in memory alone."""

from typing import Any

import msgspec
import numpy as np
from starlette.responses import Response

from recorder.errors import UsageError
from recorder.page.calls import Call, NotThereError
from recorder.review.overlay import filled
from recorder.review.shelf import Shelf
from recorder.review.shown import MEDIA_TYPES, Form, Pictures


class How(msgspec.Struct, forbid_unknown_fields=True):
    """`form`: exact (every pixel, as it is stored), quick, or small."""

    form: Form = Form.EXACT


def calls(shelf: Shelf) -> list[Call]:
    pictures = Pictures()

    def picture(session_id: str, frame_id: int, query: How) -> Response:
        reader = shelf.reader(session_id)
        try:
            found = pictures.get(reader, frame_id, query.form)
        except UsageError as error:
            raise NotThereError(error.message) from None
        return Response(found, media_type=MEDIA_TYPES[query.form])

    def fills(session_id: str, frame_id: int) -> Any:
        reader = shelf.reader(session_id)
        try:
            return filled(np.asarray(reader.frame(frame_id)))
        except UsageError as error:
            raise NotThereError(error.message) from None

    here = "/api/sessions/{session_id}/frames/{frame_id:int}"
    return [
        Call(method="GET", path=f"{here}/picture", does="One picture.", run=picture, query=How),
        Call(method="GET", path=f"{here}/filled", does="What of a picture is filled.", run=fills),
    ]
