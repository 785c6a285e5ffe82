"""Every threat to be survived before a release is tried by tests that exist: `docs/threat-tests.md` names them."""

import re

import pytest

from tests.test_promises import ROOT, TEST_ID, functions_of

TABLE = ROOT / "docs" / "threat-tests.md"
ROW = re.compile(r"^\| ([A-G]\d+) \| (.+?) \| (.+) \|$", re.MULTILINE)
# What runs without a person, by group. C3, C13, C16, A8, A9, D10, E6, E7 and F6 need other desktops, or a person.
ASKED = {
    "A": (1, 2, 3, 4, 5, 6, 7),
    "B": tuple(range(1, 13)),
    "C": (1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 17, 18),
    "D": (1, 2, 3, 4, 5, 6, 7, 8, 9),
    "E": (1, 2, 3, 4, 5),
    "F": (1, 2, 3, 4, 5),
    "G": (1, 2, 3),
}
CLIPBOARD = re.compile(r"ConvertSelection|convert_selection|XA_PRIMARY|\bCLIPBOARD\b|pyperclip|clipboard_get|xclip")


def rows() -> dict[str, tuple[str, list[tuple[str, str]]]]:
    return {row: (case, TEST_ID.findall(tried)) for row, case, tried in ROW.findall(TABLE.read_text())}


def wanted() -> list[str]:
    return [f"{group}{number}" for group, numbers in ASKED.items() for number in numbers]


@pytest.mark.parametrize("row", wanted())
def test_every_threat_is_tried_by_tests_that_exist(row: str) -> None:
    _, tests = rows()[row]

    assert tests
    assert [f"{path}::{name}" for path, name in tests if name not in functions_of(ROOT / path)] == []
    assert all(name.startswith("test_") for _, name in tests)


def test_a_row_stands_once_and_under_its_group() -> None:
    text = TABLE.read_text()
    groups = re.split(r"^## ", text, flags=re.MULTILINE)[1:]

    found = [row for row, _, _ in ROW.findall(text)]
    assert sorted(found) == sorted(set(found))
    for group in groups:
        assert {row[0] for row, _, _ in ROW.findall(group)} <= {group[0]}
    assert [group[0] for group in groups] == sorted(ASKED)


def test_every_test_that_is_named_after_a_row_is_found_in_it() -> None:
    """A test that says in its name which threat it tries is in the table, unless it tries the search itself."""
    named = re.compile(r"^def (test_([a-g]\d+)_\w+)", re.MULTILINE)
    about_searches = ("notice", "sees", "ordinary", "list_of_our_files")
    held = {name for _, tests in rows().values() for _, name in tests}
    there = [
        (path.relative_to(ROOT).as_posix(), name, row.upper())
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for name, row in named.findall(path.read_text())
    ]
    assert len(there) > 20
    assert [
        one for one in there if one[1] not in held and one[2] in wanted() and not _is_about(one[1], about_searches)
    ] == []


def test_a_row_without_its_test_would_be_noticed() -> None:
    here = "tests/test_threats.py"
    text = f"| A1 | nobody | `{here}::test_no_such_thing` |\n| A2 | nothing | hope |"

    assert [row for row, _, tried in ROW.findall(text) if not TEST_ID.findall(tried)] == ["A2"]
    assert "test_no_such_thing" not in functions_of(ROOT / here)


def test_c18_no_module_asks_for_the_clipboard() -> None:
    files = sorted((ROOT / "recorder").rglob("*.py"))

    assert len(files) > 150
    assert [str(path.relative_to(ROOT)) for path in files if CLIPBOARD.search(path.read_text())] == []
    assert CLIPBOARD.search("display.convert_selection(CLIPBOARD)")


def _is_about(name: str, words: tuple[str, ...]) -> bool:
    return any(word in name for word in words)
