"""The session decides on the backend; what can't be recorded is refused with a sentence and a way out."""

import subprocess
import sys
from pathlib import Path

import pytest

from recorder.capture.chooser import NAMES, choose_backend
from recorder.errors import PlatformError, UsageError
from tests.desktop import VirtualDesktop

PLATFORM_QUESTIONS = ("sys.platform", "platform.system", "os.name")


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A Linux session with no display at all."""
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "XDG_SESSION_TYPE"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_no_display_is_refused_and_the_demonstration_offered(session: pytest.MonkeyPatch) -> None:
    with pytest.raises(PlatformError, match=r"no display found \(DISPLAY and WAYLAND_DISPLAY are unset\)") as refusal:
        choose_backend()
    assert "recorder demo" in str(refusal.value.hint)


@pytest.mark.parametrize("variable", [("XDG_SESSION_TYPE", "wayland"), ("WAYLAND_DISPLAY", "wayland-0")])
def test_a_wayland_session_is_refused_even_with_xwayland(
    session: pytest.MonkeyPatch, variable: tuple[str, str]
) -> None:
    session.setenv("DISPLAY", ":0")
    session.setenv(*variable)
    backend = choose_backend()

    for question in (backend.check, backend.windows, backend.monitors, backend.input_source, backend.grabber):
        with pytest.raises(PlatformError, match="Wayland") as refusal:
            question()
        assert "Xorg" in str(refusal.value.hint)


def test_an_x_session_gets_x11(session: pytest.MonkeyPatch) -> None:
    session.setenv("DISPLAY", ":0")

    assert choose_backend().name == "x11"


@pytest.mark.parametrize(("platform", "name"), [("win32", "windows"), ("darwin", "darwin")])
def test_other_platforms_get_their_backend(session: pytest.MonkeyPatch, platform: str, name: str) -> None:
    session.setattr(sys, "platform", platform)

    assert choose_backend().name == name


def test_windows_refuses_to_record_what_it_cannot_mask(session: pytest.MonkeyPatch) -> None:
    session.setattr(sys, "platform", "win32")

    with pytest.raises(PlatformError, match="not possible yet"):
        choose_backend().check()
    with pytest.raises(PlatformError):
        choose_backend().indicator()


@pytest.mark.parametrize("name", NAMES)
def test_every_backend_can_be_asked_for_by_name(session: pytest.MonkeyPatch, name: str) -> None:
    session.setenv("DISPLAY", ":0")

    assert choose_backend(name).name == name


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UsageError):
        choose_backend("atari")


def test_pynput_reads_a_real_x_display(bare_desktop: VirtualDesktop) -> None:
    backend = choose_backend("pynput")
    backend.check()

    assert backend.windows().monitors == backend.monitors()


def test_choosing_imports_no_platform_library(session: pytest.MonkeyPatch) -> None:
    program = (
        "import sys; from recorder.capture.chooser import choose_backend; choose_backend('fake');"
        "print([m for m in sys.modules if m.split('.')[0] in ('Xlib', 'pynput', 'mss', 'jeepney')])"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert found.strip() == "[]"


def test_only_the_chooser_asks_for_the_platform() -> None:
    package = Path(sys.modules["recorder.capture.chooser"].__file__ or "").parent
    asking = [
        path.name
        for path in package.rglob("*.py")
        if any(question in path.read_text(encoding="utf-8") for question in PLATFORM_QUESTIONS)
    ]

    assert asking == ["chooser.py"]
