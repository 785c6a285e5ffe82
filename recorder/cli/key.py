"""`recorder key`: where the key of the recordings is; move it, back it up, restore it, or show it to other programs.

The key itself is shown by `reveal` alone, for one session. Everything else moves it without printing it.
"""

import base64
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from recorder.capture.backends.hidden import hide_memory
from recorder.cli import output, passphrase
from recorder.cli.history import note as history
from recorder.errors import DamagedError, UsageError
from recorder.store.audit import Action, Actor, AuditLog
from recorder.store.home import recorder_home
from recorder.store.vault import Vault, VaultKind

if TYPE_CHECKING:
    from recorder.model.tables import AuditRow
    from recorder.store.reveal import OpenFile
    from recorder.store.vault import UnlockedVault

BACKUP_WORDS = "Passphrase for the backup (another one than the vault's is safer): "
KINDS = click.Choice([kind.value for kind in VaultKind])
PLACES = {VaultKind.KEYRING: "in the keyring", VaultKind.PASSPHRASE: "in a file, under your passphrase"}
OUT_OF_DATE = "the key was changed since, as every deletion does; make a new one: recorder key backup FILE"


@click.group(invoke_without_command=True, epilog="Example:  recorder key backup /media/stick/recorder.key")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
@click.pass_context
def key(ctx: click.Context, as_json: bool) -> None:
    """Say where the key of your recordings is and whether its backup is good. Asks for no passphrase."""
    if ctx.invoked_subcommand is not None:
        return
    home = recorder_home()
    vault = Vault.open(home)
    made = last_backup(home)
    current = made is not None and made.count == vault.recipient.epoch
    if as_json:
        state: output.Json = None if made is None else {"made": output.iso(made.at_us), "current": current}
        output.answer_json({"kind": vault.kind, "epoch": vault.recipient.epoch, "backup": state})
        return
    output.answer(f"key     {PLACES[vault.kind]}; changed {vault.recipient.epoch - 1} times")
    if made is None:
        output.answer("backup  none; recorder key backup FILE makes one")
    else:
        good = "opens these recordings" if current else f"out of date: {OUT_OF_DATE}"
        output.answer(f"backup  of {output.iso(made.at_us)[:10]}, {good}")


def last_backup(home: Path) -> "AuditRow | None":
    """The line in the history of the last backup (`count`: the key's epoch in it). Says nothing of where it is."""
    rows = AuditLog(home).readable() if home.is_dir() else []
    return next((row for row in reversed(rows) if row.action == Action.KEY_BACKED_UP), None)


def backup_trouble(home: Path) -> str | None:
    """What to say wherever things stand: the backup that there is opens nothing any more."""
    if not Vault.exists(home):
        return None
    made = last_backup(home)
    if made is None or made.count == Vault.open(home).recipient.epoch:
        return None
    return f"the backup of the key, of {output.iso(made.at_us)[:10]}, is out of date: {OUT_OF_DATE}"


@key.command(epilog="Example:  recorder key change --to keyring")
@click.option("--to", type=KINDS, help="Where the key goes; without it, it stays where it is.")
def change(to: str | None) -> None:
    """Change the passphrase, or move the key into the keyring or out of it. A new key is made with it.

    At every moment the key opens where it was or where it goes. Your recordings stay; backups of the key end.
    """
    from recorder.cli.opened import open_home
    from recorder.store.moving import change as move

    opened = open_home()
    kind = VaultKind(to) if to else opened.unlocked.vault.kind
    chosen = passphrase.ask_new(passphrase.NEW_VARIABLE) if kind is VaultKind.PASSPHRASE else None
    changed = move(opened.home, opened.unlocked, kind, chosen)
    _note(changed.unlocked, Action.KEY_CHANGED)
    output.answer(f"The key is {PLACES[kind]}, and it is a new one: an old copy opens nothing that is here now.")
    if changed.left is not None:
        output.note(f"{changed.left}; it opens nothing any more, and is removed at the next change")
    _say_backup(opened.home)


@key.command(epilog="Example:  recorder key backup /media/stick/recorder.key")
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Write the key into FILE, under a passphrase of its own. Nothing is overwritten.

    Keep it apart from this machine. Every deletion changes the key, so it ends every backup made before.
    """
    from recorder.cli.opened import open_home
    from recorder.store.backup import write
    from recorder.store.outside import refuse_inside

    refuse_inside(file, recorder_home())
    if file.exists() or file.is_symlink():
        raise UsageError(f"{file} exists", hint="name a new file; nothing is overwritten")
    opened = open_home()
    chosen = passphrase.ask_new(passphrase.BACKUP_VARIABLE, BACKUP_WORDS)
    write(file, opened.unlocked, chosen, now_us=time.time_ns() // 1000)
    _note(opened.unlocked, Action.KEY_BACKED_UP)
    for line in WRITTEN:
        output.answer(line.format(file=file))


@key.command(epilog="Example:  recorder key restore /media/stick/recorder.key")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--to", type=KINDS, help="Where the key goes; without it, where this home had it.")
def restore(file: Path, to: str | None) -> None:
    """Put the key from FILE back: on a new machine with your copied home folder, or where the keyring lost it.

    Refuses a backup of another home, one that is out of date, and a home whose key is not lost.
    """
    from recorder.store.backup import read
    from recorder.store.backup import restore as put_back

    hide_memory()
    home = recorder_home()
    vault = Vault.open(home)
    kind = VaultKind(to) if to else vault.kind
    found = read(file, passphrase.ask_of_backup())
    found.refuse_unless_of(vault)
    chosen = passphrase.ask_new(passphrase.NEW_VARIABLE) if kind is VaultKind.PASSPHRASE else None
    unlocked = put_back(home, found, kind, chosen)
    _note(unlocked, Action.KEY_RESTORED)
    output.answer(f"The key is {PLACES[kind]} again, as it was on {output.iso(found.made_at_us)[:10]}.")
    output.answer("What was agreed to since then may have to be agreed to again: recorder consent show")


@key.command(epilog="Example:  recorder key reveal last --json")
@click.argument("session")
@click.option("--json", "as_json", is_flag=True, help="One JSON value: the files with path, key and aad_prefix.")
def reveal(session: str, as_json: bool) -> None:
    """Print what other programs need to open SESSION: per file its path, key and AAD prefix, and the code to paste.

    Whoever has these keys and the files can read the session, until it is rewritten or deleted.
    """
    from recorder.cli.opened import find_sessions, open_home
    from recorder.store.reveal import reveal as keys_of

    (session_id,) = find_sessions([session])
    opened = open_home()
    reader = opened.reader(session_id)
    files, damaged = keys_of(reader)
    history(opened.home, Actor.VAULT, Action.KEY_REVEALED, heads=opened.unlocked, object_id=session_id)
    output.note(WARNING)
    for one in damaged:
        output.note(f"left out: {one.message}")
    if as_json:
        values: list[output.Json] = [_as_json(one) for one in files]
        output.answer_json({"id": session_id, "warning": WARNING, "files": values})
    else:
        output.answer(_code(session_id, files))
    if damaged:
        raise DamagedError(f"session {session_id}: {len(damaged)} parts can't be revealed")


WRITTEN = (
    "Wrote {file}. Keep it, and its passphrase, apart from this machine: both together open these recordings.",
    "It opens a copy of the home folder from before a deletion, too: what you delete later can still be read there by",
    "whoever has that copy, this file and its passphrase. So destroy this file when you delete something.",
    "Every deletion changes the key. From then on this file opens nothing that is here; `recorder` says so.",
)
WARNING = (
    "these keys open the session for every program, past review and past what is staged for deletion; they are shown "
    "once and stored nowhere, so keep them out of files and histories"
)
SNIPPET = """\
import base64
import pyarrow.parquet as pq
from pyarrow.parquet import encryption

for path, key, aad_prefix in FILES:
    opens = encryption.create_decryption_properties(base64.b64decode(key), aad_prefix=aad_prefix.encode())
    table = pq.ParquetFile(path, decryption_properties=opens).read()
    print(path, table.num_rows)
"""


def _code(session_id: str, files: "Sequence[OpenFile]") -> str:
    """A Python program of its own: nothing of the recorder is needed to run it."""
    lines = [f"# Session {session_id}. These are keys: whoever has them and the files can read it.", "FILES = ["]
    for one in files:
        lines.append(f"    ({str(one.path)!r}, {_text(one.key)!r}, {one.aad_prefix!r}),")
    return "\n".join([*lines, "]", SNIPPET])


def _as_json(one: "OpenFile") -> dict[str, output.Json]:
    where: dict[str, output.Json] = {"path": str(one.path), "segment": one.segment, "table": one.table}
    return where | {"key": _text(one.key), "aad_prefix": one.aad_prefix, "algorithm": "AES_GCM_V1"}


def _text(secret: bytes) -> str:
    return base64.b64encode(secret).decode()


def _note(unlocked: "UnlockedVault", action: Action) -> None:
    history(unlocked.home, Actor.VAULT, action, heads=unlocked, count=unlocked.recipient.epoch)


def _say_backup(home: Path) -> None:
    trouble = backup_trouble(home)
    if trouble is not None:
        output.note(trouble)
