"""Folders outside the home into which a person asked to have something written: new, private, never overwritten."""

from pathlib import Path

from recorder.errors import UsageError


def check_new_folder(path: Path) -> None:
    """Raises: UsageError unless nothing lies at `path` but, at most, an empty folder."""
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise UsageError(f"{path} exists and is not a folder", hint="name a new folder")
    if path.is_dir() and any(path.iterdir()):
        raise UsageError(f"{path} is not empty", hint="name a new folder; nothing is overwritten")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}", hint="make it first")


def refuse_inside(path: Path, home: Path) -> None:
    """Raises: UsageError for a path in the recorder's home: nothing there may be readable without the key."""
    if path.resolve().is_relative_to(home.resolve()):
        raise UsageError("that is inside the recorder's home, where nothing lies open", hint="name a folder elsewhere")
