"""What is revealed opens every file of that session in any Parquet reader, and nothing else."""

from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest
from pyarrow.parquet import encryption

from recorder.format.seal import Recipient
from recorder.store.reveal import OpenFile, reveal
from recorder.store.session import SessionReader
from recorder.store.vault import UnlockedVault
from tests.store.synthetic import two_apps


def _opens(one: OpenFile) -> Any:
    return encryption.create_decryption_properties(one.key, aad_prefix=one.aad_prefix.encode())


def test_pyarrow_alone_reads_every_row(home: Path, unlocked: UnlockedVault, recipient: Recipient) -> None:
    reader = SessionReader(home, two_apps(home, recipient).session_id, unlocked)
    files, damaged = reveal(reader)

    events = [pq.ParquetFile(f.path, decryption_properties=_opens(f)).read() for f in files if f.table == "events"]
    assert not damaged
    assert {one.path.name for one in files} == {path.name for path in (reader.folder / "segments").iterdir()}
    assert sum(rows.num_rows for rows in events) == reader.table("events").num_rows


def test_polars_alone_reads_every_row(home: Path, unlocked: UnlockedVault, recipient: Recipient) -> None:
    reader = SessionReader(home, two_apps(home, recipient).session_id, unlocked)

    for one in reveal(reader)[0]:
        opens = pl.ParquetDecryptionProperties(footer_key=one.key, aad_prefix=one.aad_prefix.encode())
        rows = pl.read_parquet(one.path, decryption=opens)
        same = pl.from_arrow(pq.ParquetFile(one.path, decryption_properties=_opens(one)).read())
        assert isinstance(same, pl.DataFrame)
        assert rows.equals(same)


def test_another_sessions_keys_open_nothing(home: Path, unlocked: UnlockedVault, recipient: Recipient) -> None:
    one, two = (reveal(SessionReader(home, two_apps(home, recipient).session_id, unlocked))[0] for _ in range(2))

    with pytest.raises(OSError, match=r"[Dd]ecrypt|GCM"):
        pq.ParquetFile(one[0].path, decryption_properties=_opens(two[0])).read()


def test_no_key_shows_in_its_text_form(home: Path, unlocked: UnlockedVault, recipient: Recipient) -> None:
    one = reveal(SessionReader(home, two_apps(home, recipient).session_id, unlocked))[0][0]

    assert repr(one) == f"<OpenFile {one.path.name}>"
