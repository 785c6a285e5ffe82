"""From what a person types to an exact identity: a program's path, a desktop file, or a window class.

Nothing is guessed: an executable is pinned only where it is known for sure, and a script is refused as an identity,
because the process behind the window is then another program.
"""

import configparser
import os
import shlex
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from recorder.errors import PlatformError, UsageError
from recorder.model.policy import AppRule

SEE_RUNNING = "open the app and run: recorder allow --running"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenApp:
    """Who owns one or more of the open windows. Never a title."""

    executable: str | None
    wm_class: str | None
    wm_instance: str | None
    desktop_id: str | None
    allowed: bool
    browser: bool = False  # has private windows that only accessibility tells from others

    @property
    def kind(self) -> str:
        return "browser" if self.browser else "app"

    def is_called(self, word: str) -> bool:
        return word.casefold() in {name.casefold() for name in (self.wm_class, self.wm_instance) if name}


def open_apps(rules: Sequence[AppRule], blocked_apps: frozenset[str]) -> list[OpenApp]:
    """The apps that have a window now, each once. Raises: PlatformError when the desktop can't be looked at."""
    from recorder.capture.chooser import choose_backend
    from recorder.guard.allowlist import Allowlist
    from recorder.model.policy import Policy

    allowlist = Allowlist(Policy(apps=tuple(rules)), blocked_apps)
    found: dict[OpenApp, None] = {}
    for window in choose_backend().windows().stack:
        if window.app is not None and not window.own:
            app = window.app
            found[
                OpenApp(
                    executable=app.executable,
                    wm_class=app.wm_class,
                    wm_instance=app.wm_instance,
                    desktop_id=app.desktop_id,
                    allowed=allowlist.allows(window),
                    browser=app.browser,
                )
            ] = None
    return sorted(found, key=lambda app: (app.wm_class or "", app.executable or ""))


def identify(typed: str) -> AppRule:
    """The rule for one APP. Raises: UsageError for what names no app."""
    if typed.endswith(".desktop"):
        return _from_desktop_file(typed)
    if "/" in typed or os.sep in typed:
        return _from_path(typed)
    if not typed.strip() or not typed.isprintable():
        raise UsageError("an app needs a name", hint=SEE_RUNNING)
    return AppRule(name=typed, wm_class=typed, executable=_executable_of_class(typed))


def _from_path(typed: str) -> AppRule:
    path = Path(typed).expanduser()
    try:
        resolved = path.resolve(strict=True)
    except OSError:
        raise UsageError(f"there is no program at {typed}", hint=SEE_RUNNING) from None
    if not resolved.is_file() or not os.access(resolved, os.X_OK):
        raise UsageError(f"{typed} is not a program", hint=SEE_RUNNING)
    if _is_script(resolved):
        raise UsageError(
            f"{typed} is a script that starts another program, so no window would ever be its own", hint=SEE_RUNNING
        )
    return AppRule(name=path.name, executable=str(resolved))


def _from_desktop_file(typed: str) -> AppRule:
    """The program and the window class that an application's desktop file names.

    Source: Desktop Entry Specification 1.5, "Exec", "TryExec" and "StartupWMClass".
    """
    entry = _read_desktop_file(typed)
    words = _split(entry.get("Exec", ""))
    program = shutil.which(entry.get("TryExec", "") or (words[0] if words else ""))
    executable = None if program is None or _is_script(Path(program)) else str(Path(program).resolve())
    wm_class = entry.get("StartupWMClass") or None
    if executable is None and wm_class is None:
        raise UsageError(f"{typed} does not say whose windows are its own", hint=SEE_RUNNING)
    return AppRule(name=Path(typed).stem, executable=executable, wm_class=wm_class)


def _read_desktop_file(typed: str) -> dict[str, str]:
    for place in _desktop_file_places(typed):
        parser = configparser.RawConfigParser(strict=False, delimiters=("=",), comment_prefixes=("#",))
        parser.optionxform = str  # type: ignore[assignment,method-assign]
        try:
            if parser.read(place, encoding="utf-8"):
                return dict(parser.items("Desktop Entry"))
        except (configparser.Error, UnicodeDecodeError):
            raise UsageError(f"{typed} is not a desktop file", hint=SEE_RUNNING) from None
    raise UsageError(f"there is no {typed} among the installed applications", hint=SEE_RUNNING)


def _desktop_file_places(typed: str) -> Iterable[Path]:
    """Source: XDG Base Directory Specification, "data directories"."""
    if "/" in typed:
        return [Path(typed).expanduser()]
    home = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local/share")
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    return [Path(folder) / "applications" / typed for folder in [home, *shared.split(":")]]


def _executable_of_class(word: str) -> str | None:
    """The one program that owns windows of this class now; else the program of this name; None when neither is sure."""
    try:
        owners = {app.executable for app in open_apps((), frozenset()) if app.is_called(word)}
    except PlatformError:  # no desktop to look at: then by name alone
        owners = set()
    if owners:
        return owners.pop() if len(owners) == 1 else None
    program = shutil.which(word)
    return None if program is None or _is_script(Path(program)) else str(Path(program).resolve())


def _is_script(path: Path) -> bool:
    """Whether another program runs in its place (execve(2), "Interpreter scripts"). Unreadable counts as one."""
    try:
        with path.open("rb") as file:
            return file.read(2) == b"#!"
    except OSError:
        return True


def _split(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return []
