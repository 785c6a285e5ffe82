"""Rendered pages: what is harmless can be read, what was planted can't, by ground truth and by two other readers."""

import numpy as np
import pytest

from recorder.model.geometry import Rect
from tests.guard.reveal.pages import (
    BOLD,
    INK,
    MIST,
    MONO,
    NIGHT,
    SANS,
    SERIF,
    SIZE,
    WHITE,
    Colour,
    Sheet,
    Shown,
    ink_shown,
    is_shown,
    share_shown,
    shown,
)
from tests.ocr import assert_unreadable

PROSE = (
    "The committee will meet again next week to discuss the new budget.",
    "Please open the settings page and select the second option from the list.",
    "The weather was cold and the road was closed because of the heavy rain.",
    "You can change the size of the window and the colour of the text below.",
    "Most of the people in the room had already heard about the problem.",
)
# In prose, so that the words around them are harmless and shown.
PLANTED = (
    ("We met", "Annelise Bergstrom", "at the station after the concert"),
    ("Please write to", "bergstrom.annelise@example.org", "before the end of the week"),
    ("The number of the card is", "4539 1488 0343 6467", "and it is valid for two years"),
    ("You can call", "+49 170 5551234", "at any time of the day"),
    ("Use the password", "Xk7#mVq2pLw9", "when the system asks for it"),
    ("The account is", "DE89370400440532013000", "at the bank in the city"),
    ("The key is", "ghp_x8Kd02mQzR5tYw7Lb3Nc", "and must not be shared"),
)


def prose(sheet: Sheet, *, font: str = SANS, size: float = 13, ink: Colour = INK, lcd: bool = False) -> None:
    for row, line in enumerate(PROSE):
        sheet.write(40, 40 + row * int(size * 2), line, font=font, size=size, ink=ink, lcd=lcd)


def planted(sheet: Sheet, *, font: str = SANS, size: float = 13, ink: Colour = INK, pitch: float = 2.0) -> list[str]:
    for row, parts in enumerate(PLANTED):
        sheet.write(40, 40 + row * int(size * pitch), " ".join(parts), font=font, size=size, ink=ink)
    return [secret for _, secret, _ in PLANTED]


@pytest.mark.parametrize(
    ("font", "size", "ink", "paper"),
    [
        (SANS, 13, INK, WHITE),
        (SANS, 12, INK, WHITE),
        (SANS, 16.25, INK, WHITE),  # 13 px at 1.25x
        (SERIF, 15, INK, WHITE),
        (MONO, 13, INK, WHITE),
        (BOLD, 14, MIST, NIGHT),
        (SANS, 14, MIST, NIGHT),
        (SANS, 14, (150, 150, 150), WHITE),
        (SANS, 14, (0, 80, 180), (240, 240, 242)),
    ],
)
def test_harmless_prose_can_be_read_in_every_font_size_and_theme(
    font: str, size: float, ink: Colour, paper: Colour
) -> None:
    sheet = Sheet(paper=paper)
    prose(sheet, font=font, size=size, ink=ink)

    assert share_shown(sheet, shown(sheet)) >= 0.7


def test_harmless_prose_on_a_flat_panel_can_be_read() -> None:
    sheet = Sheet()
    prose(sheet, size=14, lcd=True)

    assert share_shown(sheet, shown(sheet)) >= 0.7


@pytest.mark.parametrize(
    ("font", "size", "ink", "paper"),
    [
        (SANS, 13, INK, WHITE),
        (MONO, 12, INK, WHITE),
        (SERIF, 16.25, INK, WHITE),
        (SANS, 14, MIST, NIGHT),
        (SANS, 14, (170, 170, 170), WHITE),
    ],
)
def test_a_planted_secret_in_prose_is_read_by_nobody(font: str, size: float, ink: Colour, paper: Colour) -> None:
    sheet = Sheet(paper=paper)
    secrets = planted(sheet, font=font, size=size, ink=ink)

    picture = shown(sheet)
    assert max(ink_shown(sheet, picture, " ".join(secrets).split()).values()) < 0.1
    assert_unreadable({"page": picture}, secrets)
    assert share_shown(sheet, picture) > 0.2  # or masking all would pass here


@pytest.mark.parametrize(
    "text",
    [
        "sent from C:\\Users\\lundbladaxel\\Desktop\\plan.docx today",
        "see https://www.yildirim.example/tags/explore.html for more",
        "open /home/bernstal/letter.text now",
        "ask vienna@home_rabbit.com for it",
        "connect with summer_market98 now",
        "we met on 17 June 1939 there",
    ],
)
@pytest.mark.parametrize("font", [SANS, MONO])
@pytest.mark.parametrize("size", [12, 16, 20, 24])
def test_a_value_in_parts_that_are_harmless_alone_stays_masked_as_a_whole(text: str, font: str, size: int) -> None:
    sheet = Sheet(size=(960, 120))
    sheet.write(40, 50, text, font=font, size=size)

    value = [word.word for word in sheet.words if not word.word.islower() or not word.word.isalpha()]
    assert max(ink_shown(sheet, shown(sheet), value).values()) < 0.1


def test_a_line_under_a_word_is_no_mark_of_it() -> None:
    sheet = Sheet()
    sheet.write(40, 60, "The weather was cold", size=14)
    left, _, right, bottom = sheet.words[1].box
    sheet.pen.line((left, bottom + 2, right, bottom + 2), fill=INK)

    assert is_shown(sheet, shown(sheet), sheet.words[1])


@pytest.mark.parametrize("left", range(180, 360, 30))
def test_a_change_behind_a_line_in_large_letters_does_not_cut_it(left: int) -> None:
    sheet, after = Sheet(), Sheet()
    for one, last in ((sheet, "today"), (after, "house")):
        one.write(40, 50, f"4539 17 and the {last}", font=MONO, size=30)
    made = Shown()
    made.paint(sheet.pixels)
    made.look()
    made.paint(after.pixels, Rect(left, 40, SIZE[0] - left, 50))
    made.look()

    assert made.page.boxes[:, 0].tolist() == [pytest.approx(40, abs=3)]


def test_lines_set_tight_are_shown_or_masked_each_for_itself() -> None:
    sheet = Sheet()
    secrets = planted(sheet, size=14, pitch=1.2)

    picture = shown(sheet)
    assert max(ink_shown(sheet, picture, " ".join(secrets).split()).values()) < 0.1
    assert share_shown(sheet, picture) > 0.2


def test_an_address_whose_parts_are_styled_apart_stays_masked() -> None:
    sheet = Sheet()
    at = sheet.write(40, 60, "Send it to annelise")
    at = sheet.write(at, 60, ".bergstrom", font=BOLD)
    at = sheet.write(at, 60, "@example.org", ink=(150, 150, 150))
    sheet.write(at + 5, 60, "before noon")

    found = ink_shown(sheet, shown(sheet), ["annelise", ".bergstrom", "@example.org"])
    assert max(found.values()) < 0.1


@pytest.mark.parametrize("text", ["Passw0rd", "s3cret", "Tr0ub4dor", "hunter2", "m0nkey99", "Annа"])
@pytest.mark.parametrize("font", [SANS, MONO])
def test_a_look_alike_of_a_harmless_word_stays_masked(text: str, font: str) -> None:
    sheet = Sheet()
    sheet.write(40, 60, f"Please remember {text} for the next time", font=font, size=14)

    assert ink_shown(sheet, shown(sheet), [text])[text] < 0.1


def test_faint_text_behind_a_word_keeps_it_masked() -> None:
    sheet = Sheet()
    sheet.write(40, 60, "4539148803436467", size=16, ink=(236, 236, 236))
    sheet.write(44, 60, "The weather was cold", size=16)

    picture = shown(sheet)
    assert ink_shown(sheet, picture, ["weather"])["weather"] < 0.2


def test_a_faint_secret_beside_plain_words_stays_masked() -> None:
    sheet = Sheet()
    at = sheet.write(40, 60, "The weather was cold ")
    sheet.write(at, 60, "Xk7mVq2pLw9", ink=(225, 225, 225))

    picture = shown(sheet)
    x0, y0, x1, y1 = sheet.words[-1].box
    assert (picture[y0:y1, x0 + 2 : x1] == 128).all()
    assert is_shown(sheet, picture, sheet.words[1])


@pytest.mark.parametrize("where", ["beside", "below"])
def test_a_harmless_word_where_a_secret_is_asked_for_stays_masked(where: str) -> None:
    sheet = Sheet()
    sheet.write(40, 60, "Password:")
    sheet.write(*((160, 60) if where == "beside" else (42, 82)), "sunshine")
    sheet.write(40, 300, "sunshine")

    picture = shown(sheet)
    assert is_shown(sheet, picture, sheet.words[0])
    assert not is_shown(sheet, picture, sheet.words[1], share=0.3)


def test_cells_of_a_table_are_judged_each_for_itself() -> None:
    sheet = Sheet()
    rows = (
        ("Invoice", "Customer", "Amount"),
        ("open", "Annelise Bergstrom", "1480343"),
        ("closed", "Svenja Kowalczyk", "999014"),
    )
    for row in range(4):
        sheet.pen.line((40, 60 + row * 26, 640, 60 + row * 26), fill=(200, 200, 200))
    for column in range(4):
        sheet.pen.line((40 + column * 200, 60, 40 + column * 200, 138), fill=(200, 200, 200))
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            sheet.write(48 + column * 200, 65 + row * 26, cell)

    picture = shown(sheet)
    found = ink_shown(sheet, picture, ["Annelise", "Bergstrom", "1480343", "Svenja", "Kowalczyk", "999014"])
    assert max(found.values()) < 0.1
    assert sum(is_shown(sheet, picture, word) for word in sheet.words if word.word not in found) >= 3


def test_what_is_taller_than_a_line_is_never_shown() -> None:
    sheet = Sheet()
    sheet.write(40, 60, "Welcome", size=64)
    rng = np.random.default_rng(7)
    code = np.kron(rng.integers(0, 2, (29, 29)), np.ones((4, 4))).astype(np.uint8) * 255
    sheet.image.paste(0, (300, 300, 416, 416))
    pixels = sheet.pixels.copy()
    pixels[300:416, 300:416] = code[..., None]
    made = Shown()
    made.paint(pixels)

    picture = made.look()
    assert (picture[310:400, 310:400] == 128).all()
    assert ink_shown(sheet, picture, ["Welcome"])["Welcome"] < 0.05


@pytest.mark.parametrize("seed", range(12))
def test_noise_is_never_shown(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sheet = Sheet()
    pixels = sheet.pixels.copy()
    pixels[100:130, 100:500] = rng.integers(0, 256, (30, 400, 3))
    made = Shown()
    made.paint(pixels)

    assert (made.look()[102:128, 104:496] == 128).all()


def test_only_places_where_words_may_show_are_looked_at() -> None:
    sheet = Sheet()
    sheet.write(40, 60, "The weather was cold")
    sheet.write(520, 60, "The weather was cold")
    made = Shown()
    made.paint(sheet.pixels)

    picture = made.look(words=[Rect(0, 0, 480, SIZE[1])])
    assert [is_shown(sheet, picture, word) for word in sheet.words] == [True] * 4 + [False] * 4
    assert share_shown(sheet, made.look(words=[])) == 0


def test_a_secret_cover_and_a_field_hide_words_that_were_shown() -> None:
    sheet = Sheet()
    sheet.write(40, 60, "The weather was cold")
    made = Shown()
    made.paint(sheet.pixels)
    field = Rect(30, 50, 300, 40)
    assert share_shown(sheet, made.look()) == 1

    for picture in (made.look(fields=[field]), made.look(covers=[field])):
        assert (picture[52:88, 32:328] == 128).all()
    assert share_shown(sheet, made.look()) == 1


def test_a_changed_line_is_masked_or_shown_by_what_it_says_now() -> None:
    sheet, after = Sheet(), Sheet()
    sheet.write(40, 60, "The weather was cold")
    sheet.write(40, 90, "The road was closed")
    after.write(40, 60, "Annelise Bergstrom")
    after.write(40, 90, "The road was closed")
    made = Shown()
    made.paint(sheet.pixels)
    made.look()
    made.paint(after.pixels, Rect(0, 50, 960, 30))

    picture = made.look()
    assert max(ink_shown(after, picture, ["Annelise", "Bergstrom"]).values()) < 0.1
    assert all(is_shown(after, picture, word) for word in after.words[2:])
