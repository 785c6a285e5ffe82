"""A home of its own for every test."""

from pathlib import Path

import pytest

from recorder.format.seal import Recipient
from recorder.store.home import ensure
from recorder.store.vault import UnlockedVault
from tests.store.synthetic import make_vault


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return ensure(tmp_path / "home")


@pytest.fixture
def unlocked(home: Path) -> UnlockedVault:
    return make_vault(home)[1]


@pytest.fixture
def recipient(unlocked: UnlockedVault) -> Recipient:
    return unlocked.recipient
