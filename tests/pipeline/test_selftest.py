"""The leak self-test passes on a real desktop, and fails as soon as anything leaks."""

import pytest

from recorder.capture.chooser import choose_backend
from recorder.demo.desktop import VirtualDesktop
from recorder.errors import RecorderError
from recorder.guard.allowlist import Allowlist
from recorder.model.policy import AppRule
from recorder.model.raw import RawWindow
from recorder.model.redacted import GapReason
from recorder.pipeline.selftest import leak_self_test

pytestmark = [pytest.mark.desktop]


@pytest.fixture
def busy_desktop(desktop: VirtualDesktop) -> VirtualDesktop:
    """An xterm lies under the place where the badge will stand."""
    desktop.spawn(["xterm", "-geometry", "200x60+0+0"])
    desktop.window("xterm")
    return desktop


def test_a_desktop_on_which_the_guard_works_passes(busy_desktop: VirtualDesktop) -> None:
    assert leak_self_test(choose_backend()) == "a canary typed at the guard left nothing; the badge is in no picture"


def test_a_guard_that_keeps_what_it_should_not_is_found(
    busy_desktop: VirtualDesktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def allow_all(_self: Allowlist, _window: RawWindow) -> AppRule | GapReason:
        return AppRule(name="any", wm_class="any")

    monkeypatch.setattr(Allowlist, "judge", allow_all)

    with pytest.raises(RecorderError, match="the badge is in a picture"):
        leak_self_test(choose_backend())
