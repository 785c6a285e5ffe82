"""Which programs have private windows, and what their windows' accessible names say about that.

X11 titles don't tell (Chromium's does not say Incognito); the accessible name of the window's frame does. Measured
with Chromium 156, where every one of its languages puts the word for a private or a guest's window in brackets at the
end of that name and nothing else there, and Firefox 140, where a public window's name ends in the brand alone.
"""

import re
from collections.abc import Mapping
from enum import StrEnum

from recorder.model.raw import RawApp


class Family(StrEnum):
    """How a browser tells that a window is private."""

    CHROMIUM = "chromium"
    FIREFOX = "firefox"
    ALWAYS = "always"  # each of its windows is private
    NEVER_SAYS = "never_says"  # private windows look like any other, or nobody has measured how they look


# By the base name of the executable and by WM_CLASS (class or instance), letter case aside.
_FAMILIES: Mapping[Family, tuple[str, ...]] = {
    Family.CHROMIUM: (
        "chromium", "chromium-browser", "chromium-freeworld", "ungoogled-chromium", "chrome", "google-chrome",
        "google-chrome-beta", "google-chrome-unstable",
    ),
    Family.FIREFOX: (
        "firefox", "firefox-bin", "firefox-esr", "firefox-beta", "firefox-nightly", "firefox-aurora",
        "firefoxdeveloperedition", "firefox-developer-edition", "navigator",
    ),
    Family.ALWAYS: ("tor browser", "tor-browser", "torbrowser", "firefox.real", "mullvad browser", "mullvadbrowser",
                    "mullvad-browser"),
    Family.NEVER_SAYS: (
        "brave", "brave-browser", "microsoft-edge", "msedge", "vivaldi", "vivaldi-bin", "vivaldi-stable", "opera",
        "opera-beta", "opera-developer", "yandex_browser", "yandex-browser", "thorium", "thorium-browser", "iridium",
        "iridium-browser", "naver-whale", "slimjet", "librewolf", "waterfox", "palemoon", "pale moon", "basilisk",
        "icecat", "iceweasel", "floorp", "zen", "zen-bin", "zen-browser", "seamonkey", "epiphany", "epiphany-browser",
        "org.gnome.epiphany", "gnome-web", "falkon", "org.kde.falkon", "konqueror", "org.kde.konqueror", "angelfish",
        "org.kde.angelfish", "qutebrowser", "org.qutebrowser.qutebrowser", "midori", "luakit", "nyxt", "vimb", "surf",
        "badwolf", "otter-browser", "eolie", "dooble", "min", "ladybird", "servo", "qupzilla", "netsurf",
    ),
}  # fmt: skip
_BY_NAME = {name: family for family, names in _FAMILIES.items() for name in names}
# One program may go by several names; what says less goes first.
_STRICTEST = (Family.ALWAYS, Family.NEVER_SAYS, Family.FIREFOX, Family.CHROMIUM)
_CLOSING = (")", "）", "]", "］")
_DIRECTION_MARKS = "\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069 "
# Firefox joins the page's title and its own name with a dash.
_DASH = re.compile(r" [-–—] ")
_FIREFOX_NAMES = frozenset({"Mozilla Firefox", "Firefox", "Firefox Developer Edition", "Firefox Nightly", "Nightly",
                            "Firefox Beta", "Mozilla Firefox ESR", "Firefox ESR"})  # fmt: skip
# The class that Chromium's own windows name; its dialogs and menus have another one.
CHROMIUM_FRAME = "BrowserRootView"


def family_of(app: RawApp) -> Family | None:
    """None: no browser that is known as one."""
    return family(app.executable, app.wm_class, app.wm_instance)


def family(executable: str | None, wm_class: str | None, wm_instance: str | None) -> Family | None:
    """As `family_of`, before there is a `RawApp`. A profile's folder in the instance does not count."""
    base = executable.rpartition("/")[2] if executable else ""
    instance = (wm_instance or "").partition(" (")[0]
    found = {_BY_NAME.get(name.casefold()) for name in (base, wm_class or "", instance)}
    return next((one for one in _STRICTEST if one in found), None)


def is_private(family: Family, name: str, title: str, frame_class: str) -> bool | None:
    """What the accessible `name` of a window's own frame says; None when it says neither.

    `title`: the X11 title of the same window, empty when not known; `frame_class`: the frame's accessible attribute
    `class`.
    """
    match family:
        case Family.ALWAYS:
            return True
        case Family.CHROMIUM if frame_class == CHROMIUM_FRAME:
            return _is_private_chromium(name.strip(_DIRECTION_MARKS), title.strip(_DIRECTION_MARKS))
        case Family.FIREFOX:
            return _is_private_firefox(name.strip(_DIRECTION_MARKS))
        case _:
            return None


def _is_private_chromium(name: str, title: str) -> bool | None:
    if not name:
        return None
    if not name.endswith(_CLOSING):
        return False
    # A page of an installed web app may be called like that, and then the X11 title says the same: nobody knows.
    return None if name == title else True


def _is_private_firefox(name: str) -> bool | None:
    """Some language may hide what is private from this; it can't make a private window end in the brand alone."""
    brand = _DASH.split(name)[-1]
    if brand in _FIREFOX_NAMES:
        return False
    return True if any(one in brand for one in ("Firefox", "Nightly")) else None
