"""Redacted values in, sealed segments out. Called by one thread; starts none; can read nothing of what it has sealed.

Rows of the open segment are in memory and, encrypted, in its journal. Every minute (or 16 MB) they become a sealed
segment and their keys are dropped. The session's secret identity is wrapped to the vault at the start and forgotten.
"""

import base64
import dataclasses
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from recorder.errors import BusyError, NoConsentError, PlatformError
from recorder.format.manifest import Manifest, Stage, seal_json
from recorder.format.seal import Recipient
from recorder.model.consent import Category, ConsentGrant
from recorder.model.redacted import Channel, Redacted, Tally
from recorder.model.session import SessionStart
from recorder.store import cut, keys, segment
from recorder.store.books import kind_counts
from recorder.store.home import FLOOR_BYTES, check_room, disk_errors, ensure, private_folder, session_folder
from recorder.store.journal import JOURNAL, JournalFile
from recorder.store.lock import FileLock, session_lock
from recorder.store.past import INTENT, Doomed, Past
from recorder.store.rekey import ask_for_rekey
from recorder.store.rotate import remove_session
from recorder.store.rowmaker import RowMaker
from recorder.store.rows import SegmentRows, Tables
from recorder.store.sealed_json import closed, end_fields, start_fields
from recorder.store.steps import Step, step
from recorder.store.taken import ForgottenGap

BATCH_NS = 200_000_000
SYNC_NS = 1_000_000_000
ROLL_NS = 60_000_000_000
ROLL_JOURNAL_BYTES = 16 * 1024 * 1024
ROLL_PICTURE_BYTES = 48 * 1024 * 1024


def boot_ns() -> int:
    """CLOCK_BOOTTIME where there is one: it goes on while the machine sleeps, as a grant's validity does."""
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclasses.dataclass(slots=True)
class Open:
    """The segment that is being filled."""

    number: int
    since_ns: int
    rows: SegmentRows
    journal: JournalFile


class Writer:
    """One session being recorded. Every method may raise PlatformError (disk); after that nothing more is taken, and
    what is sealed or journalled stays."""

    def __init__(
        self,
        home: Path,
        start: SessionStart,
        grant: ConsentGrant,
        recipient: Recipient,
        *,
        clock_ns: Callable[[], int] = time.monotonic_ns,
        grant_clock_ns: Callable[[], int] = boot_ns,
        floor_bytes: int = FLOOR_BYTES,
    ) -> None:
        """Raises: NoConsentError for an expired grant, BusyError for a session id in use, PlatformError."""
        self._clock_ns, self._grant_clock_ns, self._floor_bytes = clock_ns, grant_clock_ns, floor_bytes
        self._home, self._start, self._grant = home, start, grant
        self._failed = False
        self._open: Open | None = None
        self._past = Past()
        self._next_segment = 1
        self._batched_ns = self._synced_ns = clock_ns()
        self.check(grant_clock_ns())
        self._maker = RowMaker(grant.categories & {Category(name) for name in start.categories})
        with self._disk():
            check_room(ensure(home), floor_bytes=floor_bytes)
            self._folder, self._lock = _session_folders(home, start.session_id)
            step(Step.SESSION_FOLDERS)
            self._recipient, key_id = keys.make_for_recording(home, self._folder, recipient)
            step(Step.SESSION_KEY)
            self._manifest = _first_manifest(start, self._recipient, key_id)
            segment.write_manifest(self._folder, self._manifest)

    # Consent

    def check(self, now_ns: int) -> None:
        """No grant, no segment. `now_ns`: CLOCK_BOOTTIME. Raises: NoConsentError when the grant in hand has run out."""
        if now_ns >= self._grant.valid_until_ns:
            raise NoConsentError("the consent grant has run out", hint="`recorder consent show` says where it stands")

    def renew(self, grant: ConsentGrant) -> None:
        """Go on under a newer grant of the same consent. It can only narrow: the open segment is sealed first, and the
        next one has fewer columns. Raises: NoConsentError for another consent's grant or one that has run out."""
        if grant.consent_id != self._start.consent_id:
            raise NoConsentError("the grant belongs to another consent")
        self._grant = grant
        self.check(self._grant_clock_ns())
        if not self._maker.categories <= grant.categories:
            self.roll()
            self._maker.narrow(self._maker.categories & grant.categories)

    # Rows

    def append(self, item: Redacted) -> None:
        """Take one value that passed the guard. What its category does not allow is left out. Cheap: nothing reaches
        the disk before `tick`, but for frames. Raises: TypeError for anything that is not a redacted type."""
        made = self._maker.op(item)
        if self._failed:
            raise PlatformError("the session can't be written any more")
        if made is None:
            return
        if self._open is None:
            self._open_segment()
            self._maker.segment_begins()
        context = self._maker.due_context()
        if context is not None and made[0] != "c":
            self._put("c", context, None)
        self._put(*made)

    def _put(self, kind: str, values: Any, picture: bytes | None) -> None:
        into = self._open or self._open_segment()
        if kind == "s" and values[0] not in into.rows.frames:
            kind, values = "f", self._maker.continued_frame(*values)
        into.rows.apply(kind, values, picture)
        if picture is None:
            into.journal.add(kind, values)
            return
        with self._disk():
            into.journal.add_frame(values, picture)

    def _open_segment(self) -> Open:
        self.check(self._grant_clock_ns())
        columns, now = self._maker.columns, self._clock_ns()
        with self._disk():
            name = (self._start.session_id, self._next_segment)
            journal = JournalFile(self._folder, *name, self._recipient, columns)
        self._open = Open(self._next_segment, now, SegmentRows(columns), journal)
        self._next_segment += 1
        return self._open

    # Time

    def tick(self) -> None:
        """Do what is due: write the batch (200 ms), sync (1 s), seal (60 s, 16 MB). Costs nothing when nothing is."""
        if self._open is None or self._failed:
            return
        now = self._clock_ns()
        if self._must_roll(now, self._open):
            self.roll()
        elif self._open.journal.waiting:
            self._persist(now, self._open.journal)

    def due_ns(self) -> int | None:
        """When `tick` has something to do, on the clock in use; None: not before the next `append`."""
        if self._open is None or self._failed:
            return None
        return self._batched_ns + BATCH_NS if self._open.journal.waiting else self._open.since_ns + ROLL_NS

    @staticmethod
    def _must_roll(now: int, open_segment: Open) -> bool:
        large = open_segment.journal.size_bytes >= ROLL_JOURNAL_BYTES
        large = large or open_segment.rows.picture_bytes >= ROLL_PICTURE_BYTES
        return large or now - open_segment.since_ns >= ROLL_NS

    def _persist(self, now: int, journal: JournalFile) -> None:
        with self._disk():
            if now - self._batched_ns >= BATCH_NS:
                journal.flush()
                self._batched_ns = now
            if now - self._synced_ns >= SYNC_NS:
                check_room(self._home, floor_bytes=self._floor_bytes)
                journal.sync()
                self._synced_ns = now

    def roll(self) -> None:
        """Seal the open segment now, and drop its keys."""
        if self._open is None or self._failed:
            return
        with self._disk():
            check_room(self._home, self._open.journal.size_bytes, self._floor_bytes)
            self._open.journal.sync()
            self._seal(self._open.rows.tables())

    def _seal(self, tables: Tables) -> None:
        """Put `tables` in the place of the open segment, which is gone when this returns."""
        done = self._open
        if done is None:
            return
        if tables:
            sealed = segment.seal(tables, self._start.session_id, done.number, self._recipient)
            segment.write_files(self._folder, sealed)
            self._update(segments=(*self._manifest.segments, sealed.entry))
            self._past.add(sealed.entry, tables)
        done.journal.remove()
        self._open = None

    def _update(self, **changes: Any) -> None:
        manifest = dataclasses.replace(self._manifest, **changes)
        segment.write_manifest(self._folder, manifest)
        self._manifest = manifest

    # Deletion while recording

    def forget(self, since_t_us: int, until_t_us: int | None = None) -> dict[str, int]:
        """Destroy what was recorded in [since, until) (until: now), for good, and leave a gap. Returns counts.

        The open segment is cut exactly. Of sealed segments the writer has no key, so every one that reaches into the
        range goes whole, and so does one whose picture was still on the screen in it. Rows of the range that arrive
        later are held back. The session's and the vault's keys change at the next unlock after the recording
        (`delete.resume`); until then the unlinked bytes could be undeleted by someone who also has the vault.
        """
        until = until_t_us if until_t_us is not None else (self._clock_ns() - self._start.t0_ns) // 1000 + 1
        with self._disk():
            tables = self._open.rows.tables() if self._open is not None else {}
            doomed = self._past.doomed((since_t_us, until), tables)
            ask_for_rekey(self._home, self._start.session_id)
            doomed.write(self._folder)
            step(Step.FORGET_INTENT)
            counts = self._cut_open(doomed, tables)
            step(Step.FORGET_CUT)
            self._destroy_sealed(doomed, counts)
            step(Step.FORGET_DESTROYED)
            self._leave_gaps(doomed)
            step(Step.FORGET_GAPS)
            (self._folder / INTENT).unlink()
            step(Step.FORGET_DONE)
        return counts

    def _cut_open(self, doomed: Doomed, tables: Tables) -> dict[str, int]:
        result = cut.apply(doomed.cut, tables)
        self._maker.lost(kind_counts(result.kinds, result.gone["frames"]))
        self._maker.hold_back(doomed.ranges)
        self._seal(result.tables)
        return {table: result.gone[table] for table in ("events", "frames")}

    def _destroy_sealed(self, doomed: Doomed, counts: dict[str, int]) -> None:
        old = [entry for entry in self._manifest.segments if entry.segment in doomed.segments]
        self._update(segments=tuple(e for e in self._manifest.segments if e.segment not in doomed.segments))
        segment.remove_files(self._folder, [file.name for entry in old for file in entry.files])
        rows, kinds = self._past.drop(doomed.segments)
        self._maker.lost(kinds)
        counts |= {table: counts[table] + rows[table] for table in ("events", "frames")} | {"segments": len(old)}

    def _leave_gaps(self, doomed: Doomed) -> None:
        for span in doomed.ranges:
            gap = ForgottenGap(span, Channel.ALL, self._maker.next_seq())
            self._put("e", self._maker.gap_row(gap), None)
        self._maker.segment_begins()
        if self._open is not None:
            self._open.journal.sync()

    # The end

    @property
    def size_bytes(self) -> int:
        """What the session takes on the disk so far."""
        return self._manifest.size_bytes + (self._open.journal.size_bytes if self._open is not None else 0)

    def discard(self) -> None:
        """Take the session away as if it had never begun. Only while it has no rows: the recording did not start.

        Raises: ValueError when something was recorded.
        """
        if self._open is not None or self._manifest.segments:
            raise ValueError("the session has rows")
        remove_session(self._folder)
        self._lock.release()

    def close(self, counters: Mapping[str, Tally]) -> None:
        """Seal what is open, then the books, and let go. After a failure: let go only; recovery does the rest."""
        try:
            if not self._failed and self._manifest.stage is Stage.RECORDING:
                self.roll()
                self._finish(counters)
        finally:
            if self._open is not None:
                self._open.journal.close()
                self._open = None
            self._lock.release()
            self._failed = True

    def _finish(self, counters: Mapping[str, Tally]) -> None:
        duration_us = (self._clock_ns() - self._start.t0_ns) // 1000
        fields = end_fields(self._maker.books(counters), duration_us)
        with self._disk():
            ended_at_us = self._start.started_at_us + duration_us
            self._manifest = dataclasses.replace(self._manifest, stage=Stage.CLOSED, ended_at_us=ended_at_us)
            self._update(end=closed(self._manifest, fields).end)
        step(Step.SESSION_CLOSED)

    @contextmanager
    def _disk(self) -> Iterator[None]:
        """After any failure nothing more is written; the message says how much is safe."""
        try:
            with disk_errors():
                yield
        except PlatformError as error:
            self._failed = True
            kept = f"; {len(self._past.segments)} sealed segments are kept"
            raise PlatformError(error.message + kept, hint=error.hint) from None
        except OSError:
            self._failed = True
            raise


def _session_folders(home: Path, session_id: str) -> tuple[Path, FileLock]:
    folder = session_folder(home, session_id)
    if folder.exists():
        raise BusyError("a session with this id exists")
    for path in (folder, *(folder / name for name in ("keys", segment.SEGMENTS, JOURNAL))):
        private_folder(path)
    lock = session_lock(folder)
    if not lock.take():
        raise BusyError("a session with this id exists")
    return folder, lock


def _first_manifest(start: SessionStart, recipient: Recipient, key_id: str) -> Manifest:
    return Manifest(
        session_id=start.session_id,
        started_at_us=start.started_at_us,
        ended_at_us=None,
        stage=Stage.RECORDING,
        consent_id=start.consent_id,
        consent_revision=start.consent_revision,
        key_id=key_id,
        public=base64.b64encode(recipient.public).decode(),
        start=seal_json(start_fields(start), recipient, f"start|{start.session_id}"),
        end=None,
    )
