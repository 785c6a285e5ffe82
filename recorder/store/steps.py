"""The moments at which a crash has to be survivable, by name. `step` does nothing: it is where the crash tests cut.

Nothing in the recorder sets a watcher, reads one from the environment or may do so: `tests/crash/` does, in a process
of its own. Each name stands behind the act that it names, so "before" is the act before it.
"""

from collections.abc import Callable
from enum import StrEnum


class Step(StrEnum):
    """A closed list: the crash tests prove that each is passed, and that a crash at each leaves nothing wrong."""

    # Every small file (home.write_private)
    FILE_SYNCED = "file.synced"
    FILE_RENAMED = "file.renamed"
    FILE_LASTS = "file.lasts"
    # A session begins (writer)
    SESSION_FOLDERS = "session.folders_made"
    SESSION_KEY = "session.key_made"
    # The open segment (journal)
    JOURNAL_MADE = "journal.made"
    JOURNAL_WRITTEN = "journal.written"
    JOURNAL_SYNCED = "journal.synced"
    JOURNAL_REMOVED = "journal.removed"
    # A segment is sealed (segment, writer)
    SEGMENT_FILE = "segment.file_written"
    SEGMENT_UNLINKED = "segment.file_unlinked"
    MANIFEST_WRITTEN = "manifest.written"
    SESSION_CLOSED = "session.closed"
    # What is deleted while recording (writer)
    FORGET_INTENT = "forget.intent_written"
    FORGET_CUT = "forget.open_segment_cut"
    FORGET_DESTROYED = "forget.sealed_segments_destroyed"
    FORGET_GAPS = "forget.gaps_left"
    FORGET_DONE = "forget.intent_removed"
    # After a crash (recover)
    RECOVER_SEALED = "recover.journal_sealed"
    RECOVER_JOURNAL = "recover.journal_removed"
    RECOVER_ORPHANS = "recover.orphans_removed"
    RECOVER_CLOSED = "recover.session_closed"
    RECOVER_DONE = "recover.done"
    # Deletion (delete, rewrite)
    DELETE_INTENT = "delete.intent_written"
    DELETE_SWEPT = "delete.swept"
    DELETE_REWRITTEN = "delete.segments_rewritten"
    DELETE_SWITCHED = "delete.manifest_switched"
    DELETE_KEY = "delete.old_key_removed"
    DELETE_UNLINKED = "delete.old_files_unlinked"
    DELETE_SESSION_KEYS = "delete.session_keys_removed"
    DELETE_SESSION = "delete.session_removed"
    DELETE_CARRIED_OUT = "delete.carried_out"
    DELETE_VERIFIED = "delete.verified"
    DELETE_LOGGED = "delete.line_written"
    DELETE_DONE = "delete.intent_removed"
    # The vault's key changes (rotate)
    ROTATE_SWEPT = "rotate.swept"
    ROTATE_ADDED = "rotate.key_added"
    ROTATE_REWRAPPED = "rotate.session_rewrapped"
    ROTATE_DROPPED = "rotate.old_key_dropped"
    ROTATE_DONE = "rotate.mark_removed"
    # The vault's secrets go to another holder (holders, moving)
    MOVE_MARKED = "move.mark_written"
    MOVE_KEPT = "move.secret_kept"
    MOVE_FILLED = "move.new_holder_filled"
    MOVE_PROVED = "move.new_holder_proved"
    MOVE_RENAMED = "move.file_renamed"
    MOVE_SWITCHED = "move.switched"
    MOVE_EMPTIED = "move.old_holder_emptied"
    MOVE_DONE = "move.mark_removed"
    # The key's backup, and back (backup)
    BACKUP_WRITTEN = "backup.written"
    BACKUP_IN_PLACE = "backup.in_place"
    RESTORE_MOVED = "restore.moved"
    RESTORE_DONE = "restore.done"
    # What is written outside of the home (unfinished)
    OUTSIDE_NOTED = "outside.noted"
    OUTSIDE_DONE = "outside.note_removed"
    OUTSIDE_CLEANED = "outside.cleaned"
    # Staged deletion (staged)
    STAGE_WRITTEN = "stage.written"
    STAGE_UNDONE = "stage.undone"
    STAGE_PURGED = "stage.purged"
    # A review decision (approval, decisions)
    REVIEW_WRITTEN = "review.decision_written"
    REVIEW_LISTED = "review.listed_as_last"
    REVIEW_DONE = "review.vouched_for"
    # An export (export.folder)
    EXPORT_FOLDER = "export.folder_made"
    EXPORT_FILE = "export.file_written"
    EXPORT_MANIFEST = "export.manifest_written"
    EXPORT_TIMES = "export.times_fixed"
    EXPORT_RENAMED = "export.renamed"
    EXPORT_DONE = "export.done"


Watcher = Callable[[Step], None]
_watcher: Watcher | None = None


def step(name: Step) -> None:
    """The store has just done what `name` says."""
    if _watcher is not None:
        _watcher(name)


def watch(watcher: Watcher | None) -> None:
    """For the crash tests alone: be told of every step from now on."""
    global _watcher
    _watcher = watcher
