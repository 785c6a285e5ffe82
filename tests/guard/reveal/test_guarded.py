"""Reveal mode through the whole guard: rules, fields, rows and counts; and what it costs who did not ask for it."""

import subprocess
import sys

import numpy as np

from recorder.guard import Guard
from recorder.guard.reveal import Revealer
from recorder.model.geometry import Rect
from recorder.model.policy import AppRule, PictureMode, Policy, TextLevel
from recorder.model.raw import RawFields
from recorder.model.redacted import Redacted, RedactedFrame, Redaction
from tests.guard.reveal.pages import KEY, Picture, Sheet, is_shown, masker, share_shown, tesseract
from tests.guard.scene import ALL, LEFT, MS, frame, frames, pixels, windows
from tests.guard.scene import Picture as Bgrx

SIZE = (640, 480)


def guard(pictures: PictureMode, *, text: TextLevel = TextLevel.NONE, reader: bool = True) -> Guard:
    rules = (
        AppRule(name="Editor", executable="/usr/bin/editor", pictures=pictures, text=text),
        AppRule(name="Bank", executable="/usr/bin/bank"),
    )
    shared = masker()
    reveals = Revealer(tesseract(), shared, key=KEY, clock=lambda: 0.0, most_lines=1000) if reader else None
    made = Guard(policy=Policy(apps=rules), categories=ALL, t0_ns=0, source="fake", text=shared, reader=reveals)
    made.step(windows())
    return made


def page() -> Sheet:
    sheet = Sheet(size=SIZE)
    sheet.write(20, 60, "The weather was cold")
    sheet.write(20, 90, "Annelise Bergstrom was late")
    sheet.write(340, 60, "The weather was cold")
    return sheet


def bgrx(sheet: Sheet) -> Bgrx:
    made = np.zeros((SIZE[1], SIZE[0], 4), np.uint8)
    made[..., :3] = sheet.pixels[..., ::-1]
    return made


def fields(t: float, *rects: Rect) -> RawFields:
    return RawFields(t_ns=round(t * MS), window=1, rects=rects)


def last(rows: list[Redacted]) -> Picture:
    return pixels(frames(rows)[-1])


def test_words_show_only_in_windows_of_the_app_whose_rule_asks_for_them() -> None:
    sheet = page()
    rows = guard(PictureMode.WORDS, text=TextLevel.WORDS).see_frame(frame(500, bgrx(sheet)))

    picture = last(rows)
    assert [is_shown(sheet, picture, word) for word in sheet.words[:4]] == [True] * 4
    assert not any(is_shown(sheet, picture, word, 0.2) for word in sheet.words[4:6])
    assert not any(is_shown(sheet, picture, word, 0.2) for word in sheet.words[-4:])


def test_every_other_rule_and_a_missing_reader_masks_all() -> None:
    sheet = page()
    for made in (
        guard(PictureMode.MASKED, text=TextLevel.WORDS),
        guard(PictureMode.WORDS, text=TextLevel.WORDS, reader=False),
        guard(PictureMode.WORDS),  # nothing is known of its fields
    ):
        assert share_shown(sheet, last(made.see_frame(frame(500, bgrx(sheet))))) == 0


def test_words_show_once_the_fields_are_known_and_what_is_in_a_field_never_does() -> None:
    sheet = page()
    made = guard(PictureMode.WORDS)
    made.see_frame(frame(500, bgrx(sheet)))
    made.step(fields(600, Rect(10, 55, 100, 22)))
    rows = made.tick(700 * MS)
    picture = last(rows)

    assert not frames(made.tick(800 * MS))  # once
    assert not is_shown(sheet, picture, sheet.words[0], 0.1)
    assert is_shown(sheet, picture, sheet.words[3])
    counts = {row.category: row.count for row in rows if isinstance(row, Redaction)}
    assert counts["input_field"] == 1
    kept = next(row for row in rows if isinstance(row, RedactedFrame))
    assert kept.n_redactions == sum(counts.values())
    assert kept.masked_px == int((picture == 128).all(axis=2).sum())


def test_a_change_of_the_window_masks_all_until_its_fields_are_known_again() -> None:
    sheet = page()
    made = guard(PictureMode.WORDS)
    made.see_frame(frame(500, bgrx(sheet)))
    made.step(fields(600))
    assert share_shown(sheet, last(made.tick(700 * MS))) > 0
    sheet.write(20, 200, "The road was closed")

    changed = made.see_frame(frame(40_000, bgrx(sheet), rects=[Rect(0, 190, 320, 40)], full=False))
    assert share_shown(sheet, last(changed)) == 0


def test_fewer_text_like_things_are_counted_where_all_of_one_is_shown() -> None:
    sheet = Sheet(size=SIZE)
    sheet.write(20, 60, "The weather was cold")

    def hidden(pictures: PictureMode) -> int:
        rows = guard(pictures, text=TextLevel.WORDS).see_frame(frame(500, bgrx(sheet)))
        return sum(row.count for row in rows if isinstance(row, Redaction) and row.category == "text_like")

    assert hidden(PictureMode.WORDS) < hidden(PictureMode.MASKED)


def test_only_a_picture_in_which_words_show_names_the_reader() -> None:
    made = guard(PictureMode.WORDS)
    rows = made.see_frame(frame(500, bgrx(page())))
    assert {row.detector for row in rows if isinstance(row, Redaction)} == {"mask_all/1"}
    made.step(fields(600))

    rows = made.tick(700 * MS)
    assert {row.detector.split()[0] for row in rows if isinstance(row, Redaction)} == {"words/1"}


def test_a_value_of_another_channel_is_hidden_in_the_next_picture() -> None:
    sheet = page()
    shared = masker()
    rule = AppRule(name="Editor", executable="/usr/bin/editor", pictures=PictureMode.WORDS, text=TextLevel.WORDS)
    reveals = Revealer(tesseract(), shared, key=KEY, clock=lambda: 0.0)
    made = Guard(policy=Policy(apps=(rule,)), categories=ALL, t0_ns=0, source="fake", text=shared, reader=reveals)
    made.step(windows())
    assert is_shown(sheet, last(made.see_frame(frame(500, bgrx(sheet)))), sheet.words[1])
    shared.keep_in_mind("weather")

    again = made.see_frame(frame(20_000, bgrx(sheet), rects=[LEFT], full=False))
    assert not is_shown(sheet, last(again), sheet.words[1], 0.1)


def test_nothing_of_it_is_imported_by_a_guard_that_does_not_use_it() -> None:
    code = (
        "import sys, recorder.guard, recorder.pipeline.prepare;"
        "sys.exit(any(name.startswith(('recorder.guard.reveal', 'tesserocr')) for name in sys.modules))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
