"""Every file that a command makes and every byte that it writes to one, as the kernel saw it: strace(1)."""

import os
import re
from codecs import escape_decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from recorder.demo.scan import MAGICS
from recorder.demo.volunteer import COMMAND

NAMES = "openat,open,creat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,mkdir,mkdirat,mknod,mknodat,truncate"
WRITES = "write,pwrite64,writev,pwritev,pwritev2,sendfile,copy_file_range,splice"
TEXT = r'"((?:[^"\\]|\\.)*)"'
CALL = re.compile(r"^(\w+)\((.*)$")
FOLDER = re.compile(r"AT_FDCWD<([^>]*)>|\d+<([^>]*)>")
# Devices that keep nothing. Pipes, sockets and memory are no paths: strace shows them as `name:[number]`.
PLACES = (Path.home(), Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"), Path("/run/user", str(os.getuid())))
# What the desktop's own programs keep: its keyring, its settings, the X server's log.
NOT_OURS = re.compile(r"\.keyring$|/dconf/|/Xvfb\.log$")
NOWHERE = re.compile(r"^/dev/(null|tty|pts/\d+|ptmx|zero|full)$|^/proc/self/|^/proc/\d+/")


@dataclass(slots=True)
class Trace:
    """`made`: paths that were opened for writing, created, linked or moved to. `files`: what was written, by path.
    `whole`: also what was gone again at the end."""

    made: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    whole: bool = True

    def outside(self, *allowed: Path) -> list[str]:
        """Paths that are neither below one of `allowed` nor nowhere."""
        roots = tuple(str(path) for path in allowed)
        inside = (path for path in {*self.made, *self.files} if not NOWHERE.search(path))
        return sorted(path for path in inside if not any(path == root or path.startswith(root) for root in roots))

    def magics(self, but: tuple[str, ...] = ()) -> list[tuple[str, str]]:
        """Files into which a plain picture, table or database was written, except below `but`."""
        return [
            (path, kind)
            for path, content in self.files.items()
            if not path.startswith(but or ("\0",))
            for kind, pattern in MAGICS.items()
            if pattern.search(content)
        ]


@contextmanager
def traced(log: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Trace]]:
    """The volunteer's commands run under strace in this block; what is yielded reads the trace, after it.

    Only root's strace sees into a process that made itself undumpable. Without root what such a process left counts
    besides: every file of this account that is new or another than before, wherever a program may put one.
    """
    before = None if os.getuid() == 0 else listing()
    options = ["-ff", "-y", "-s", "4000000", "--seccomp-bpf", "-e", f"trace={NAMES},{WRITES}", "-o", str(log)]
    with monkeypatch.context() as patch:
        patch.setattr("recorder.demo.volunteer.COMMAND", ("strace", *options, *COMMAND))
        yield lambda: read(log) if before is None else _with_what_was_left(read(log), before, log)


def listing() -> dict[str, tuple[int, int, int]]:
    """Files of this account in the places where programs put theirs: inode, size and time of change, by path."""
    found: dict[str, tuple[int, int, int]] = {}
    for place in PLACES:
        for folder, _, names in os.walk(place):
            for path in (os.path.join(folder, name) for name in names):  # noqa: PTH118 - there are very many
                with suppress(OSError):
                    status = os.lstat(path)
                    if status.st_uid == os.getuid():
                        found[path] = (status.st_ino, status.st_size, status.st_mtime_ns)
    return found


def _with_what_was_left(trace: Trace, before: dict[str, tuple[int, int, int]], log: Path) -> Trace:
    trace.whole = False
    for path, found in listing().items():
        if before.get(path) == found or path.startswith(str(log)) or NOT_OURS.search(path):
            continue
        trace.made.append(path)
        with suppress(OSError):
            trace.files[path] = Path(path).read_bytes()
    return trace


def read(log: Path) -> Trace:
    """One file for each thread and process, so that no line stands in the middle of another."""
    trace = Trace()
    for one in sorted(log.parent.glob(f"{log.name}.*")):
        with one.open("rb") as lines:
            for line in lines:
                call = CALL.match(line.decode("latin-1"))
                if call is not None and not re.search(r"\) = -1 E", call[2]):
                    _take(trace, call[1], call[2])
    return trace


def _take(trace: Trace, name: str, rest: str) -> None:
    strings = [escape_decode(text.encode("latin-1"))[0] for text in re.findall(TEXT, rest)]
    if name in WRITES.split(","):
        path = _file(rest)
        if path is not None:
            trace.files[path] = trace.files.get(path, b"") + b"".join(strings)
    elif name not in ("open", "openat") or re.search(r"O_(WRONLY|RDWR|CREAT|TRUNC)", rest):
        folders = [first or second for first, second in FOLDER.findall(rest)] or [""]
        trace.made.extend(_join(folders[min(n, len(folders) - 1)], one) for n, one in enumerate(strings))


def _file(rest: str) -> str | None:
    """The path of the descriptor that is written to; None for a pipe, a socket or memory."""
    first = re.match(r"\d+<(/[^>]*)>", rest)
    return None if first is None or first[1].startswith("/memfd:") else first[1]


def _join(folder: str, path: bytes) -> str:
    text = path.decode(errors="replace")
    return text if text.startswith("/") else f"{folder}/{text}"
