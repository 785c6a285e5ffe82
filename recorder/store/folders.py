"""What lies in a folder, or an error. `Path.glob` calls a folder empty that can't be read just now, and what is in it
would be taken for gone: a key that is not wrapped anew, a deletion that is not finished, a file that is not searched.
"""

import os
from pathlib import Path
from stat import S_ISREG


def listed(folder: Path, beginning: str = "", ending: str = "") -> list[Path]:
    """By name; empty where there is no folder. Raises: OSError."""
    try:
        found = sorted(folder.iterdir())
    except FileNotFoundError:
        return []
    return [path for path in found if path.name.startswith(beginning) and path.name.endswith(ending)]


def everything_in(folder: Path) -> list[Path]:
    """All files, folders and links below, links not followed. What goes meanwhile is left out. Raises: OSError."""
    found = []
    for top, folders, files in os.walk(folder, onerror=_unless_gone):
        found += [Path(top, name) for name in (*folders, *files)]
    return sorted(found)


def files_in(folder: Path) -> list[Path]:
    """All plain files below. Raises: OSError."""
    return [path for path in everything_in(folder) if _is_plain(path)]


def _is_plain(path: Path) -> bool:
    try:
        return S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False


def _unless_gone(failure: OSError) -> None:
    if not isinstance(failure, FileNotFoundError):
        raise failure
