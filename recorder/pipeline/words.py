"""What reads words in pictures: made only when a rule asks for it, pictures are granted, and it can be made."""

import os
import secrets
import time
from typing import TYPE_CHECKING

from recorder.guard.text import Masker
from recorder.model.consent import Category
from recorder.model.policy import PictureMode, Policy

if TYPE_CHECKING:
    from recorder.guard.reveal import Revealer


def wanted(policy: Policy, categories: frozenset[Category]) -> bool:
    """Whether some app's pictures may show words. From the policy at the start: a rule that asks for it later is
    followed from the next recording on, and until then masks everything."""
    return Category.SCREENSHOTS in categories and any(rule.pictures is PictureMode.WORDS for rule in policy.apps)


def revealer(masker: Masker) -> "Revealer | None":
    """None when no line can be read here; `trouble` says why. Makes no thread and writes nothing."""
    from recorder.guard.reveal import Revealer
    from recorder.guard.reveal.tesseract import NoReaderError, Tesseract

    # A library that was built with OpenMP would make a thread for each core; it reads this when it is loaded.
    os.environ["OMP_THREAD_LIMIT"] = "1"
    try:
        reader = Tesseract()
    except NoReaderError:
        return None
    return Revealer(reader, masker, key=secrets.token_bytes(32), clock=time.perf_counter)


def trouble() -> str | None:
    """Why no word can be shown in any picture here; None when all is well."""
    from recorder.guard.reveal.tesseract import NoReaderError, Tesseract

    try:
        Tesseract()
    except NoReaderError as reason:
        return str(reason)
    return None
