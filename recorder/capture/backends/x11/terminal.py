"""From the process behind the focused window to "a terminal there is asking for a password".

window's pid -> its descendants -> their controlling terminals -> termios(3), read through a read-only, non-blocking
descriptor that is closed at once (a slave kept open would hide the shell's end from the terminal emulator).
Reads modes, never input or output.
"""

import errno
import os
import termios
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

# After a key the modes are followed closely: sudo's prompt comes a moment after Enter.
FAST_PERIOD_S = 1 / 40
FAST_FOR_S = 3.0
# While a command runs (cooked mode) a prompt can come at any time without a key; a shell that waits can't start one.
SLOW_PERIOD_S = 0.1
# How often to look for new terminals, which costs a pass over /proc: a window may get the keyboard before its shell
# has begun, later ones come with new tabs and panes.
_RESCAN_NEW_WINDOW_S = 0.25
_NEW_WINDOW_FOR_S = 2.0
_RESCAN_S = 1.0
_RESCAN_WITHOUT_TERMINALS_S = 2.0
# Programs that read a password key by key (sudo's `pwfeedback`, systemd's asterisks): not canonical, so the modes
# alone look like a shell's line editor. They leave ISIG on while they ask, and clear it when they relay a command.
_ASKERS = frozenset(
    (
        "sudo",
        "sudo-rs",
        "su",
        "doas",
        "run0",
        "pkexec",
        "login",
        "passwd",
        "ssh",
        "ssh-add",
        "ssh-keygen",
        "gpg",
        "pinentry-tty",
        "cryptsetup",
        "systemd-tty-ask",
        "systemd-ask-pas",
    )
)


class Mode(Enum):
    """What a terminal does with keys now."""

    ECHOES = "echoes"  # line by line, shown: a command runs or reads
    HIDES = "hides"  # a password is being asked for, or we may not look
    RAW = "raw"  # key by key: a shell's line editor, an editor, ssh, tmux. Says nothing about secrecy
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Process:
    """One line of /proc/PID/stat. `tty`: device number of the controlling terminal, 0 for none. `foreground`: the
    process group that the terminal listens to."""

    pid: int
    command: str
    parent: int
    tty: int
    foreground: int


@dataclass(frozen=True, slots=True)
class Terminal:
    """A controlling terminal, and its oldest process: it tells which process group is in the foreground."""

    device: int
    member: int


@dataclass(slots=True)
class TerminalWatch:
    """Follows the terminals below one window at a time. Time (monotonic seconds) comes in as an argument."""

    pid: int | None = None
    hides: bool = False
    _terminals: tuple[Terminal, ...] = ()
    _modes: tuple[Mode, ...] = ()
    _focused_s: float = float("-inf")
    _fast_until_s: float = 0.0
    _checked_s: float = float("-inf")
    _scanned_s: float = float("-inf")
    _newest_pid: str | None = None

    def focus(self, pid: int | None, now_s: float) -> bool:
        """Another window has the keyboard. Returns whether a terminal of it hides what is typed."""
        self.pid, self._scanned_s, self._newest_pid = pid, float("-inf"), None
        self._focused_s = self._fast_until_s = now_s
        return self.check(now_s)

    def nudge(self, now_s: float) -> bool:
        """A key went down. Returns whether a terminal hides what is typed."""
        self._fast_until_s = now_s + FAST_FOR_S
        return self.check(now_s)

    def check(self, now_s: float) -> bool:
        """Look now. Returns whether a terminal hides what is typed."""
        self._scan_if_stale(now_s)
        self._modes = tuple(mode_of(terminal) for terminal in self._terminals)
        self._checked_s = now_s
        self.hides = Mode.HIDES in self._modes
        return self.hides

    def due_s(self, now_s: float) -> float | None:
        """When to look next; None when nothing can change before a key is pressed."""
        if not self._terminals:
            return None
        if now_s < self._fast_until_s:
            return self._checked_s + FAST_PERIOD_S
        can_change = Mode.ECHOES in self._modes or Mode.HIDES in self._modes
        return self._checked_s + SLOW_PERIOD_S if can_change else None

    def _scan_if_stale(self, now_s: float) -> None:
        if self.pid is None:
            self._terminals = ()
            return
        if now_s - self._scanned_s < self._rescan_period_s(now_s):
            return
        self._scanned_s = now_s
        # A terminal can only be new below the window if a process is new at all.
        newest_pid = _newest_pid()
        if newest_pid is None or newest_pid != self._newest_pid:
            self._newest_pid = newest_pid
            self._terminals = terminals_below(self.pid)

    def _rescan_period_s(self, now_s: float) -> float:
        if now_s - self._focused_s < _NEW_WINDOW_FOR_S:
            return _RESCAN_NEW_WINDOW_S
        return _RESCAN_S if self._terminals else _RESCAN_WITHOUT_TERMINALS_S


def terminals_below(pid: int) -> tuple[Terminal, ...]:
    """Controlling terminals of the process's descendants, without the one that the process itself was started from."""
    processes = {process.pid: process for process in all_processes()}
    below = sorted(_descendants(pid, processes.values()), key=lambda process: process.pid, reverse=True)
    members = {process.tty: process.pid for process in below if process.tty}
    if pid in processes:
        members.pop(processes[pid].tty, None)
    return tuple(Terminal(device, member) for device, member in members.items())


def all_processes() -> Iterable[Process]:
    """Everything in /proc that may be read."""
    for name in os.listdir("/proc"):  # noqa: PTH208 - twice as fast as Path.iterdir, and this is the hot loop
        if name.isdecimal() and (process := read_process(int(name))) is not None:
            yield process


def read_process(pid: int) -> Process | None:
    """A process by its number, None when it has gone. Source: proc_pid_stat(5), fields 2, 4, 7 and 8."""
    # Bare system calls: a scan reads this for every process.
    try:
        fd = os.open(f"/proc/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        line = os.read(fd, 512)
    except OSError:
        return None
    finally:
        os.close(fd)
    # The command is in parentheses and may itself hold blanks and parentheses.
    command = line[line.find(b"(") + 1 : line.rfind(b")")].decode("utf-8", "replace")
    _state, parent, _group, _session, tty, foreground = line[line.rfind(b")") + 2 :].split(b" ", 6)[:6]
    return Process(pid, command, int(parent), int(tty) & 0xFFFFFFFF, int(foreground))


def mode_of(terminal: Terminal) -> Mode:
    """The terminal's mode now. One that we may not open (it is another user's) counts as hiding."""
    path = terminal_path(terminal.device)
    if path is None:
        return Mode.GONE
    try:
        local_flags = _local_flags(path)
    except OSError as error:
        return Mode.HIDES if error.errno in (errno.EACCES, errno.EPERM) else Mode.GONE
    return judge(local_flags, lambda: foreground_command(terminal))


def judge(local_flags: int, foreground: Callable[[], str]) -> Mode:
    """From termios' c_lflag; `foreground` names the command in front. With ICANON off, ECHO is off too: that is a line
    editor at work and not a prompt, unless the command is known to ask that way."""
    if local_flags & termios.ICANON:
        return Mode.ECHOES if local_flags & termios.ECHO else Mode.HIDES
    if local_flags & termios.ECHO or not local_flags & termios.ISIG:
        return Mode.RAW
    return Mode.HIDES if foreground() in _ASKERS else Mode.RAW


def foreground_command(terminal: Terminal) -> str:
    """Name of the command that the terminal listens to, empty when that can't be told."""
    member = read_process(terminal.member)
    leader = read_process(member.foreground) if member is not None and member.foreground > 0 else None
    return leader.command if leader is not None else ""


def terminal_path(device: int) -> str | None:
    """Where a terminal with this device number is, None for kinds that no window shows. Source: the kernel's
    devices.txt: majors 136-143 are Unix98 pseudoterminals, 4 the virtual consoles."""
    major, minor = os.major(device), os.minor(device)
    if 136 <= major <= 143:
        return f"/dev/pts/{(major - 136) * 256 + minor}"
    return None


def _local_flags(path: str) -> int:
    fd = os.open(path, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        return int(termios.tcgetattr(fd)[3])
    except termios.error as error:
        raise OSError(error.args[0], "no terminal") from None
    finally:
        os.close(fd)


def _descendants(pid: int, processes: Iterable[Process]) -> list[Process]:
    children: dict[int, list[Process]] = {}
    for process in processes:
        children.setdefault(process.parent, []).append(process)
    found: list[Process] = []
    front = [pid]
    while front:
        below = children.get(front.pop(), [])
        found += below
        front += [process.pid for process in below]
    return found


def _newest_pid() -> str | None:
    """Number of the newest process. Source: proc_loadavg(5), fifth field."""
    try:
        return Path("/proc/loadavg").read_text("ascii").split()[4]
    except (OSError, IndexError):
        return None
