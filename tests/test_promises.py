"""Every privacy sentence names a test, and every test that a document names exists."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
THREATS = ROOT / "docs" / "threat-model.md"
ROW = re.compile(r"^\| (\d+) \| (.+?) \| (.+) \|$", re.MULTILINE)
TEST_ID = re.compile(r"(tests/[\w/]+\.py)::(\w+)")
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "schemas/**/*.md", "recorder/**/*.md", "recorder/**/*.py")
    for path in ROOT.glob(pattern)
)


def functions_of(path: Path) -> set[str]:
    """Names of the test functions in a file, those inside classes too; empty when there is no such file."""
    if not path.exists():
        return set()
    tree = ast.parse(path.read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def missing(text: str) -> list[str]:
    return [f"{path}::{name}" for path, name in TEST_ID.findall(text) if name not in functions_of(ROOT / path)]


def promises() -> list[tuple[str, str, str]]:
    return ROW.findall(THREATS.read_text().split("## What is not promised")[0])


def test_the_promises_are_numbered_without_a_hole() -> None:
    numbers = [int(number) for number, _, _ in promises()]

    assert len(numbers) >= 30
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_promise_names_a_test() -> None:
    assert [number for number, _, held_by in promises() if not TEST_ID.search(held_by)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_test_that_a_document_names_exists(document: Path) -> None:
    assert missing(document.read_text()) == []


def test_a_name_that_does_not_exist_would_be_noticed() -> None:
    here = "tests/test_promises.py"
    text = f"`{here}::test_every_promise_names_a_test` `{here}::test_no_such_thing` `tests/no.py::test_x`"

    assert missing(text) == ["tests/test_promises.py::test_no_such_thing", "tests/no.py::test_x"]
