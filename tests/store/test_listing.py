"""A list of sessions opens no table, and loads nothing that could."""

import subprocess
import sys
from pathlib import Path

import pytest

from recorder.format import manifest
from recorder.store.listing import list_sessions
from recorder.store.vault import UnlockedVault
from tests.noting import noting
from tests.store.synthetic import PASSPHRASE, STARTED_AT_US, two_apps

LISTS = """
import sys
from pathlib import Path
from recorder.store.listing import list_sessions
from recorder.store.vault import Vault
(one,) = list_sessions(Path(sys.argv[1]), Vault.open(Path(sys.argv[1])).unlock(lambda: sys.argv[2]))
print(one.events, one.frames, *sorted({"numpy", "pyarrow", "PIL", "cv2", "qoi"} & set(sys.modules)))
"""


def test_a_list_loads_no_table_reader(home: Path, unlocked: UnlockedVault) -> None:
    two_apps(home, unlocked.recipient)

    done = subprocess.run(
        [sys.executable, "-c", LISTS, str(home), PASSPHRASE], check=True, stdout=subprocess.PIPE, text=True
    )

    assert done.stdout.split() == ["135", "3"]


def test_a_list_reads_each_manifest_once(home: Path, unlocked: UnlockedVault, monkeypatch: pytest.MonkeyPatch) -> None:
    for day in range(3):
        two_apps(home, unlocked.recipient, started_at_us=STARTED_AT_US + day * 86_400_000_000)
    read: list[bytes] = []
    monkeypatch.setattr(manifest, "decode", noting(read, lambda data: data, manifest.decode))

    assert len(list_sessions(home, unlocked)) == 3
    assert len(read) == len(set(read)) == 3
