"""A person with a home of their own."""

from pathlib import Path

import pytest

from tests.consent.people import Person


@pytest.fixture
def person(tmp_path: Path) -> Person:
    return Person(tmp_path / "home")
