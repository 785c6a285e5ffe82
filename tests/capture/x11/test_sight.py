"""Real browsers and toolkits on a real desktop: what is known of what is pressed, shown, filled in, and private."""

import contextlib
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder.model.consent import Category
from recorder.model.element import ElementRole
from recorder.model.raw import (
    RawButton,
    RawDocument,
    RawFields,
    RawFocus,
    RawPrivacy,
    RawTarget,
    RawWindow,
    RawWindows,
    Role,
)
from tests.capture.x11.onlooker import CHROMIUM, Onlooker, looking, recorded_calls, serving
from tests.desktop import VirtualDesktop, enter

pytestmark = pytest.mark.desktop

ALL = frozenset(Category)
SPAN = 50  # pixels from the bottom of one control to the bottom of the next
# Where each control is: how many spans above the window's lower edge.
CONTROLS = ("button", "link", "checkbox", "field", "hidden", "next")
STYLE = "<style>a,button,input{position:fixed;left:100px;width:200px;height:40px;margin:0;display:block}</style>"
MARKUP = (
    "<button style='bottom:{}px'>push me</button>",
    "<a style='bottom:{}px' href='#there'>go there</a>",
    "<input style='bottom:{}px' type=checkbox aria-label='agree'>",
    "<input style='bottom:{}px' aria-label='Your town' value='what was typed'>",
    "<input style='bottom:{}px' type=password value='synthetic'>",
    "<a style='bottom:{}px' href='http://localhost:PORT/second'>second page</a>",
)
FORM = f"<title>form page</title>{STYLE}" + "".join(text.format(SPAN * at) for at, text in enumerate(MARKUP))
PAGES = {
    "/form": FORM,
    "/second": f"<title>second page</title>{STYLE}<a style='bottom:{SPAN * 5}px' href='http://127.0.0.1:PORT/form'>x</a>",
}
GTK = """
import gi
gi.require_version("Gtk", "3.0")
from gi.repository import Gtk, GLib
GLib.set_prgname("gtk sights")
window, box = Gtk.Window(title="gtk sights"), Gtk.VBox(homogeneous=True)
entry, label = Gtk.Entry(text="what was typed"), Gtk.Label(label="Your town")
label.set_mnemonic_widget(entry)
children = (label, entry, Gtk.Entry(visibility=False, text="synthetic"), Gtk.Button(label="push me"),
            Gtk.CheckButton(label="agree"), Gtk.TextView(accepts_tab=False))
for child in children:
    box.add(child)
window.add(box)
window.set_default_size(400, 600)
window.show_all()
Gtk.main()
"""
QT = """
import sys
from PyQt5.QtWidgets import QApplication, QCheckBox, QLineEdit, QPushButton, QVBoxLayout, QWidget, QSizePolicy
app = QApplication(["qt sights"])
window, box = QWidget(), QVBoxLayout()
window.setWindowTitle("qt sights")
secret = QLineEdit("synthetic")
secret.setEchoMode(QLineEdit.Password)
for child in (QLineEdit("what was typed"), secret, QPushButton("push me"), QCheckBox("agree")):
    child.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Expanding)
    box.addWidget(child, 1)
window.setLayout(box)
window.resize(400, 400)
window.show()
app.exec_()
"""


@pytest.fixture(scope="module")
def place() -> Iterator[VirtualDesktop]:
    with VirtualDesktop(size=(1280, 800)) as virtual:
        yield virtual


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving(PAGES) as number:
        yield number


@pytest.fixture
def onlooker(place: VirtualDesktop, monkeypatch: pytest.MonkeyPatch) -> Iterator[Onlooker]:
    enter(place, monkeypatch)
    with looking(ALL) as found:
        yield found


@contextlib.contextmanager
def running(place: VirtualDesktop, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    process = place.spawn(command)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
        process.kill()
        process.wait()


def chromium(tmp_path: Path, *options: str) -> tuple[str, ...]:
    return (*CHROMIUM, f"--user-data-dir={tmp_path / 'chromium'}", *options)


def firefox(tmp_path: Path, *options: str) -> tuple[str, ...]:
    profile = tmp_path / "firefox"
    profile.mkdir()
    quiet = ("datareporting.policy.dataSubmissionEnabled", "browser.aboutwelcome.enabled")
    (profile / "user.js").write_text("".join(f'user_pref("{name}", false);\n' for name in quiet))
    return ("firefox-esr", "--no-remote", "--profile", str(profile), *options)


def focus(place: VirtualDesktop, title: str) -> None:
    place.xdotool("windowfocus", "--sync", place.window(title))


def control(window: RawWindow, name: str) -> tuple[int, int]:
    """The middle of a control of the form page."""
    return window.rect.x + 200, window.rect.bottom - 4 - SPAN * CONTROLS.index(name) - 20


def slot(window: RawWindow, number: int, of: int) -> tuple[int, int]:
    """The middle of one of some widgets of the same height, below a title bar."""
    height = (window.rect.height - 24) // of
    return window.rect.x + 60, window.rect.y + 22 + height * number + height // 2


def click(place: VirtualDesktop, onlooker: Onlooker, at: tuple[int, int]) -> RawTarget:
    """Press there; what the answer was. None need come from an application that is busy: then it is pressed again."""
    for _ in range(8):
        onlooker.clear()
        place.xdotool("mousemove", *at, "click", 1)
        press = onlooker.wait(RawButton, lambda button: button.pressed)
        with contextlib.suppress(AssertionError):
            target = onlooker.wait(RawTarget, lambda one, at_ns=press.t_ns: one.pressed_ns == at_ns, 1.0)  # type: ignore[misc]
            break
    else:
        raise AssertionError("no press was ever answered")
    assert target.rect is not None
    assert target.rect.contains(*at)
    assert 0 <= target.t_ns - press.t_ns <= 300_000_000
    return target


def shows(onlooker: Onlooker, page: str) -> RawDocument:
    return onlooker.wait(RawDocument, lambda one: one.url is not None and one.url.endswith(page), 40.0)


def privacies(onlooker: Onlooker, window: int) -> list[bool | None]:
    return [one.private for one in onlooker.all(RawPrivacy) if one.window == window]


def calls_for_nothing(calls: list[tuple[str, str]]) -> set[str]:
    return {method for _, method in calls} & {"GetAccessibleAtPoint", "GetMatches", "GetAttributeValue"}


def test_chromium_says_what_was_pressed_where_the_page_is_and_where_its_fields_are(
    place: VirtualDesktop, onlooker: Onlooker, port: int, tmp_path: Path
) -> None:
    with running(place, *chromium(tmp_path, f"http://127.0.0.1:{port}/form")):
        shows(onlooker, f"127.0.0.1:{port}/form")
        window = onlooker.window("form page")
        pressed = {name: click(place, onlooker, control(window, name)) for name in CONTROLS[:5]}

        assert {name: (target.kind, target.name) for name, target in pressed.items()} == {
            "button": (ElementRole.BUTTON, "push me"),
            "link": (ElementRole.LINK, "go there"),
            "checkbox": (ElementRole.CHECKBOX, "agree"),
            "field": (ElementRole.TEXTBOX, "Your town"),
            "hidden": (ElementRole.PASSWORD, None),
        }
        fields = onlooker.wait(RawFields, lambda one: one.window == window.window and bool(one.rects))
        for name in ("field", "hidden"):
            assert any(rect.contains(*control(window, name)) for rect in fields.rects or ())
        assert not any(rect.contains(*control(window, "button")) for rect in fields.rects or ())
        assert True not in privacies(onlooker, window.window)

        delays = [follow_the_link(place, onlooker, window, page) for page in ("/second", "/form", "/second")]
        assert min(delays) < 0.5, delays
        assert max(delays) < 2.0, delays


def follow_the_link(place: VirtualDesktop, onlooker: Onlooker, window: RawWindow, page: str) -> float:
    """How long after the window's title the address was the new one, in seconds; never the old one after that."""
    onlooker.clear()
    place.xdotool("mousemove", *control(window, "next"), "click", 1)
    title = f"{page[1:]} page"
    titled = onlooker.wait(RawWindows, lambda one: any(title in shown.title for shown in one.stack))
    after = shows(onlooker, page)
    said = [one.url for one in onlooker.all(RawDocument) if titled.t_ns < one.t_ns < after.t_ns]
    assert set(said) <= {None}
    return (after.t_ns - titled.t_ns) / 1e9


def test_a_page_is_confirmed_five_times_a_second(
    place: VirtualDesktop, onlooker: Onlooker, port: int, tmp_path: Path
) -> None:
    with running(place, *chromium(tmp_path, f"http://127.0.0.1:{port}/form")):
        shows(onlooker, "/form")
        focus(place, "form page")
        onlooker.clear()
        time.sleep(2.0)
        told = onlooker.all(RawDocument)

    assert 7 <= len(told) <= 14
    assert {one.url for one in told} == {f"http://127.0.0.1:{port}/form"}


@pytest.mark.parametrize("option", ["--incognito", "--guest"])
def test_a_chromium_window_that_leaves_no_trace_is_private(
    place: VirtualDesktop, onlooker: Onlooker, port: int, tmp_path: Path, option: str
) -> None:
    with running(place, *chromium(tmp_path, option, f"http://127.0.0.1:{port}/form")):
        window = onlooker.window("form page")
        onlooker.wait(RawPrivacy, lambda one: one.window == window.window and one.private is True, 40.0)

        assert False not in privacies(onlooker, window.window)


def test_a_private_window_of_the_same_process_is_told_from_a_public_one(
    place: VirtualDesktop, onlooker: Onlooker, port: int, tmp_path: Path
) -> None:
    with running(place, *chromium(tmp_path, f"http://127.0.0.1:{port}/form")):
        public = onlooker.window("form page")
        onlooker.wait(RawPrivacy, lambda one: one.window == public.window and one.private is False, 40.0)
        place.spawn(chromium(tmp_path, "--incognito", f"http://127.0.0.1:{port}/second"))
        private = onlooker.window("second page")
        mapped = onlooker.wait(RawWindows, lambda one: private.window in {shown.window for shown in one.stack})
        told = onlooker.wait(RawPrivacy, lambda one: one.window == private.window and one.private is True, 40.0)

        assert told.t_ns - mapped.t_ns < 3e9
        assert False not in privacies(onlooker, private.window)
        assert True not in privacies(onlooker, public.window)


def test_a_chromium_that_was_started_before_accessibility_stays_unknown(
    place: VirtualDesktop, monkeypatch: pytest.MonkeyPatch, port: int, tmp_path: Path
) -> None:
    enter(place, monkeypatch)
    command = [
        option for option in chromium(tmp_path, f"http://127.0.0.1:{port}/form") if "accessibility" not in option
    ]
    with running(place, *command):
        place.window("form page")
        with looking(ALL) as onlooker:
            window = onlooker.window("form page")
            onlooker.wait(RawPrivacy, lambda one: one.window == window.window)
            time.sleep(1.5)

            assert set(privacies(onlooker, window.window)) == {None}
            assert {one.url for one in onlooker.all(RawDocument)} == {None}
            assert {one.rects for one in onlooker.all(RawFields)} == {None}


@pytest.mark.parametrize("private", [False, True])
def test_firefox_says_whether_it_is_private_and_which_page_it_shows(
    place: VirtualDesktop, onlooker: Onlooker, port: int, tmp_path: Path, *, private: bool
) -> None:
    option = ("--private-window",) if private else ()
    with running(place, *firefox(tmp_path, *option, f"http://127.0.0.1:{port}/form")):
        shows(onlooker, "/form")
        window = onlooker.window("form page")
        onlooker.wait(RawPrivacy, lambda one: one.window == window.window and one.private is private, 40.0)
        button = click(place, onlooker, (control(window, "button")[0], control(window, "button")[1]))

        assert (button.kind, button.name) == (ElementRole.BUTTON, "push me")
        assert (not private) not in privacies(onlooker, window.window)


@pytest.mark.parametrize(
    ("program", "title", "numbers", "of"),
    [(GTK, "gtk sights", (1, 2, 3, 4), 6), (QT, "qt sights", (0, 1, 2, 3), 4)],
    ids=["gtk", "qt"],
)
def test_a_toolkit_says_what_was_pressed_and_where_its_fields_are(
    place: VirtualDesktop, onlooker: Onlooker, program: str, title: str, numbers: tuple[int, ...], of: int
) -> None:
    with running(place, "/usr/bin/python3", "-c", program):
        window = onlooker.window(title)
        focus(place, title)
        onlooker.wait(RawFields, lambda one: one.window == window.window and bool(one.rects))
        pressed = [click(place, onlooker, slot(window, number, of)) for number in numbers]

        kinds = [target.kind for target in pressed]
        assert kinds == [ElementRole.TEXTBOX, ElementRole.PASSWORD, ElementRole.BUTTON, ElementRole.CHECKBOX]
        assert [target.name for target in pressed][1:] == [None, "push me", "agree"]
        assert pressed[0].name in (None, "Your town")
        fields = onlooker.wait(RawFields, lambda one: one.window == window.window and bool(one.rects))
        for number in numbers[:2]:
            assert any(rect.contains(*slot(window, number, of)) for rect in fields.rects or ())
        assert not any(rect.contains(*slot(window, numbers[2], of)) for rect in fields.rects or ())


def test_a_gtk_field_is_called_by_its_label_and_never_by_its_content(place: VirtualDesktop, onlooker: Onlooker) -> None:
    with running(place, "/usr/bin/python3", "-c", GTK):
        window = onlooker.window("gtk sights")
        onlooker.wait(RawFields, lambda one: one.window == window.window and bool(one.rects))
        focus(place, "gtk sights")
        focused = onlooker.wait(RawFocus, lambda one: one.role is Role.TEXT and one.kind is ElementRole.TEXTBOX)
        pressed = click(place, onlooker, slot(window, 1, 6))

    assert pressed.name == "Your town"
    assert focused.name == "Your town"


def test_a_browser_that_hangs_is_unknown_and_holds_up_nobody_elses_focus(
    place: VirtualDesktop, onlooker: Onlooker, port: int, tmp_path: Path
) -> None:
    with (
        running(place, *chromium(tmp_path, f"http://127.0.0.1:{port}/form")) as browser,
        running(place, "/usr/bin/python3", "-c", GTK),
    ):
        shows(onlooker, "/form")
        page = onlooker.window("form page").window
        focus(place, "gtk sights")
        onlooker.wait(RawFocus, lambda one: one.role is Role.TEXT)
        browser.send_signal(signal.SIGSTOP)
        onlooker.clear()
        told = onlooker.wait(RawDocument, lambda one: one.window == page and one.url is None, 5.0)
        delays = []
        for _ in range(12):
            onlooker.clear()
            began_ns = time.monotonic_ns()
            place.xdotool("key", "Tab")
            onlooker.wait(RawFocus, lambda one: one.element is not None)
            delays.append((time.monotonic_ns() - began_ns) / 1e6)
            time.sleep(0.05)

    assert told.url is None
    assert sorted(delays)[len(delays) // 2] < 100, delays
    assert max(delays) < 290, delays  # less than one question to the one that hangs may take


def test_what_nobody_asked_for_is_asked_of_nobody(
    place: VirtualDesktop, monkeypatch: pytest.MonkeyPatch, port: int, tmp_path: Path
) -> None:
    enter(place, monkeypatch)
    nothing = frozenset({Category.POINTER_CLICKS, Category.KEY_SHAPE})
    with (
        recorded_calls() as calls,
        looking(nothing) as onlooker,
        running(place, *chromium(tmp_path, f"http://127.0.0.1:{port}/form")),
    ):
        window = onlooker.window("form page")
        onlooker.wait(RawPrivacy, lambda one: one.window == window.window and one.private is False, 40.0)
        for name in ("button", "field"):
            place.xdotool("mousemove", *control(window, name), "click", 1)
        onlooker.wait(RawFocus, lambda one: one.role is Role.TEXT and one.kind is ElementRole.TEXTBOX)
        assert calls_for_nothing(calls) == set()
        assert "GetRelationSet" not in {method for _, method in calls}

        onlooker.follow(ALL)  # consent was widened: now it is asked
        click(place, onlooker, control(window, "button"))
        shows(onlooker, "/form")
        assert calls_for_nothing(calls) == {"GetAccessibleAtPoint", "GetMatches", "GetAttributeValue"}


def test_once_it_is_known_whether_a_browser_is_private_it_costs_nothing(
    place: VirtualDesktop, monkeypatch: pytest.MonkeyPatch, port: int, tmp_path: Path
) -> None:
    enter(place, monkeypatch)
    with (
        recorded_calls() as calls,
        looking(frozenset({Category.KEY_SHAPE})) as onlooker,
        running(place, *chromium(tmp_path, f"http://127.0.0.1:{port}/form")),
    ):
        window = onlooker.window("form page")
        onlooker.wait(RawPrivacy, lambda one: one.window == window.window and one.private is False, 40.0)
        time.sleep(5)  # past the second look
        calls.clear()
        time.sleep(2)

        assert onlooker.sources.died is None
        assert calls == []


def test_an_app_that_is_not_allowed_is_asked_about_nothing_but_the_focus(
    place: VirtualDesktop, monkeypatch: pytest.MonkeyPatch, port: int, tmp_path: Path
) -> None:
    enter(place, monkeypatch)
    with (
        recorded_calls() as calls,
        looking(ALL, ("something else",)) as onlooker,
        running(place, *chromium(tmp_path, f"http://127.0.0.1:{port}/form")),
    ):
        window = onlooker.window("form page")
        for name in ("button", "field"):
            place.xdotool("mousemove", *control(window, name), "click", 1)
        onlooker.wait(RawFocus, lambda one: one.kind is ElementRole.TEXTBOX, 40.0)

        assert calls_for_nothing(calls) == set()
        assert not onlooker.all(RawPrivacy)
        assert not onlooker.all(RawTarget)
