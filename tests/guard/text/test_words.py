"""Words that are known stay; names and what nobody knows do not."""

import pytest

from tests.guard.text.made import detector, is_hidden, masked

PROSE = """
Thank you for the quick answer. I looked at the plan again this morning and I think we should move the second part to
the end of the month, because the numbers are not ready yet. If everybody agrees, I will change the calendar and tell
the rest of the team. Please let me know before lunch whether that works for you.

To install the program, open the settings, choose the second tab and click the button at the bottom of the page. A
window with two fields appears. Enter the name of the folder in the first one and leave the other one empty. When the
bar is full, close the window and start the program again. The old files stay where they were.

The rain had stopped an hour before, but the streets were still wet and the light of the lamps lay on the stones like
butter. She walked slowly, with both hands in her pockets, and counted the doors. Behind one of them somebody was
playing the piano, badly, the same four bars over and over. At the corner she turned around and looked back.

Bread needs only flour, water, salt and time. Mix the flour with the water and let it rest for half an hour before you
add the salt. Knead the dough for ten minutes until it is smooth, cover it with a cloth and leave it in a warm place.

We measured how long each step takes and found that most of the time is spent waiting for the disk. Reading the files
in larger blocks made the whole run almost three times faster, while the memory stayed the same. The meeting starts at
10:30 in the large room on the third floor. Coffee and cake are provided. Save as. Print preview. Undo the last change.
"""


def kept_share(text: str) -> float:
    words = text.split()
    return sum(word in set(masked(text).split()) for word in words) / len(words)


def test_of_plain_prose_most_words_are_kept() -> None:
    share = kept_share(PROSE)
    print(f"words of plain English that are kept: {share:.3f}")

    assert share >= 0.95


@pytest.mark.parametrize(
    "text",
    [
        "Save the file as a new document",
        "Inbox (3) - Settings - Firefox",
        "def get_file_name(self, index): return self.fileName",
        "Downloads: 3 of 12 files, 45% done, 10:30 am",
        "1920x1080 at 60fps in utf8",
        "don't open the window",
    ],
)
def test_what_is_harmless_stays(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize(
    "name",
    [
        "John Smith",
        "john smith",
        "JOHN SMITH",
        "Mark Baker",
        "Will Smith",
        "Dr. Rose Young",
        "Anna-Lena Müller",
        "J. R. Carpenter-Wolfgang",
        "Ludwig van Beethoven",
        "Владимир Иванов",
        "山田太郎",
        "محمد علي",
        "O'Connor",
        "mark",
        "José",
        "Jose\u0301",
    ],
)
def test_a_name_is_masked(name: str) -> None:
    assert is_hidden(name)
    assert is_hidden(name, "we met {} at the office.")


def test_a_name_in_a_file_name_takes_the_file_name_along() -> None:
    assert masked("open report_smith-final.txt now") == "open [name] now"


def test_a_number_beside_an_unknown_word_is_masked() -> None:
    assert is_hidden("Musterweg 12")
    assert is_hidden("12 Musterweg")


def test_a_word_that_is_part_of_names_of_places_is_masked_before_one() -> None:
    assert is_hidden("Store Regnevej 69", "it is {} there")
    assert masked("The store is open") == "The store is open"


def test_a_password_with_brackets_is_masked_as_a_whole() -> None:
    assert is_hidden("x*25Ta(o(q")
    assert is_hidden("#yLkj+s%)93")


def test_words_that_are_letters_and_digits_are_unknown() -> None:
    assert masked("summer24 b12c") == "[word]"


def test_a_function_word_is_no_value_to_remember() -> None:
    assert detector().is_function_word("The")
    assert not detector().is_function_word("window")
