"""The machines of `machines.py` as fixtures. One keyring daemon serves a whole module; every test has its own home."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.machines import KeyringMachine, Machine, bare_env, keyring_env


@pytest.fixture
def bare_machine(tmp_path: Path) -> Machine:
    """Neither display nor keyring."""
    return Machine(bare_env(tmp_path))


@pytest.fixture
def passphrase_machine(bare_machine: Machine) -> Machine:
    """Somebody without a keyring agreed to clicks, pictures and research, under a passphrase."""
    bare_machine.opt_in("1 7 16", "--key-file", "passphrase")
    return bare_machine


@pytest.fixture(scope="module")
def _keyring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with keyring_env(tmp_path_factory.mktemp("keyring")) as env:
        yield env


@pytest.fixture
def keyring_machine(_keyring: dict[str, str], tmp_path: Path) -> KeyringMachine:
    """A real keyring, and nobody has agreed to anything."""
    return KeyringMachine(_keyring | {"RECORDER_HOME": str(tmp_path / "keyring-home")})


@pytest.fixture
def own_keyring_machine(tmp_path: Path) -> Iterator[KeyringMachine]:
    """As `keyring_machine`, with a keyring of its own to break."""
    folder = tmp_path / "machine"
    folder.mkdir()
    with keyring_env(folder) as env:
        yield KeyringMachine(env)
