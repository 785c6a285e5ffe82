"""A folder that can't be read is an error, never an empty folder."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recorder.store import folders, rotate
from recorder.store.session import SessionReader
from recorder.store.vault import UnlockedVault, Vault
from tests.store.synthetic import PASSPHRASE, two_apps


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], None]:
    """From now on this folder can't be listed, whoever asks: root as well."""

    def start(refused: Path) -> None:
        for name in ("listdir", "scandir"):
            real = getattr(os, name)

            def call(path: Any = ".", real: Callable[[Any], Any] = real) -> Any:
                if path in (refused, str(refused)):
                    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
                return real(path)

            monkeypatch.setattr(os, name, call)

    return start


def test_files_are_listed_by_name_and_a_missing_folder_is_empty(tmp_path: Path) -> None:
    for name in ("delete-b.json", "delete-a.json", "delete-c.tmp", "other.json"):
        (tmp_path / name).write_bytes(b"")

    assert [path.name for path in folders.listed(tmp_path, "delete-", ".json")] == ["delete-a.json", "delete-b.json"]
    assert folders.listed(tmp_path / "nothing") == []


def test_all_plain_files_below_are_found_and_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "one" / "two").mkdir(parents=True)
    (tmp_path / "one" / "two" / "file").write_bytes(b"")
    (tmp_path / "link").symlink_to(tmp_path / "one")

    assert folders.files_in(tmp_path) == [tmp_path / "one" / "two" / "file"]
    assert {path.name for path in folders.everything_in(tmp_path)} == {"one", "two", "file", "link"}


def test_what_can_not_be_read_is_not_taken_for_empty(tmp_path: Path, refuse: Callable[[Path], None]) -> None:
    (tmp_path / "inner").mkdir()
    refuse(tmp_path / "inner")

    for look in (folders.listed, folders.files_in):
        with pytest.raises(PermissionError):
            look(tmp_path / "inner")
    with pytest.raises(PermissionError):
        folders.files_in(tmp_path)


def test_a_key_that_can_not_be_wrapped_anew_keeps_the_old_one(
    home: Path, unlocked: UnlockedVault, refuse: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    start = two_apps(home, unlocked.recipient)
    monkeypatch.setattr(rotate, "sweep", lambda home: None)  # it looks before, and the folder fails behind it
    refuse(home / "sessions" / start.session_id / "keys")

    with pytest.raises(PermissionError):
        rotate.rotate(home, unlocked)

    monkeypatch.undo()
    again = Vault.open(home).unlock(lambda: PASSPHRASE)
    assert SessionReader(home, start.session_id, again).table("events").num_rows > 0
    rotate.rotate(home, again)
    assert len(again.epochs) == 1
    assert SessionReader(home, start.session_id, again).check() == []
