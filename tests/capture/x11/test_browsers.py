"""Which programs are browsers, and what their windows' names say about being private, in every language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.capture.backends.x11.browsers import CHROMIUM_FRAME, Family, family, family_of, is_private
from recorder.model.raw import RawApp

# What Chromium 156 puts behind the title of a private window, and of a guest's, in some of its languages.
CHROMIUM_WORDS = (
    " (Incognito)", " (anonym)", " (Navigation privée)", " (Инкогнито)", "（シークレット モード）", "（无痕）",
    " (無痕模式)", " (시크릿 모드)", " (Samaran)", "(ছদ্মবেশী)", " (التصفح المتخفي)", " (Guest)", "（ゲスト）",
    "(게스트)", " (без архивирања)", "\u200f (אורח)\u200f",
)  # fmt: skip


@pytest.mark.parametrize(
    ("executable", "wm_class", "instance", "found"),
    [
        ("/usr/lib/chromium/chromium", "Chromium", "chromium (/tmp/profile)", Family.CHROMIUM),
        ("/opt/google/chrome/chrome", "Google-chrome", "google-chrome", Family.CHROMIUM),
        (None, "CHROMIUM", None, Family.CHROMIUM),
        ("/usr/lib/firefox-esr/firefox-esr", "firefox-esr", "Navigator", Family.FIREFOX),
        ("/home/somebody/tor/firefox.real", "Tor Browser", "Navigator", Family.ALWAYS),
        ("/usr/lib/librewolf/librewolf", "librewolf", "Navigator", Family.NEVER_SAYS),
        ("/opt/brave.com/brave/brave", "Brave-browser", "brave-browser", Family.NEVER_SAYS),
        ("/usr/bin/epiphany", "Epiphany", None, Family.NEVER_SAYS),
        ("/usr/bin/xterm", "XTerm", "xterm", None),
        (None, None, None, None),
    ],
)
def test_a_browser_is_known_by_its_program_or_its_class(
    executable: str | None, wm_class: str | None, instance: str | None, found: Family | None
) -> None:
    assert family(executable, wm_class, instance) is found
    app = RawApp(pid=1, executable=executable, wm_class=wm_class, wm_instance=instance)
    assert family_of(app) is found


@pytest.mark.parametrize("word", CHROMIUM_WORDS)
@given(title=st.text(max_size=20))
def test_a_private_chromium_window_is_never_public(word: str, title: str) -> None:
    assert is_private(Family.CHROMIUM, f"{title} - Chromium{word}", f"{title} - Chromium", CHROMIUM_FRAME) is True
    assert is_private(Family.CHROMIUM, f"{title}{word}", title, CHROMIUM_FRAME) is not False


@pytest.mark.parametrize("name", ["page - Chromium", "page - Audio playing - Chromium", "page - Chromium - Sam"])
def test_a_public_chromium_window_is_public(name: str) -> None:
    assert is_private(Family.CHROMIUM, name, "page - Chromium", CHROMIUM_FRAME) is False


def test_a_web_app_with_brackets_in_its_title_is_unknown() -> None:
    assert is_private(Family.CHROMIUM, "chat (3)", "chat (3)", CHROMIUM_FRAME) is None


def test_what_is_no_frame_of_chromium_says_nothing() -> None:
    assert is_private(Family.CHROMIUM, "Open file", "Open file", "RootView") is None
    assert is_private(Family.CHROMIUM, "", "", CHROMIUM_FRAME) is None


@pytest.mark.parametrize(
    ("name", "private"),
    [
        ("page — Mozilla Firefox", False),
        ("Mozilla Firefox", False),
        ("page — Mozilla Firefox Private Browsing", True),
        ("page — Navigation privée de Mozilla Firefox", True),
        ("Mozilla Firefox (privat surfning)", True),
        ("Mozilla Firefox — page", None),  # a page's title can't speak for the window
        ("page", None),
        ("", None),
    ],
)
def test_a_firefox_window_is_public_only_if_its_name_ends_in_the_brand_alone(name: str, private: bool | None) -> None:
    assert is_private(Family.FIREFOX, name, "", "") is private


@given(st.text(max_size=30), st.text(max_size=10))
def test_a_browser_that_nobody_has_measured_is_never_public(name: str, frame_class: str) -> None:
    assert is_private(Family.NEVER_SAYS, name, name, frame_class) is None
    assert is_private(Family.ALWAYS, name, name, frame_class) is True
