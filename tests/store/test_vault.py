"""Keys rest in a real Secret Service or under a passphrase, and nowhere else."""

import json
import os
import subprocess
import sys
from pathlib import Path

import keyring
import pytest

from recorder.errors import DamagedError, PlatformError, UsageError
from recorder.store import keyholder
from recorder.store.home import ensure
from recorder.store.keyholder import encrypting_backend
from recorder.store.rotate import rotate
from recorder.store.vault import HeadKeeper, UnlockedVault, Vault, VaultKind
from tests.store.synthetic import PASSPHRASE, every_byte, make_vault

ROOT = Path(__file__).parents[2]
# A session bus and a keyring of their own, in a home of their own; both end with the command.
IN_KEYRING = (
    'printf "synthetic" | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; '
    '"$@"; code=$?; kill "$(busctl --user call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus '
    'GetConnectionUnixProcessID s org.freedesktop.secrets 2>/dev/null | cut -d" " -f2)" 2>/dev/null; exit $code'
)


def _environment(tmp_path: Path, **more: str) -> dict[str, str]:
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700, exist_ok=True)
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return kept | {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(runtime), "PYTHONPATH": str(ROOT)} | more


def _with_keyring(tmp_path: Path, program: str, *, unlocked: bool = True) -> subprocess.CompletedProcess[str]:
    inner = ["sh", "-c", IN_KEYRING, "sh"] if unlocked else []
    command = ["dbus-run-session", "--", *inner, sys.executable, "-c", program, str(tmp_path / "home")]
    return subprocess.run(
        command, env=_environment(tmp_path), capture_output=True, text=True, timeout=60, check=False, cwd=ROOT
    )


ROUND_TRIP = """
import sys
from pathlib import Path
from recorder.store.rotate import rotate
from recorder.store.session import SessionReader
from recorder.store.vault import Vault
from recorder.store import delete
from recorder.errors import PlatformError
from tests.store.synthetic import two_apps
home = Path(sys.argv[1])
vault = Vault.create(home, passphrase=None)
unlocked = vault.unlock()
assert vault.kind == "keyring"
start = two_apps(home, vault.recipient)
before = SessionReader(home, start.session_id, unlocked).table("events")
unlocked.set_head("consent", "abc")
rotate(home, unlocked)
again = Vault.open(home).unlock()
assert again.epochs == [2] and again.head("consent") == "abc" and again.head("audit") is None
assert SessionReader(home, start.session_id, again).table("events").equals(before)
assert delete.delete_session(home, again, start.session_id).verified
Vault.open(home).unlock_heads()
left = Vault.open(home)
left.destroy()
try:
    left.unlock()
except PlatformError as error:
    print("gone:", error.message)
"""


def test_a_real_secret_service_keeps_the_keys(tmp_path: Path) -> None:
    done = _with_keyring(tmp_path, ROUND_TRIP)

    assert done.stdout.startswith("gone:"), done.stderr
    assert not (tmp_path / "home" / "vault.key").exists()


def test_without_a_secret_service_nothing_is_made(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from recorder.errors import PlatformError\n"
        "from recorder.store.vault import Vault\n"
        "try: Vault.create(Path(sys.argv[1]), passphrase=None)\n"
        "except PlatformError as error: print('refused:', error.message, '/', error.hint)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "home")],
        env=_environment(tmp_path, DBUS_SESSION_BUS_ADDRESS="unix:path=/nonexistent"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=ROOT,
    )

    assert done.stdout.startswith("refused:"), done.stderr
    assert "passphrase" in done.stdout
    assert not [path for path in (tmp_path / "home").rglob("*") if path.is_file() and path.suffix != ".lock"]


@pytest.mark.parametrize(
    "name", ["keyring.backends.null.Keyring", "keyring.backends.fail.Keyring", "tests.store.test_vault.LooksGood"]
)
def test_a_backend_that_may_not_encrypt_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    module, _, kind = name.rpartition(".")
    backend = getattr(__import__(module, fromlist=[kind]), kind)()
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)

    with pytest.raises(PlatformError, match="no keyring that encrypts"):
        encrypting_backend()


def test_a_chain_that_begins_with_plaintext_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from keyring.backends.chainer import ChainerBackend

    monkeypatch.setattr(ChainerBackend, "backends", [LooksGood()])
    monkeypatch.setattr(keyring, "get_keyring", ChainerBackend)

    with pytest.raises(PlatformError, match="no keyring that encrypts"):
        encrypting_backend()


class LooksGood:
    """A backend that nobody vouches for."""

    priority = 99


def test_a_passphrase_opens_and_another_does_not(home: Path) -> None:
    vault, unlocked = make_vault(home)

    assert Vault.open(home) == vault
    assert vault.kind is VaultKind.PASSPHRASE
    assert vault.unlock(lambda: PASSPHRASE).recipient == unlocked.recipient
    with pytest.raises(UsageError, match="not the vault's passphrase"):
        vault.unlock(lambda: PASSPHRASE + "x")
    with pytest.raises(PlatformError, match="need their passphrase"):
        vault.unlock()


def test_opening_the_public_half_asks_nobody(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_vault(home)
    monkeypatch.setattr(keyholder, "encrypting_backend", lambda: pytest.fail("asked"))
    (home / "vault.key").unlink()

    assert Vault.open(home).recipient.epoch == 1


def test_a_short_passphrase_is_refused(home: Path) -> None:
    with pytest.raises(UsageError, match="at least 8"):
        Vault.create(home, passphrase="short")
    assert not (home / "vault.json").exists()


def test_a_home_has_one_vault(home: Path) -> None:
    make_vault(home)

    with pytest.raises(UsageError):
        Vault.create(home, passphrase=PASSPHRASE)


def test_no_secret_is_in_any_byte_of_the_home(home: Path) -> None:
    import base64

    _, unlocked = make_vault(home)
    unlocked.set_head("audit", "CANARY-head")

    held = every_byte(home)
    for secret in (unlocked._identities[1].secret, unlocked._mac_key, unlocked._signing.private_bytes_raw()):
        assert secret not in held
        assert base64.b64encode(secret) not in held
    assert b"CANARY" not in held
    assert PASSPHRASE.encode() not in held


def test_the_recording_process_gets_the_heads_without_the_identity(home: Path) -> None:
    vault, _ = make_vault(home)

    keeper = vault.unlock_heads(lambda: PASSPHRASE)
    keeper.set_head("consent", "h1")

    assert type(keeper) is HeadKeeper
    assert vault.unlock(lambda: PASSPHRASE).head("consent") == "h1"
    with pytest.raises(KeyError):
        keeper._holder.get("identity")


def test_signatures_and_macs_are_this_devices(home: Path, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    vault, unlocked = make_vault(home)
    other = make_vault(ensure(tmp_path / "other"))[1]

    Ed25519PublicKey.from_public_bytes(vault.device_public).verify(unlocked.sign(b"message"), b"message")
    mac = unlocked.mac("a", b"message")
    assert unlocked.check_mac("a", b"message", mac)
    assert not unlocked.check_mac("b", b"message", mac)
    assert not other.check_mac("a", b"message", mac)


@pytest.mark.parametrize("field", ["recipient", "device_public", "epoch"])
def test_a_vault_json_of_someone_else_is_noticed_at_unlock(home: Path, tmp_path: Path, field: str) -> None:
    make_vault(home)
    make_vault(ensure(tmp_path / "other"))
    mine = json.loads((home / "vault.json").read_bytes())
    theirs = json.loads((tmp_path / "other" / "vault.json").read_bytes()) | {"epoch": 7}
    (home / "vault.json").write_bytes(json.dumps(mine | {field: theirs[field]}).encode())

    with pytest.raises(DamagedError):
        Vault.open(home).unlock(lambda: PASSPHRASE)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"version": 2}', b"\xff"])
def test_a_vault_json_that_does_not_parse_is_damage(home: Path, content: bytes) -> None:
    make_vault(home)
    (home / "vault.json").write_bytes(content)

    with pytest.raises(DamagedError):
        Vault.open(home)


def test_a_forged_passphrase_file_can_not_weaken_the_hash(home: Path) -> None:
    vault, _ = make_vault(home)
    fields = json.loads((home / "vault.key").read_bytes())
    fields["argon2"]["iterations"] = 1
    (home / "vault.key").write_bytes(json.dumps(fields).encode())

    with pytest.raises(DamagedError):
        vault.unlock(lambda: PASSPHRASE)


def test_destroying_the_vault_leaves_no_key(home: Path) -> None:
    vault, _ = make_vault(home)

    vault.destroy()

    assert not list(home.glob("vault.*"))
    with pytest.raises(PlatformError, match="no keys yet"):
        Vault.open(home)


def test_a_rotation_seen_from_another_process_is_not_undone(home: Path) -> None:
    """Two holders of the vault rotate in turn: the second starts from what the first left."""
    vault, first = make_vault(home)
    second: UnlockedVault = vault.unlock(lambda: PASSPHRASE)

    rotate(home, first)
    rotate(home, second)

    assert vault.open(home).unlock(lambda: PASSPHRASE).epochs == [3]
