"""Reading a terminal key by key, so that one key is enough to say no."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

NO_KEYS = ("n", "N", "\x03", "\x04")  # n, Ctrl+C, Ctrl+D. Not Escape: every arrow key begins with it
ENTER = ("\r", "\n")
ERASE = ("\x7f", "\b")


class SaidNoError(Exception):
    """The person pressed the key for no."""


def at_a_terminal() -> bool:
    """Whether a person sits at both ends: stdin and stdout are terminals."""
    return sys.stdin.isatty() and sys.stdout.isatty()


@contextmanager
def key_by_key() -> Iterator[None]:
    """Deliver keys at once and without echo; Ctrl+C arrives as a key. Puts the terminal back as it was (termios(3))."""
    try:
        import termios
    except ImportError:  # Windows' console reads key by key anyway
        yield
        return
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    during = termios.tcgetattr(descriptor)
    during[3] &= ~(termios.ICANON | termios.ECHO | termios.ISIG)
    during[6][termios.VMIN], during[6][termios.VTIME] = 1, 0
    try:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, during)
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def read_line(prompt: str) -> str:
    """A line, edited with Backspace only. Raises: SaidNoError as soon as a no-key is the line's first key."""
    _show(prompt)
    line = ""
    while True:
        key = _read_key()
        if key in ENTER:
            _show("\n")
            return line
        if key in NO_KEYS[2:] or (key in NO_KEYS and not line):
            _show("\n")
            raise SaidNoError
        if key in ERASE:
            _show("\b \b" if line else "")
            line = line[:-1]
        elif key.isprintable():
            _show(key)
            line += key


def _read_key() -> str:
    try:
        import msvcrt
    except ImportError:
        return _read_character()
    return str(msvcrt.getwch())  # type: ignore[attr-defined,unused-ignore]


def _read_character() -> str:
    import os

    # Not through sys.stdin: its buffer would hold keys back from whatever reads the terminal next.
    read = os.read(sys.stdin.fileno(), 1)
    while read and len(read) < 4:
        try:
            return read.decode()
        except UnicodeDecodeError:
            read += os.read(sys.stdin.fileno(), 1)
    return "\x04" if not read else "\N{REPLACEMENT CHARACTER}"


def _show(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
