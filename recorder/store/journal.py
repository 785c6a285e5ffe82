"""The journal on disk: what is not yet in a segment, encrypted, appended in batches, synced once a second."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recorder.format import journal as journal_format
from recorder.format.journal import Encoder, Header
from recorder.format.manifest import open_json, seal_json
from recorder.format.parquet import DEK_BYTES
from recorder.format.seal import Identity, Recipient
from recorder.store.home import create_private, sync_folder, write_all
from recorder.store.steps import Step, step

JOURNAL = "journal"


def key_context(session_id: str, segment: int) -> str:
    return f"journal|{session_id}|{segment}"


def open_key(header: Header, identity: Identity) -> bytes:
    """Raises: DamagedError."""
    return bytes.fromhex(open_json(header.key, identity, key_context(header.session_id, header.segment)))


class JournalFile:
    """One segment's journal while it is open. Its data key is in memory until `remove`."""

    def __init__(
        self, folder: Path, session_id: str, segment: int, recipient: Recipient, columns: Mapping[str, list[str]]
    ) -> None:
        dek = os.urandom(DEK_BYTES)
        header = Header(
            session_id=session_id,
            segment=segment,
            key=seal_json(dek.hex(), recipient, key_context(session_id, segment)),
            nonce_prefix=journal_format.new_nonce_prefix(),
            columns=dict(columns),
        )
        self._path = folder / JOURNAL / f"{segment:04d}.rlog"
        self._encoder = Encoder(header, dek)
        self._descriptor = create_private(self._path)
        self._pending: list[tuple[str, Any]] = []
        self._unsynced = True
        self.size_bytes = 0
        self._write(self._encoder.head)
        sync_folder(self._path.parent)
        step(Step.JOURNAL_MADE)

    def add(self, kind: str, values: Any) -> None:
        """One operation into the next batch."""
        self._pending.append((kind, values))

    def add_frame(self, values: Any, picture: bytes) -> None:
        """A frame is a record of its own, in order with the batches."""
        self.flush()
        self._write(self._encoder.frame(values, picture))

    def flush(self) -> None:
        """Hand the batch to the system: from here on it survives this process."""
        if self._pending:
            batch, self._pending = self._pending, []
            self._write(self._encoder.batch(batch))

    def sync(self) -> None:
        """From here on it survives the machine."""
        self.flush()
        if self._unsynced:
            os.fdatasync(self._descriptor)
            self._unsynced = False
            step(Step.JOURNAL_SYNCED)

    def _write(self, record: bytes) -> None:
        write_all(self._descriptor, record)
        self.size_bytes += len(record)
        self._unsynced = True
        step(Step.JOURNAL_WRITTEN)

    @property
    def waiting(self) -> bool:
        """Whether something has still to be written or synced."""
        return bool(self._pending) or self._unsynced

    def close(self) -> None:
        """Let go of the file and the key; what was not flushed is dropped."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
            del self._encoder

    def remove(self) -> None:
        """Its segment is sealed: nothing in it is needed any more."""
        self.close()
        self._path.unlink(missing_ok=True)
        sync_folder(self._path.parent)
        step(Step.JOURNAL_REMOVED)
