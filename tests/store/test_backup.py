"""A backup of the key: one private file under its own passphrase, for this home and for the key of the moment alone."""

import base64
import json
import shutil
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recorder.errors import DamagedError, PlatformError, RecorderError, UsageError
from recorder.format.seal import Recipient
from recorder.store import backup, delete, keyholder, staged
from recorder.store.home import ensure
from recorder.store.rotate import rotate
from recorder.store.selector import Selector, What
from recorder.store.session import SessionReader
from recorder.store.vault import UnlockedVault, Vault, VaultKind
from tests.store.synthetic import PASSPHRASE, make_vault, two_apps

OWN = "the passphrase of the backup"
NEW = "the passphrase after it"


@pytest.fixture(autouse=True)
def _cheap_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cost of guessing is tried in test_vault.py and below."""
    cheap = {"memory_cost": 64, "iterations": 1, "lanes": 1}
    monkeypatch.setattr(keyholder, "ARGON2", cheap)
    monkeypatch.setattr(backup, "ARGON2", cheap)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "recorder.key"


def test_a_lost_passphrase_is_replaced_and_every_session_opens_again(
    home: Path, unlocked: UnlockedVault, recipient: Recipient, file: Path
) -> None:
    start = two_apps(home, recipient)
    before = SessionReader(home, start.session_id, unlocked).table("events")
    unlocked.set_head("consent", "h1")
    backup.write(file, unlocked, OWN, now_us=7)

    again = backup.restore(home, backup.read(file, OWN), VaultKind.PASSPHRASE, NEW)

    assert again.head("consent") == "h1"
    opened = Vault.open(home).unlock(lambda: NEW)
    assert SessionReader(home, start.session_id, opened).table("events").equals(before)
    with pytest.raises(UsageError):
        Vault.open(home).unlock(lambda: PASSPHRASE)


def test_it_is_private_and_holds_no_secret_in_clear(unlocked: UnlockedVault, file: Path) -> None:
    backup.write(file, unlocked, OWN, now_us=7)

    content = file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for secret in unlocked.secrets().values():
        assert secret not in content
        assert base64.b64encode(secret) not in content
    assert OWN.encode() not in content
    assert "secrets" not in repr(backup.read(file, OWN))


def test_nothing_is_overwritten_and_nothing_half_written_stays(
    unlocked: UnlockedVault, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_bytes(b"precious")
    with pytest.raises(UsageError, match="exists"):
        backup.write(file, unlocked, OWN, now_us=7)
    assert file.read_bytes() == b"precious"

    def full(descriptor: int, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "write_all_and_close", full)
    other = file.with_name("other.key")
    with pytest.raises(PlatformError, match="disk does not take more"):
        backup.write(other, unlocked, OWN, now_us=7)
    assert not other.exists()


@pytest.mark.parametrize("name", ["missing/recorder.key"])
def test_a_folder_that_is_not_there_is_said(unlocked: UnlockedVault, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="no folder"):
        backup.write(tmp_path / name, unlocked, OWN, now_us=7)


def test_a_wrong_passphrase_is_told_from_a_damaged_file(unlocked: UnlockedVault, file: Path) -> None:
    backup.write(file, unlocked, OWN, now_us=7)

    with pytest.raises(UsageError, match="not the backup's passphrase"):
        backup.read(file, OWN + "x")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_one_changed_byte_anywhere_is_refused_or_is_no_change(
    unlocked: UnlockedVault, tmp_path: Path, data: st.DataObject
) -> None:
    file = tmp_path / "once.key"
    if not file.exists():
        backup.write(file, unlocked, OWN, now_us=7)
    content, whole = file.read_bytes(), backup.read(file, OWN)
    at = data.draw(st.integers(0, len(content) - 1))
    bit = 1 << data.draw(st.integers(0, 7))
    changed = file.with_name("changed.key")
    changed.write_bytes(content[:at] + bytes([content[at] ^ bit]) + content[at + 1 :])

    try:
        found = backup.read(changed, OWN)
    except (DamagedError, UsageError):
        return
    assert found == whole


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200) | st.sampled_from([b"{}", b"[]", b"null", b'{"format": "recorder-key-backup"}']))
def test_any_other_file_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "other"
    file.write_bytes(content)

    with pytest.raises(RecorderError):
        backup.read(file, OWN)


def test_a_forged_backup_can_not_weaken_the_hash(unlocked: UnlockedVault, file: Path) -> None:
    backup.write(file, unlocked, OWN, now_us=7)
    fields = json.loads(file.read_bytes())
    fields["argon2"]["memory_cost"] = 8
    file.write_text(json.dumps(fields))

    with pytest.raises(DamagedError, match="another key derivation"):
        backup.read(file, OWN)


def test_a_backup_of_another_home_is_refused_and_changes_nothing(
    home: Path, unlocked: UnlockedVault, file: Path, tmp_path: Path
) -> None:
    stranger = make_vault(ensure(tmp_path / "other"))[1]
    backup.write(file, stranger, OWN, now_us=7)
    before = (home / "vault.key").read_bytes(), (home / "vault.json").read_bytes()

    with pytest.raises(UsageError, match="of another home"):
        backup.restore(home, backup.read(file, OWN), VaultKind.PASSPHRASE, NEW)
    assert ((home / "vault.key").read_bytes(), (home / "vault.json").read_bytes()) == before


def test_every_deletion_ends_the_backups_that_were_made_before(
    home: Path, unlocked: UnlockedVault, recipient: Recipient, file: Path
) -> None:
    start, other = two_apps(home, recipient), two_apps(home, recipient)
    backup.write(file, unlocked, OWN, now_us=7)
    delete.delete_session(home, unlocked, start.session_id)
    old = backup.read(file, OWN)

    with pytest.raises(UsageError, match="out of date"):
        backup.restore(home, old, VaultKind.PASSPHRASE, NEW)
    # Even by force it opens nothing that is here now.
    (home / "vault.key").unlink()
    keyholder.PassphraseFile.create(home / "vault.key", NEW, old.secrets, old.secrets)
    with pytest.raises(DamagedError):
        SessionReader(home, other.session_id, Vault.open(home).unlock(lambda: NEW))


def test_a_backup_from_before_a_deletion_opens_an_old_copy_as_is_said_when_it_is_made(
    home: Path, unlocked: UnlockedVault, recipient: Recipient, file: Path, tmp_path: Path
) -> None:
    """The residual, kept honest: if this ever fails, the words of `recorder key backup` are wrong."""
    start = two_apps(home, recipient)
    backup.write(file, unlocked, OWN, now_us=7)
    copy = tmp_path / "copy"
    shutil.copytree(home, copy)
    copy.chmod(0o700)
    delete.delete_session(home, unlocked, start.session_id)

    again = backup.restore(copy, backup.read(file, OWN), VaultKind.PASSPHRASE, NEW)
    assert SessionReader(copy, start.session_id, again).count("events") > 0


def test_a_home_that_is_older_than_the_backup_is_refused(
    home: Path, unlocked: UnlockedVault, file: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(home, copy)
    copy.chmod(0o700)
    rotate(home, unlocked)
    backup.write(file, unlocked, OWN, now_us=7)

    with pytest.raises(UsageError, match="not the one of this home"):
        backup.restore(copy, backup.read(file, OWN), VaultKind.PASSPHRASE, NEW)


def test_what_was_staged_since_stays_staged(
    home: Path, unlocked: UnlockedVault, recipient: Recipient, file: Path
) -> None:
    start = two_apps(home, recipient)
    kept = two_apps(home, recipient)
    backup.write(file, unlocked, OWN, now_us=7)
    staged.stage(home, unlocked, Selector(what=What.SESSION, session_id=start.session_id))

    again = backup.restore(home, backup.read(file, OWN), VaultKind.PASSPHRASE, NEW)
    with pytest.raises(UsageError, match="staged for deletion"):
        SessionReader(home, start.session_id, again)
    assert SessionReader(home, kept.session_id, again).count("events") > 0
