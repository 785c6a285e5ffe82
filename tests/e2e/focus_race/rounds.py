"""One round of the race: ordinary text, a move of the focus, a secret typed at once, ordinary text again."""

import contextlib
import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from Xlib.error import XError

from recorder.demo.desktop import VirtualDesktop
from recorder.errors import PlatformError
from recorder.guard.doubt import UNANSWERED_NS
from recorder.model.policy import AppRule, Policy, TextLevel
from recorder.model.raw import Role
from tests.capture.injector import Injector
from tests.e2e.focus_race.ear import Ear

APPS = Path(__file__).parent / "apps"
GTK_PYTHON = "/usr/bin/python3"
# No character occurs in two of them: each says where it was meant to go.
BEFORE, DIGITS, SECRET, AFTER = "blacksmith", "3141592607", "qwerdfgzxv", "nopuyj"
DIGIT_KINDS = ("number", "tel", "date")
SILENT_KINDS = ("checkbox", "select", "date")  # no caret ever tells what became of their keys
_MASK = re.compile(r"\[[a-z ]+\]")  # what stands in place of what was masked
PLACE = (100, 175)  # the secret field of every form
AFTER_PLACE = (100, 275)
BROWSERS = 3  # that may end in the middle, one after the other


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`app`: chromium, gtk, qt, xterm or pinentry; `kind`: of the plain field, or which prompt; `at`: whether the stall
    is before the focus moves or after."""

    app: str
    cause: str
    kind: str = "text"
    stall_ms: int = 0
    gap_ms: int = 60
    at: str = "after"
    level: TextLevel = TextLevel.NONE

    @property
    def spec(self) -> str:
        """As the page takes it."""
        return "/".join((self.cause, str(self.stall_ms), self.at, self.kind))

    @property
    def before(self) -> str:
        return DIGITS if self.kind in DIGIT_KINDS else BEFORE


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of the keys. `leaked` and `kept` are characters; `ordinary` those that went into no secret field."""

    case: Case
    leaked: str
    kept: str
    ordinary: str
    secret: str
    texts: str
    losses: tuple[str, ...] = ()  # of each ordinary key that was withheld, how that came


def policy(level: TextLevel) -> Policy:
    paths = ("/usr/bin/python3", "/usr/lib/chromium/chromium", "/usr/bin/xterm", "/usr/bin/pinentry-gtk-2")
    return Policy(apps=tuple(AppRule(name=p, executable=os.path.realpath(p), text=level) for p in paths))


class Hands:
    """Types at a steady pace."""

    def __init__(self, desktop: VirtualDesktop, gap_ms: int) -> None:
        self.injector = Injector(desktop.display)
        self._gap_s = gap_ms / 1000
        self._next_s = time.monotonic()
        self.count = 0

    def type(self, text: str) -> None:
        for char in text:
            self.key(char)

    def key(self, *chord: str) -> None:
        self._pace()
        self.injector.key(*chord)
        self.count += len(chord)

    def click(self, x: int, y: int) -> None:
        self._pace()
        self.injector.move(x, y)
        self.injector.click(1)

    def close(self) -> None:
        self.injector.display.close()

    def _pace(self) -> None:
        time.sleep(max(0.0, self._next_s - time.monotonic()))
        self._next_s = max(time.monotonic(), self._next_s) + self._gap_s


def title(desktop: VirtualDesktop, window: int) -> str:
    """The window's name now."""
    try:
        return desktop.xdotool("getwindowname", window)
    except (XError, OSError):
        return ""


def await_title(desktop: VirtualDesktop, window: int, start: str, timeout_s: float = 15.0) -> str:
    deadline_s = time.monotonic() + timeout_s
    while not (found := title(desktop, window)).startswith(start):
        assert time.monotonic() < deadline_s, f"the form never said {start!r}"
        time.sleep(0.03)
    return found


def judge(case: Case, ear: Ear, secret: str) -> Outcome:
    """`secret`: the characters that went into the secret field, by its own account."""
    typed = [tapped for tapped in ear.keys if tapped.key.text and tapped.key.text in BEFORE + DIGITS + SECRET + AFTER]
    released = "".join(tapped.key.text or "" for tapped in typed if tapped.released)
    everything = "".join(tapped.key.text or "" for tapped in typed)
    return Outcome(
        case=case,
        leaked="".join(char for char in released if char in secret)
        + "".join(char for char in _MASK.sub("", ear.texts()) if char in secret and char in SECRET),
        kept="".join(char for char in released if char not in secret),
        ordinary="".join(char for char in everything if char not in secret),
        secret=secret,
        texts=ear.texts(),
        losses=tuple(
            (tapped.why or "not settled at the end")
            for tapped in typed
            if not tapped.released and (tapped.key.text or "") not in secret
        ),
    )


# Forms.


def play_form(desktop: VirtualDesktop, case: Case, window: int) -> Outcome:
    """A round in a form that is ready and has the keyboard."""
    hands = Hands(desktop, case.gap_ms)
    with Ear(policy(case.level)) as ear:
        hands.key("Shift_L")  # what was focused before anybody listened is looked for when a key comes
        # Some kinds of fields are never known; then the round begins all the same.
        ear.await_role(Role.TEXT, 2.0)
        time.sleep(0.2)  # nobody types in the very millisecond in which a field has said what it is
        move(case, hands)
        # The key that asks for the answer might move the focus as well, so it comes when time has let go what it does.
        time.sleep(max(case.stall_ms / 1000 + 0.3, UNANSWERED_NS / 1e9 + 0.2))
        hands.key("F9")
        held, _ = json.JSONDecoder().raw_decode(await_title(desktop, window, "held ")[5:])
        ear.await_keys(hands.count)
        time.sleep(0.7)  # signals that are under way
    hands.close()
    return judge(case, ear, held["secret"])


def move(case: Case, hands: Hands) -> None:
    hands.type(case.before)
    match case.cause:
        case "tab":
            hands.key("Tab")
        case "back":
            hands.key("Shift_L", "Tab")
        case "click":
            hands.click(*PLACE)
        case "enter":
            hands.key("Return")
        case "script" | "advance":
            pass  # the form moves the focus by itself while typing goes on
    hands.type(SECRET)
    if case.cause == "click":
        hands.click(*AFTER_PLACE)
    elif case.cause == "back":
        hands.key("Tab")
        hands.key("Tab")
    elif case.cause == "enter":
        hands.key("Return")
    else:
        hands.key("Tab")
    hands.type(AFTER)


def play_native(desktop: VirtualDesktop, case: Case) -> Outcome:
    """GTK or Qt: a process for each round."""
    n = len(case.before) if case.cause == "advance" else 6
    arguments = [case.cause, str(case.stall_ms), case.at, str(n)]
    process = desktop.spawn(
        [GTK_PYTHON, str(APPS / f"{case.app}_form"), *arguments], env={"QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1"}
    )
    try:
        window = desktop.window("^race ready")
        desktop.xdotool("windowfocus", "--sync", window)
        return play_form(desktop, case, window)
    finally:
        end(process)


def play_pages(desktop: VirtualDesktop, cases: Sequence[Case]) -> list[Outcome]:
    """One browser goes through all the pages; where it ends in the middle, another goes on from that page."""
    outcomes: list[Outcome] = []
    for left in reversed(range(BROWSERS)):
        try:
            _play_pages(desktop, cases, outcomes)
        except PlatformError:  # its window is gone
            if not left:
                raise
        else:
            break
    return outcomes


def _play_pages(desktop: VirtualDesktop, cases: Sequence[Case], outcomes: list[Outcome]) -> None:
    """From the page that has no outcome yet. Raises: PlatformError when the browser ends."""
    plan, first = ",".join(case.spec for case in cases), len(outcomes)
    page = f"{(APPS / 'page.html').as_uri()}?plan={plan}#{first}"
    flags = ("--no-sandbox", "--no-first-run", "--no-default-browser-check", "--disable-gpu", "--kiosk")
    process = desktop.spawn(
        ["chromium", *flags, "--force-renderer-accessibility", "--disable-background-networking",
         f"--user-data-dir={desktop.root / f'race-profile-{first}'}", page]
    )  # fmt: skip
    try:
        window = desktop.window("^race ready", timeout_s=60)
        desktop.xdotool("windowfocus", "--sync", window)
        for number in range(first, len(cases)):
            await_title(desktop, window, f"race ready {number}", 30)
            time.sleep(0.5)  # the tree of a new page
            outcomes.append(play_form(desktop, cases[number], window))
            desktop.xdotool("key", "F8")
    finally:
        end(process)


# Terminals and pinentry.

_PROMPTS = {
    "read": "IFS= read -rs answer; echo",
    "sudo": "printf '[sudo] password: '; stty -echo; read -r answer; stty echo; echo",
    "getpass": "python3 -c 'import getpass; getpass.getpass()'",
    "keygen": "ssh-keygen -y -f $KEY",
}


def play_terminal(desktop: VirtualDesktop, case: Case) -> Outcome:
    """A command in xterm asks with echo off; the stall stops the terminal at the Enter before it."""
    folder = desktop.root / "race-bin"
    folder.mkdir(exist_ok=True)
    key = folder / "key"
    if not key.exists():
        keygen = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "zzzzz", "-f", str(key)]
        subprocess.run(keygen, check=True, env=desktop.env)
    done = folder / "done"
    done.unlink(missing_ok=True)
    (folder / BEFORE).write_text(f"#!/bin/bash\nKEY={key}\n{_PROMPTS[case.kind]}\ntouch {done}\n")
    (folder / BEFORE).chmod(0o700)
    path = f"{folder}:{os.environ['PATH']}"
    process = desktop.spawn(
        ["xterm", "-T", "race ready", "-e", "bash", "--norc"], env={"PATH": path, "PS1": "$ ", "HISTFILE": ""}
    )
    hands = Hands(desktop, case.gap_ms)
    try:
        window = desktop.window("^race ready")
        desktop.xdotool("windowfocus", "--sync", window)
        time.sleep(0.6)
        with Ear(policy(case.level)) as ear:
            ear.await_role(None)
            hands.type(BEFORE)
            if case.stall_ms:
                process.send_signal(signal.SIGSTOP)
                threading.Timer(case.stall_ms / 1000, process.send_signal, (signal.SIGCONT,)).start()
            hands.key("Return")
            hands.type(SECRET)
            hands.key("Return")
            time.sleep(case.stall_ms / 1000 + 0.8)
            # Typed ahead, an Enter may not count as one, and the prompt goes on.
            secret = SECRET if done.exists() else SECRET + AFTER
            hands.type(AFTER)
            ear.await_keys(hands.count)
            time.sleep(0.5)
    finally:
        hands.close()
        end(process)
    return judge(case, ear, secret)


def play_pinentry(desktop: VirtualDesktop, case: Case) -> Outcome:
    """A prompt that grabs the keyboard appears over a GTK form while typing goes on."""
    form = desktop.spawn([GTK_PYTHON, str(APPS / "gtk_form"), "none", "0", "after", "99"])
    window = desktop.window("^race ready")
    desktop.xdotool("windowfocus", "--sync", window)
    hands = Hands(desktop, case.gap_ms)
    pinentry = None
    try:
        with Ear(policy(case.level)) as ear:
            ear.await_role(Role.TEXT, 3.0)
            hands.type(BEFORE)
            pinentry = desktop.spawn(
                ["pinentry-gtk-2", "--display", desktop.display], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            assert pinentry.stdin is not None
            pinentry.stdin.write(b"SETDESC race\nGETPIN\n")
            pinentry.stdin.flush()
            hands.type(SECRET[:3])
            desktop.window("pinentry")
            if case.stall_ms:
                pinentry.send_signal(signal.SIGSTOP)
                threading.Timer(case.stall_ms / 1000, pinentry.send_signal, (signal.SIGCONT,)).start()
            hands.type(SECRET[3:])
            time.sleep(case.stall_ms / 1000 + 0.4)
            hands.key("Return")
            secret = _pin(pinentry)
            time.sleep(0.3)
            hands.type(AFTER)
            ear.await_keys(hands.count)
            time.sleep(0.5)
    finally:
        hands.close()
        for process in (pinentry, form):
            if process is not None:
                end(process)
    return judge(case, ear, secret)


def _pin(pinentry: "subprocess.Popen[bytes]") -> str:
    """The answer of the prompt. Source: the Assuan protocol, "D" lines."""
    assert pinentry.stdout is not None
    for line in pinentry.stdout:
        if line.startswith(b"D "):
            return line[2:].strip().decode()
        if line.startswith(b"ERR"):
            break
    return ""


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a program and what it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def play(desktop: VirtualDesktop, cases: Sequence[Case]) -> list[Outcome]:
    """All of them; the browser's together."""
    pages = [case for case in cases if case.app == "chromium"]
    outcomes = play_pages(desktop, pages) if pages else []
    for case in cases:
        if case.app in ("gtk", "qt"):
            outcomes.append(play_native(desktop, case))
        elif case.app == "xterm":
            outcomes.append(play_terminal(desktop, case))
        elif case.app == "pinentry":
            outcomes.append(play_pinentry(desktop, case))
    return outcomes
