"""One detector for all tests (making one reads the lists), and what is left of a text."""

import time
from functools import cache

from recorder.guard.text import Detector


@cache
def detector() -> Detector:
    return Detector(time.perf_counter, budget_s=30)


def masked(text: str) -> str:
    return detector().mask(text).text


def rules(text: str) -> set[str]:
    return {span.rule for span in detector().detect(text)}


def is_hidden(value: str, text: str = "{}") -> bool:
    """Whether of every letter and digit of `value`, in `text`, nothing is left."""
    start = text.index("{}")
    spans = detector().detect(text.replace("{}", value))
    covered = {at for span in spans for at in range(span.start, span.end)}
    return all(start + at in covered for at, character in enumerate(value) if character.isalnum())
