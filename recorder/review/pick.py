"""What a person means by a window or by a word, as the rows of one session that it is."""

import pyarrow.compute as pc

from recorder.review.search import fold, search
from recorder.store.selector import Picked
from recorder.store.session import SessionReader

_OF = {"events": "events", "contexts": "contexts", "frames": "frames"}


def window(reader: SessionReader, title: str) -> Picked | None:
    """The contexts whose stored window title is this one, letter case aside; None: there is none."""
    contexts = reader.table("contexts", ["context_id", "window_title"])
    if "window_title" not in contexts.column_names:
        return None
    wanted = fold(title)
    titles = [one for one in pc.unique(contexts["window_title"]).to_pylist() if one is not None and fold(one) == wanted]
    rows = [row["context_id"] for row in contexts.to_pylist() if row["window_title"] in titles]
    return Picked(session_id=reader.session_id, contexts=tuple(sorted(set(rows)))) if rows else None


def hits(reader: SessionReader, text: str) -> Picked | None:
    """The rows in which a search finds the text, and the session's task if it stands there; None: it is nowhere."""
    found: dict[str, set[int]] = {name: set() for name in _OF}
    searched = search(reader, text)
    for hit in searched:
        if hit.table in found and hit.number is not None:
            found[hit.table].add(hit.number)
    rows = {_OF[name]: tuple(sorted(numbers)) for name, numbers in found.items()}
    task = any(hit.table == "sessions" for hit in searched)
    return Picked(session_id=reader.session_id, task=task, **rows) if task or any(rows.values()) else None
