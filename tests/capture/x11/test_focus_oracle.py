"""Real applications on a real X server and accessibility bus: which of them are seen as secret, and when."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from recorder.capture.backends.x11.focus_oracle import X11FocusOracle
from recorder.errors import PlatformError
from recorder.model.raw import Fault, RawApp, RawEvent, RawFault, RawFocus, RawSecret, Role, SecretSource
from tests.desktop import VirtualDesktop, enter, processes_of

pytestmark = pytest.mark.desktop

ECHO_OFF = SecretSource.TERMINAL_ECHO_OFF
# Debian's own interpreter: the one that has the GTK bindings.
GTK_PYTHON = "/usr/bin/python3"
FORM = """
import gi
gi.require_version("Gtk", "3.0")
from gi.repository import Gtk
window, box = Gtk.Window(title="gtk form"), Gtk.VBox()
plain, hidden, show = Gtk.Entry(), Gtk.Entry(visibility=False), Gtk.CheckButton(label="show")
show.connect("toggled", lambda button: hidden.set_visibility(button.get_active()))
for child in (plain, hidden, show):
    box.add(child)
window.add(box)
window.show_all()
def ask(_entry):
    dialog, secret = Gtk.Window(title="gtk dialog"), Gtk.Entry(visibility=False)
    dialog.add(secret)
    dialog.show_all()
plain.connect("activate", ask)
Gtk.main()
"""
PAGE = """<title>web form</title><input id=plain autofocus><input id=hidden type=password>
<button onclick="hidden.type = 'text'">show</button>
<span id=place><input id=again type=password></span>
<button onclick="place.innerHTML = '<input id=again>'">rebuild</button>
<input id=late onkeydown="this.type = 'password'">"""

T = TypeVar("T")


class Listener:
    """Runs an oracle in a thread and lets a test wait for what it says."""

    def __init__(self) -> None:
        self.oracle = X11FocusOracle()
        self.heard: list[RawEvent] = []
        self._news = threading.Condition()
        self._thread = threading.Thread(target=self.oracle.run, args=(self._hear,), daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> float:
        """Close, and how long it took `run` to return, in seconds."""
        began_s = time.monotonic()
        self.oracle.close()
        self._thread.join(10)
        assert not self._thread.is_alive()
        return time.monotonic() - began_s

    def focus(self, desktop: VirtualDesktop, pattern: str) -> int:
        """Do what the pipeline does when a window gets the keyboard."""
        window = desktop.window(pattern)
        desktop.xdotool("windowfocus", "--sync", window)
        pid = int(desktop.xdotool("getwindowpid", window))
        self.oracle.window_focused(window, RawApp(pid=pid, executable=None, wm_class=None, wm_instance=None))
        return window

    def press(self, desktop: VirtualDesktop, *keys: str) -> None:
        for key in keys:
            desktop.xdotool("key", key)
            self.oracle.nudge()

    def type_line(self, desktop: VirtualDesktop, text: str) -> None:
        desktop.xdotool("type", text)
        self.press(desktop, "Return")

    def wait(self, find: Callable[[list[RawEvent]], T | None], timeout_s: float = 10.0) -> T:
        deadline_s = time.monotonic() + timeout_s
        with self._news:
            while (found := find(self.heard)) is None:
                left_s = deadline_s - time.monotonic()
                assert left_s > 0, f"not heard in time; heard so far: {self.summary()}"
                self._news.wait(left_s)
            return found

    def wait_focus(self, role: Role, *, timeout_s: float = 10.0) -> RawFocus:
        """The newest word about the focus, once it is this role with a known element."""

        def find(_: object) -> RawFocus | None:
            focus = self.last_focus()
            return focus if focus is not None and focus.role is role and focus.element is not None else None

        return self.wait(find, timeout_s)

    def wait_secret(self, source: SecretSource, *, active: bool) -> None:
        self.wait(lambda _: True if self.is_on(source) is active else None)

    def last_focus(self) -> RawFocus | None:
        return next((event for event in reversed(self.heard) if isinstance(event, RawFocus)), None)

    def is_on(self, source: SecretSource) -> bool:
        said = [event.active for event in self.heard if isinstance(event, RawSecret) and event.source is source]
        return bool(said) and said[-1]

    def faults(self) -> list[tuple[Fault, bool]]:
        return [(event.fault, event.over) for event in self.heard if isinstance(event, RawFault)]

    def roles(self) -> list[Role]:
        return [event.role for event in self.heard if isinstance(event, RawFocus)]

    def summary(self) -> list[str]:
        return [event.role.value if isinstance(event, RawFocus) else type(event).__name__ for event in self.heard]

    def _hear(self, event: RawEvent) -> None:
        with self._news:
            self.heard.append(event)
            self._news.notify_all()


class SlowBus:
    """A bus that accepts whoever comes and hands on what they say once it `answers`."""

    def __init__(self, path: Path, real: str) -> None:
        self.answers = threading.Event()
        self._real = real.partition("unix:path=")[2].partition(",")[0]
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen(8)

    def __enter__(self) -> "SlowBus":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._server.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        self.answers.wait(20)
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as bus, client:
            bus.connect(self._real)
            threading.Thread(target=_pump, args=(bus, client), daemon=True).start()
            _pump(client, bus)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while part := source.recv(1 << 16):
            target.sendall(part)


@pytest.fixture(scope="module")
def place() -> Iterator[VirtualDesktop]:
    with VirtualDesktop(size=(1280, 800)) as virtual:
        yield virtual


@pytest.fixture
def listener(place: VirtualDesktop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    enter(place, monkeypatch)
    heard = Listener()
    heard.oracle.open()
    heard.start()
    yield heard
    heard.stop()


@contextlib.contextmanager
def running(place: VirtualDesktop, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    process = place.spawn(command)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def gtk_form(place: VirtualDesktop) -> Iterator[VirtualDesktop]:
    with running(place, GTK_PYTHON, "-c", FORM):
        yield place


@pytest.fixture
def web_form(place: VirtualDesktop, tmp_path: Path) -> Iterator[VirtualDesktop]:
    page = tmp_path / "page.html"
    page.write_text(PAGE)
    options = ("--force-renderer-accessibility", "--no-sandbox", "--no-first-run", "--disable-gpu")
    with running(place, "chromium", *options, f"--user-data-dir={tmp_path / 'profile'}", page.as_uri()):
        yield place


@pytest.fixture
def shell(place: VirtualDesktop) -> Iterator[VirtualDesktop]:
    with running(place, "xterm", "-T", "shell", "-e", "bash", "--norc"):
        yield place


def test_a_gtk_password_entry_is_secret_and_its_neighbour_is_text(listener: Listener, gtk_form: VirtualDesktop) -> None:
    window = listener.focus(gtk_form, "gtk form")
    plain = listener.wait_focus(Role.TEXT)
    listener.press(gtk_form, "Tab")
    hidden = listener.wait_focus(Role.SECRET)

    assert plain.window == hidden.window == window
    assert plain.element != hidden.element
    assert hidden.rect is not None
    assert hidden.rect.height > 0


def test_a_shown_gtk_password_stays_secret(listener: Listener, gtk_form: VirtualDesktop) -> None:
    listener.focus(gtk_form, "gtk form")
    listener.wait_focus(Role.TEXT)
    listener.press(gtk_form, "Tab")
    hidden = listener.wait_focus(Role.SECRET)
    listener.press(gtk_form, "Tab")
    listener.wait_focus(Role.TEXT)
    listener.press(gtk_form, "space", "shift+Tab")

    assert listener.wait_focus(Role.SECRET).element == hidden.element


def test_a_password_shown_before_it_was_ever_focused_is_secret(listener: Listener, gtk_form: VirtualDesktop) -> None:
    listener.focus(gtk_form, "gtk form")
    listener.wait_focus(Role.TEXT)
    listener.press(gtk_form, "shift+Tab")
    listener.wait(lambda _: True if len(set(elements(listener))) >= 2 else None)
    listener.press(gtk_form, "space", "shift+Tab")

    listener.wait_focus(Role.SECRET)


def elements(listener: Listener) -> list[str]:
    return [event.element for event in listener.heard if isinstance(event, RawFocus) and event.element is not None]


def test_a_window_is_unknown_until_its_element_is_known(listener: Listener, gtk_form: VirtualDesktop) -> None:
    window = listener.focus(gtk_form, "gtk form")
    listener.wait_focus(Role.TEXT)

    first = next(event for event in listener.heard if isinstance(event, RawFocus) and event.window == window)
    assert (first.role, first.element) == (Role.UNKNOWN, None)


def test_a_second_window_of_the_same_process_never_inherits_the_first_ones_answer(
    listener: Listener, gtk_form: VirtualDesktop
) -> None:
    listener.focus(gtk_form, "gtk form")
    listener.wait_focus(Role.TEXT)
    listener.press(gtk_form, "Return")
    dialog = listener.focus(gtk_form, "gtk dialog")
    listener.wait_focus(Role.SECRET)

    about_dialog = [event.role for event in listener.heard if isinstance(event, RawFocus) and event.window == dialog]
    assert Role.TEXT not in about_dialog


def test_zenitys_password_dialog_is_secret(listener: Listener, place: VirtualDesktop) -> None:
    with running(place, "zenity", "--password"):
        listener.focus(place, "^zenity")

        listener.wait_focus(Role.SECRET)


def test_an_application_that_hangs_is_unknown(listener: Listener, place: VirtualDesktop) -> None:
    with running(place, GTK_PYTHON, "-c", FORM) as process:
        listener.focus(place, "gtk form")
        listener.wait_focus(Role.TEXT)
        process.send_signal(19)  # SIGSTOP
        listener.oracle.nudge()

        listener.wait(lambda _: True if listener.roles()[-1] is Role.UNKNOWN else None, 2.0)
        process.send_signal(18)  # SIGCONT
        listener.oracle.nudge()
        listener.wait_focus(Role.TEXT)


def test_an_application_that_dies_is_unknown(listener: Listener, place: VirtualDesktop) -> None:
    with running(place, GTK_PYTHON, "-c", FORM):
        listener.focus(place, "gtk form")
        listener.wait_focus(Role.TEXT)

    listener.wait(lambda _: True if listener.roles()[-1] is Role.UNKNOWN else None, 2.0)


def test_no_focused_window_is_unknown(listener: Listener, gtk_form: VirtualDesktop) -> None:
    listener.focus(gtk_form, "gtk form")
    listener.wait_focus(Role.TEXT)
    listener.oracle.window_focused(None, None)

    focus = listener.wait(lambda _: last if (last := listener.last_focus()) and last.window is None else None)
    assert focus.role is Role.UNKNOWN


def test_a_web_password_is_secret_shown_or_rebuilt_and_its_neighbours_are_text(
    listener: Listener, web_form: VirtualDesktop
) -> None:
    listener.focus(web_form, "web form - Chromium")
    listener.wait_focus(Role.TEXT, timeout_s=30)
    listener.press(web_form, "Tab")
    hidden = listener.wait_focus(Role.SECRET)
    listener.press(web_form, "Tab")
    listener.wait_focus(Role.TEXT)
    listener.press(web_form, "space", "shift+Tab")

    assert listener.wait_focus(Role.SECRET).element == hidden.element  # shown

    listener.press(web_form, "Tab")
    listener.wait_focus(Role.TEXT)
    listener.press(web_form, "Tab")
    again = listener.wait_focus(Role.SECRET)
    listener.press(web_form, "Tab")
    listener.wait_focus(Role.TEXT)
    listener.press(web_form, "space", "shift+Tab")

    assert listener.wait_focus(Role.SECRET).element != again.element  # rebuilt

    listener.press(web_form, "Tab")
    listener.wait_focus(Role.TEXT)
    listener.press(web_form, "Tab")
    listener.press(web_form, "x")

    assert listener.wait_focus(Role.SECRET).element not in (hidden.element, again.element)  # by the first key


@pytest.mark.parametrize(
    "command",
    ["read -s secret", 'python3 -c "import getpass; getpass.getpass()"', "stty -echo; read secret; stty echo"],
)
def test_a_terminal_prompt_without_echo_is_secret_until_enter(
    listener: Listener, shell: VirtualDesktop, command: str
) -> None:
    listener.focus(shell, "^shell$")
    listener.type_line(shell, command)
    listener.wait_secret(ECHO_OFF, active=True)
    listener.type_line(shell, "synthetic")

    listener.wait_secret(ECHO_OFF, active=False)


def test_a_prompt_that_comes_late_is_noticed_without_a_key(listener: Listener, shell: VirtualDesktop) -> None:
    listener.focus(shell, "^shell$")
    listener.type_line(shell, "sleep 4; read -s secret")

    listener.wait_secret(ECHO_OFF, active=True)


def test_normal_typing_in_a_shell_is_never_flagged(listener: Listener, shell: VirtualDesktop, tmp_path: Path) -> None:
    listener.focus(shell, "^shell$")
    done = tmp_path / "done"
    for _ in range(5):
        for letter in "echo":
            listener.press(shell, letter)
        listener.press(shell, "Return")
    listener.type_line(shell, f"touch {done}")
    deadline_s = time.monotonic() + 10
    while not done.exists() and time.monotonic() < deadline_s:
        listener.oracle.nudge()

    assert done.exists()
    assert not any(isinstance(event, RawSecret) for event in listener.heard)


def test_leaving_a_terminal_that_hides_takes_its_secret_along(
    listener: Listener, shell: VirtualDesktop, gtk_form: VirtualDesktop
) -> None:
    gtk_form.window("gtk form")
    listener.focus(shell, "^shell$")
    listener.type_line(shell, "read -s secret")
    listener.wait_secret(ECHO_OFF, active=True)
    listener.focus(gtk_form, "gtk form")
    listener.wait_secret(ECHO_OFF, active=False)
    listener.focus(shell, "^shell$")

    listener.wait_secret(ECHO_OFF, active=True)


LOCKER = """
import sys
from gi.repository import Gio, GLib
node = Gio.DBusNodeInfo.new_for_xml('<node><interface name="org.freedesktop.ScreenSaver"><method name="GetActive">'
    '<arg direction="out" type="b"/></method><signal name="ActiveChanged"><arg type="b"/></signal></interface></node>')
path, name = "/org/freedesktop/ScreenSaver", "org.freedesktop.ScreenSaver"
bus = Gio.bus_get_sync(Gio.BusType.SESSION)
bus.register_object(path, node.interfaces[0], lambda *a: a[6].return_value(GLib.Variant("(b)", (True,))), None, None)
Gio.bus_own_name_on_connection(bus, name, 0, lambda *a: print("ready", flush=True), None)
def unlock(*_):
    bus.emit_signal(None, path, name, "ActiveChanged", GLib.Variant("(b)", (False,)))
GLib.io_add_watch(sys.stdin.fileno(), 0, GLib.IO_IN, unlock)
GLib.MainLoop().run()
"""


def test_a_locked_screen_is_secret_until_it_is_unlocked(place: VirtualDesktop, monkeypatch: pytest.MonkeyPatch) -> None:
    enter(place, monkeypatch)
    locker = place.spawn([GTK_PYTHON, "-c", LOCKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert locker.stdin is not None
    assert locker.stdout is not None
    locker.stdout.readline()
    heard = Listener()
    heard.oracle.open()
    heard.start()
    heard.wait_secret(SecretSource.SCREEN_LOCKED, active=True)
    locker.stdin.write(b"\n")
    locker.stdin.flush()

    heard.wait_secret(SecretSource.SCREEN_LOCKED, active=False)
    heard.stop()
    locker.kill()
    locker.wait()


def test_no_session_bus_is_an_error_with_a_hint(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path / 'nothing'}")

    with pytest.raises(PlatformError) as caught:
        X11FocusOracle().open()
    assert caught.value.hint


@pytest.mark.parametrize("greets", [True, False])
def test_a_bus_that_never_answers_is_an_error_within_the_budget(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, greets: bool
) -> None:
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(tmp_path / "bus"))
        if greets:
            mute.listen(4)
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path / 'bus'}")
        began_s = time.monotonic()
        with pytest.raises(PlatformError):
            X11FocusOracle().open()

    assert time.monotonic() - began_s < 2.5


def test_a_session_bus_that_answers_late_is_a_fault_until_it_does(
    place: VirtualDesktop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    enter(place, monkeypatch)
    real = place.env["DBUS_SESSION_BUS_ADDRESS"]
    with SlowBus(tmp_path / "bus", real) as slow:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path / 'bus'}")
        heard = Listener()
        with pytest.raises(PlatformError):
            heard.oracle.open()
        heard.start()
        heard.wait(lambda _: True if heard.faults() == [(Fault.ACCESSIBILITY_LOST, False)] else None)
        slow.answers.set()

        heard.wait(lambda _: True if heard.faults()[1:] == [(Fault.ACCESSIBILITY_LOST, True)] else None)
        assert heard.stop() < 0.1


def test_a_lost_bus_is_a_fault_and_unknown_and_a_returned_one_is_heard_again(
    place: VirtualDesktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with VirtualDesktop(size=(640, 480)) as doomed:
        enter(doomed, monkeypatch)
        heard = Listener()
        heard.oracle.open()
        heard.start()
        heard.oracle.window_focused(7, None)
        heard.wait(lambda _: True if (last := heard.last_focus()) and last.window == 7 else None)
    heard.wait(lambda _: True if heard.faults() == [(Fault.ACCESSIBILITY_LOST, False)] else None)
    assert heard.roles()[-1] is Role.UNKNOWN
    enter(place, monkeypatch)  # what a restarted bus under the same address is to the oracle

    heard.wait(lambda _: True if heard.faults()[1:] == [(Fault.ACCESSIBILITY_LOST, True)] else None)
    assert heard.stop() < 0.1


def test_a_registry_that_dies_is_a_fault_until_its_successor_knows_what_we_want_to_hear(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with VirtualDesktop(size=(640, 480)) as desktop:
        enter(desktop, monkeypatch)
        heard = Listener()
        heard.oracle.open()
        heard.start()
        for registry in processes_of(desktop, "at-spi2-registryd"):
            os.kill(registry, signal.SIGKILL)
        heard.wait(lambda _: True if [over for _fault, over in heard.faults()] == [False, True] else None)

        with running(desktop, GTK_PYTHON, "-c", FORM):
            heard.focus(desktop, "gtk form")
            heard.wait_focus(Role.TEXT)
            desktop.xdotool("key", "Tab")  # without a nudge: the form itself says it, for it was told that we listen
            heard.wait_focus(Role.SECRET)
        heard.stop()


def test_close_returns_at_once_also_while_an_application_hangs(place: VirtualDesktop, listener: Listener) -> None:
    with running(place, GTK_PYTHON, "-c", FORM) as process:
        listener.focus(place, "gtk form")
        listener.wait_focus(Role.TEXT)
        process.send_signal(19)  # SIGSTOP
        listener.oracle.nudge()

        assert listener.stop() < 0.1
        process.send_signal(18)  # SIGCONT


def test_the_accessibility_setting_is_given_back(place: VirtualDesktop, monkeypatch: pytest.MonkeyPatch) -> None:
    enter(place, monkeypatch)
    before = accessibility_setting(place)
    heard = Listener()
    heard.oracle.open()
    heard.start()
    during = accessibility_setting(place)
    heard.stop()

    assert "true" in during
    assert accessibility_setting(place) == before


def accessibility_setting(place: VirtualDesktop) -> str:
    arguments = ("org.freedesktop.DBus.Properties.Get", "string:org.a11y.Status", "string:IsEnabled")
    command = ["dbus-send", "--session", "--print-reply=literal", "--dest=org.a11y.Bus", "/org/a11y/bus", *arguments]
    return subprocess.run(command, env=place.env, capture_output=True, text=True, check=True).stdout


def test_idle_costs_nothing(listener: Listener, gtk_form: VirtualDesktop) -> None:
    listener.focus(gtk_form, "gtk form")
    listener.wait_focus(Role.TEXT)
    time.sleep(1)  # past every look that follows a window change
    before_s = time.process_time()
    time.sleep(2)

    assert time.process_time() - before_s < 0.02


def test_nothing_but_unix_sockets_is_needed(place: VirtualDesktop) -> None:
    program = (
        "import socket\n"
        "real = socket.socket.__init__\n"
        "def only_unix(self, family=-1, *a, **k):\n"
        "    assert family in (socket.AF_UNIX,), family\n"
        "    real(self, family, *a, **k)\n"
        "socket.socket.__init__ = only_unix\n"
        "from recorder.capture.backends.x11.focus_oracle import X11FocusOracle\n"
        "oracle = X11FocusOracle()\n"
        "oracle.open()\n"
        "oracle.close()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], env=place.env | {"PYTHONPATH": str(Path.cwd())}, timeout=30)

    assert done.returncode == 0
