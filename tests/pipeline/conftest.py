"""A home with a consent, made once; every test gets a copy of its own."""

import shutil
from pathlib import Path

import pytest

from tests.recorded import PASSPHRASE, RecordedHome, make_home


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory) -> RecordedHome:
    return make_home(tmp_path_factory.mktemp("template") / "home")


@pytest.fixture
def home(_template: RecordedHome, tmp_path: Path) -> RecordedHome:
    from recorder.store.vault import Vault

    shutil.copytree(_template.path, tmp_path / "home")
    return RecordedHome(tmp_path / "home", Vault.open(tmp_path / "home").unlock(lambda: PASSPHRASE), _template.head)
