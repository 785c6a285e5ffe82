"""`policy.toml`: text in, a whole `Policy` out, or one error that names line and key. Nothing is half-applied.

    version = 1

    [[app]]
    name = "Editor"                     # what it is called here and in the recording
    executable = "/usr/bin/mousepad"    # at least one identity; every one given must match exactly
    wm_class = "Mousepad"
    desktop_id = "org.xfce.mousepad.desktop"
    text = "none"                       # none, classes, words
    pictures = "masked"                 # masked, words
    sites = ["example.org", "*.example.org"]  # only windows on these sites; left out: any

    [frames]
    min_gap_ms = 200
    max_gap_ms = 10000

    [keep]                              # what `recorder tidy` leaves; left out: everything
    days = 30
    max_gb = 5

No file is the empty policy: nothing is recorded.
"""

import hashlib
import os
import re
import stat
import tomllib
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import NoReturn, TypeVar

from recorder.errors import ExitCode, PolicyError
from recorder.model.policy import AppRule, FramePacing, Keep, PictureMode, Policy, TextLevel
from recorder.model.site import LONGEST_SITES, read_site
from recorder.store.home import DISK_FAILS, DISK_FULL, write_private

FILE_NAME = "policy.toml"
LARGEST_BYTES = 1_000_000
LONGEST_TEXT = 1000
SHORTEST_GAP_MS, LONGEST_GAP_MS = 50, 3_600_000
LONGEST_DAYS, LARGEST_GB = 36_500, 1_000_000
GB = 1_000_000_000

IDENTITIES = ("executable", "wm_class", "desktop_id", "bundle_id")
E = TypeVar("E", bound=StrEnum)


class UnreadableError(PolicyError):
    """The machine does not let the rules be read: nothing is wrong with them that is known."""

    exit_code = ExitCode.ENVIRONMENT


def policy_path(home: Path) -> Path:
    return home / FILE_NAME


def load_policy(home: Path) -> Policy:
    """The rules in force; `sha256` is of the exact bytes read (of none, when there is no file).

    Raises: PolicyError naming line and key for anything that is not understood, and for a file that others could
    have written; UnreadableError where the machine does not let it be read.
    """
    return parse_policy(_read(policy_path(home)))


def save_policy(home: Path, policy: Policy) -> Policy:
    """Write `policy` at once or not at all, 0600, and return it with the hash of the file.

    Raises: PolicyError when what would be written could not be read again; PlatformError when the disk is full.
    """
    content = format_policy(policy).encode()
    written = parse_policy(content)
    write_private(policy_path(home), content)
    return written


def parse_policy(content: bytes) -> Policy:
    """Raises: PolicyError naming line and key."""
    try:
        text = content.decode()
        if not text:
            return Policy(sha256=hashlib.sha256(content).hexdigest())
        document = tomllib.loads(text)
    except UnicodeDecodeError as wrong:
        raise _error(content.count(b"\n", 0, wrong.start) + 1, "", "is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as wrong:
        raise _error(_line_of_syntax(wrong, text), "", "is not valid TOML") from None
    return _Reader(text).policy(document, hashlib.sha256(content).hexdigest())


def format_policy(policy: Policy) -> str:
    """The file's text: always the same for the same policy."""
    lines = ["# Which apps are recorded. Written by `recorder allow`; may be edited by hand.", "version = 1"]
    for app in policy.apps:
        lines += ["", "[[app]]", f"name = {_quote(app.name)}"]
        lines += [f"{key} = {_quote(value)}" for key in IDENTITIES if (value := getattr(app, key)) is not None]
        lines += [f"text = {_quote(app.text)}", f"pictures = {_quote(app.pictures)}"]
        lines += [f"sites = [{', '.join(map(_quote, app.sites))}]"] if app.sites else []
    pacing = policy.pacing
    lines += ["", "[frames]", f"min_gap_ms = {pacing.min_gap_ms}", f"max_gap_ms = {pacing.max_gap_ms}"]
    return "\n".join(lines + _keep_lines(policy.keep)) + "\n"


def _keep_lines(keep: Keep) -> list[str]:
    lines = [] if keep.days is None else [f"days = {keep.days}"]
    if keep.max_bytes is not None:
        lines.append(f"max_gb = {keep.max_bytes / GB:.9f}".rstrip("0").rstrip("."))
    return ["", "[keep]", *lines] if lines else []


class _Reader:
    """Checks one parsed document; keeps its text to find the lines that errors name (tomllib drops them)."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()

    def policy(self, document: Mapping[str, object], sha256: str) -> Policy:
        self._known(document, ("version", "app", "frames", "keep"), "", 0)
        if "version" not in document:
            raise _error(1, "version", "is missing")
        if type(document["version"]) is not int or document["version"] != 1:
            self._refuse("", 0, "version", "must be 1")
        apps = document.get("app", [])
        if not isinstance(apps, list) or not all(isinstance(app, dict) for app in apps):
            self._refuse("", 0, "app", "must be written as [[app]] tables")
        rules = tuple(self._app(app, index) for index, app in enumerate(apps))
        for index, rule in enumerate(rules):
            if rule.name in {earlier.name for earlier in rules[:index]}:
                self._refuse("app", index, "name", "is used twice")
        keep = self._keep(document.get("keep", {}))
        return Policy(apps=rules, pacing=self._pacing(document.get("frames", {})), keep=keep, sha256=sha256)

    def _app(self, app: Mapping[str, object], index: int) -> AppRule:
        self._known(app, ("name", *IDENTITIES, "text", "pictures", "sites"), "app", index)
        name = self._text(app, index, "name")
        if name is None:
            self._refuse("app", index, "name", "is missing")
        identities = {key: self._text(app, index, key) for key in IDENTITIES}
        if not any(identities.values()):
            self._refuse("app", index, "name", f"needs one of {', '.join(IDENTITIES)} beside it")
        executable = identities["executable"]
        if executable is not None and not _resolved(executable):
            self._refuse("app", index, "executable", "must be a resolved absolute path")
        return AppRule(
            name=name,
            executable=executable,
            wm_class=identities["wm_class"],
            desktop_id=identities["desktop_id"],
            bundle_id=identities["bundle_id"],
            text=self._choice(app, index, "text", TextLevel.NONE),
            pictures=self._choice(app, index, "pictures", PictureMode.MASKED),
            sites=self._sites(app, index),
        )

    def _pacing(self, frames: object) -> FramePacing:
        if not isinstance(frames, dict):
            self._refuse("", 0, "frames", "must be written as a [frames] table")
        self._known(frames, ("min_gap_ms", "max_gap_ms"), "frames", 0)
        default = FramePacing()
        shortest = self._gap(frames, "min_gap_ms", default.min_gap_ms)
        longest = self._gap(frames, "max_gap_ms", max(default.max_gap_ms, shortest))
        if shortest > longest:
            self._refuse("frames", 0, "min_gap_ms", "is larger than max_gap_ms")
        return FramePacing(min_gap_ms=shortest, max_gap_ms=longest)

    def _keep(self, keep: object) -> Keep:
        if not isinstance(keep, dict):
            self._refuse("", 0, "keep", "must be written as a [keep] table")
        self._known(keep, ("days", "max_gb"), "keep", 0)
        days, most = keep.get("days"), keep.get("max_gb")
        if days is not None and (type(days) is not int or not 1 <= days <= LONGEST_DAYS):
            self._refuse("keep", 0, "days", f"must be a whole number from 1 to {LONGEST_DAYS}")
        if most is not None and (type(most) not in (int, float) or not 0.001 <= most <= LARGEST_GB):
            self._refuse("keep", 0, "max_gb", f"must be a number from 0.001 to {LARGEST_GB}")
        return Keep(days=days, max_bytes=None if most is None else round(most * GB))

    def _gap(self, frames: Mapping[str, object], key: str, default: int) -> int:
        value = frames.get(key, default)
        if type(value) is not int or not SHORTEST_GAP_MS <= value <= LONGEST_GAP_MS:
            self._refuse("frames", 0, key, f"must be a whole number from {SHORTEST_GAP_MS} to {LONGEST_GAP_MS}")
        return value

    def _text(self, app: Mapping[str, object], index: int, key: str) -> str | None:
        if key not in app:
            return None
        value = app[key]
        if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_TEXT or not value.isprintable():
            self._refuse("app", index, key, "must be a non-empty text in quotes, without control characters")
        return value

    def _sites(self, app: Mapping[str, object], index: int) -> tuple[str, ...]:
        """An empty list is no list: it would mean any site, and look as if it meant none."""
        if "sites" not in app:
            return ()
        given = app["sites"]
        if not isinstance(given, Sequence) or isinstance(given, str) or not 0 < len(given) <= LONGEST_SITES:
            self._refuse("app", index, "sites", f"must be a list of 1 to {LONGEST_SITES} sites in quotes")
        try:
            return tuple(dict.fromkeys(read_site(site) for site in given))
        except ValueError as wrong:
            self._refuse("app", index, "sites", f"{wrong}")

    def _choice(self, app: Mapping[str, object], index: int, key: str, default: E) -> E:
        try:
            return type(default)(str(app.get(key, default)))
        except ValueError:
            self._refuse("app", index, key, f"must be one of {', '.join(type(default))}")

    def _known(self, table: Mapping[str, object], keys: tuple[str, ...], name: str, index: int) -> None:
        for key in table:
            if key not in keys:
                self._refuse(name, index, key, "is not a key that is known here")

    def _refuse(self, table: str, index: int, key: str, problem: str) -> NoReturn:
        raise _error(self._line(table, index, key), key, problem)

    def _line(self, table: str, index: int, key: str) -> int:
        """The line of `key` in the `index`th table of that name; the table's own line when the key is not on one."""
        header = re.compile(rf"\s*\[\[?\s*[\"']?{re.escape(table)}[\"']?\s*\]\]?") if table else None
        wanted = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]|\s*\[\[?\s*[\"']?{re.escape(key)}[\"']?\s*[\].]")
        seen, inside, found = -1, header is None, 1
        for number, line in enumerate(self._lines, start=1):
            if header is not None and line.lstrip().startswith("["):
                seen += bool(header.match(line))
                inside = bool(header.match(line)) and seen == index
                found = number if inside else found
            elif inside and wanted.match(line):
                return number
            if header is None and wanted.match(line):
                return number
        return found


def _resolved(path: str) -> bool:
    # What the rule is compared with is always absolute and without `..`: any other spelling could never match.
    return Path(path).is_absolute() and os.path.normpath(path) == path


def _read(path: Path) -> bytes:
    try:
        # Without waiting: a pipe in its place has nobody at the other end.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        return b""
    except OSError as failure:
        raise _unread(failure) from None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or _others_may_write(status):
            raise PolicyError(
                "policy.toml could have been written by someone else",
                hint="chmod 600 policy.toml, and look at what it allows",
            )
        try:
            content = file.read(LARGEST_BYTES + 1)
        except OSError as failure:
            raise _unread(failure) from None
    if len(content) > LARGEST_BYTES:
        raise PolicyError(f"policy.toml is larger than {LARGEST_BYTES} bytes")
    return content


def _unread(failure: OSError) -> PolicyError:
    if failure.errno in DISK_FAILS | DISK_FULL:
        return UnreadableError(f"policy.toml can't be read: {os.strerror(failure.errno or 0)}", hint="recorder doctor")
    return PolicyError("policy.toml can't be opened", hint="it must be a plain file that you own")


def _others_may_write(status: os.stat_result) -> bool:
    if not hasattr(os, "geteuid"):
        return False  # Windows: the folder's access list is the check
    return status.st_uid != os.geteuid() or bool(status.st_mode & (stat.S_IWGRP | stat.S_IWOTH))


def _line_of_syntax(wrong: tomllib.TOMLDecodeError, text: str) -> int:
    found = re.search(r"at line (\d+)", str(wrong))
    return int(found[1]) if found else len(text.splitlines()) or 1


def _error(line: int, key: str, problem: str) -> PolicyError:
    what = f"'{key}' {problem}" if key else problem
    return PolicyError(f"policy.toml line {line}: {what}", hint="nothing is recorded until the file is right")


def _quote(text: str) -> str:
    """A TOML basic string (toml.io v1.0.0, "String")."""
    return '"' + "".join(_escape(character) for character in text) + '"'


def _escape(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    return character if character.isprintable() else f"\\U{ord(character):08x}"
