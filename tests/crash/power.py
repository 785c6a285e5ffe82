"""What a power cut may take: every byte and every name that was not synced. The strictest disk that POSIX allows.

Data counts as safe when its file was synced, a new, moved or removed name when its folder was. Real file systems keep
more; the recorder may not count on it.
"""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

_open, _close, _truncate, _replace = os.open, os.close, os.truncate, os.replace
_unlink, _mkdir, _rmdir, _link = os.unlink, os.mkdir, os.rmdir, os.link
Undo = Callable[[], None]


@dataclass(slots=True)
class Power:
    """Keeps what is needed to go back. `stash`: a folder beside the home, for every file that went: what someone finds
    who reads the raw disk. Numbered by when they went, each under its old path."""

    stash: Path
    undos: list[tuple[str, Undo]] = field(default_factory=list)  # by folder, oldest first
    safe_bytes: dict[int, int] = field(default_factory=dict)  # inode to what of it is synced, where that is not all
    kept: int = 0

    # Data

    def created(self, path: str) -> None:
        self.safe_bytes[Path(path).stat().st_ino] = 0
        self.undos.append((_folder(path), lambda: _gone(path)))

    def dirty(self, descriptor: int) -> None:
        found = os.fstat(descriptor)
        self.safe_bytes.setdefault(found.st_ino, found.st_size)

    def synced(self, descriptor: int) -> None:
        found = os.fstat(descriptor)
        self.safe_bytes.pop(found.st_ino, None)
        path = os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115
        if os.path.isdir(path):  # noqa: PTH112
            self.undos = [(folder, undo) for folder, undo in self.undos if folder != path]

    # Names

    def before(self, name: str, path: str) -> Undo:
        if name in ("unlink", "remove"):
            kept = self._keep(path)
            return lambda: None if kept is None else _link(kept, path)
        if name == "mkdir":
            return lambda: shutil.rmtree(path, ignore_errors=True)
        if name == "rmdir":
            return lambda: _mkdir(path, 0o700)
        return lambda: None

    def before_rename(self, source: str, target: str) -> Undo:
        kept = self._keep(target) if os.path.isfile(target) else None  # noqa: PTH113

        def undo() -> None:
            _replace(target, source)
            if kept is not None:
                _link(kept, target)

        return undo

    def done(self, path: str, undo: Undo) -> None:
        self.undos.append((_folder(path), undo))

    def cut(self) -> None:
        """Now. What comes back lies where it lay."""
        for _, undo in reversed(self.undos):
            try:
                undo()
            except FileNotFoundError:
                continue  # its folder is one of those that were never there
        for path in self.stash.parent.rglob("*"):
            if path.is_file() and (safe := self.safe_bytes.get(path.stat().st_ino)) is not None:
                _truncate(path, safe)

    def _keep(self, path: str) -> str | None:
        if not os.path.isfile(path):  # noqa: PTH113
            return None
        self.kept += 1
        kept = self.stash / str(self.kept) / Path(path).relative_to(self.stash.parent)
        _make_folders(kept.parent)
        _link(path, kept)
        return str(kept)


def _folder(path: str) -> str:
    return os.path.realpath(os.path.dirname(path))  # noqa: PTH120


def _gone(path: str) -> None:
    if os.path.isfile(path):  # noqa: PTH113
        _unlink(path)


def _make_folders(path: Path) -> None:
    if not path.is_dir():
        _make_folders(path.parent)
        _mkdir(path, 0o700)
