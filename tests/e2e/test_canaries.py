"""Secrets typed into real applications, and shown on an allowed one's screen, stand nowhere: not on the disk, not in a
table, not in a picture; neither before nor after export."""

import json
import time
from pathlib import Path

import pytest
from pyarrow import parquet

from recorder.demo.desktop import VirtualDesktop
from recorder.demo.keystrokes import scan_tables
from recorder.demo.person import browser_flags
from recorder.demo.scan import scan
from recorder.demo.volunteer import Volunteer, session_of
from tests import ocr

pytestmark = [pytest.mark.desktop]

PASSWORD = "qzvkxwmpht7394"
SHOWN_PASSWORD = "wkhzqjvnrx5582"
PROMPTED = "xjqpzvwnkd4417"
NOT_ALLOWED = "vqzwxkjhpm6605"
ON_SCREEN = "kzqwvjxhmp2281"
CANARIES = [PASSWORD, SHOWN_PASSWORD, PROMPTED, NOT_ALLOWED, ON_SCREEN]

PAGE = f"""<!doctype html><meta charset=utf-8><title>Canary form {ON_SCREEN}</title>
<body style="font: 18px sans-serif; margin: 40px">
<p>Your recovery code is {ON_SCREEN}, keep it safe.</p>
<input id=plain autofocus autocomplete=off><br><br>
<input id=secret type=password autocomplete=off>
<button onclick="secret.type='text'; secret.focus(); secret.select()">show password</button>
<script>addEventListener('keydown', e => {{ if (e.key == 'F2') document.querySelector('button').click() }})</script>
"""


def open_form(desktop: VirtualDesktop, folder: Path) -> int:
    page = folder / "form.html"
    page.write_text(PAGE)
    flags = [*browser_flags(folder / "profile"), "--window-size=900,500", "--window-position=20,20"]
    desktop.spawn(["chromium", *flags, f"--app={page.as_uri()}"])
    return desktop.window("Canary form", timeout_s=60)


def await_nothing_withheld(volunteer: Volunteer) -> None:
    """A browser that was there first is withheld until it says that its window is no private one: Chromium begins to
    say such things at the first key or so after the recorder has come."""
    until = time.monotonic() + 30
    while volunteer.ask("status")["state"] != "recording":
        assert time.monotonic() < until, "the browser's window is never known to be public"
        time.sleep(0.2)


def type_into_form(desktop: VirtualDesktop, volunteer: Volunteer, window: int) -> None:
    """A password, and another one after "show password" turned the field into plain text."""
    desktop.xdotool("windowactivate", "--sync", window, "mousemove", "--window", window, 300, 250)
    time.sleep(1.5)
    desktop.xdotool("type", "--delay", 30, "well ")
    await_nothing_withheld(volunteer)
    time.sleep(1.0)
    desktop.xdotool("type", "--delay", 30, "hello there ")
    # A run is held until nothing can turn out to have been secret; a Tab before that may take it along.
    time.sleep(3.0)
    desktop.xdotool("key", "Tab")
    time.sleep(0.4)
    desktop.xdotool("type", "--delay", 30, PASSWORD)
    desktop.xdotool("key", "F2")
    time.sleep(1.0)
    desktop.xdotool("type", "--delay", 30, SHOWN_PASSWORD)
    time.sleep(1.0)


def type_at_prompt(desktop: VirtualDesktop) -> None:
    """A sudo-style prompt in a terminal that is allowed."""
    prompt = "stty -echo; printf 'Password: '; read -r p; stty echo; printf 'Sorry, try again.\\n'; sleep 60"
    with_terminal = ["xterm", "-geometry", "60x12+1000+40", "-T", "prompt", "-e", "sh", "-c", prompt]
    desktop.spawn(with_terminal)
    desktop.xdotool("windowactivate", "--sync", desktop.window("^prompt$"))
    time.sleep(0.6)
    desktop.xdotool("type", "--delay", 30, PROMPTED)
    desktop.xdotool("key", "Return")
    time.sleep(0.5)


def type_where_not_allowed(desktop: VirtualDesktop) -> None:
    desktop.spawn(["mousepad", "--disable-server"])
    desktop.xdotool("windowactivate", "--sync", desktop.window("[Mm]ousepad"))
    time.sleep(0.5)
    desktop.xdotool("type", "--delay", 30, NOT_ALLOWED)
    time.sleep(0.8)


def record_secrets(desktop: VirtualDesktop, volunteer: Volunteer, folder: Path) -> str:
    window = open_form(desktop, folder)
    volunteer.do("allow", "Chromium", "XTerm")
    with volunteer.recording("--task", "try the form") as process:
        type_into_form(desktop, volunteer, window)
        type_at_prompt(desktop)
        type_where_not_allowed(desktop)
        desktop.xdotool("windowactivate", "--sync", window, "mousemove", "--window", window, 320, 260, "click", 1)
        time.sleep(1.0)
    return session_of(process)


def places(volunteer: Volunteer, desktop: VirtualDesktop, before: set[Path]) -> list[Path]:
    """The recorder's home, the person's folders on this desktop but for the applications' own, and new temp files."""
    apps = {"profile", ".config", ".cache"}
    home = [path for path in (desktop.root / "home").rglob("*") if not apps & set(path.parts)]
    fresh = [path for path in Path("/tmp").iterdir() if path not in before and path.is_file()]
    return [volunteer.home, *home, *fresh]


def test_no_secret_is_found_anywhere_before_or_after_export(
    keyring_desktop: VirtualDesktop, volunteer: Volunteer, tmp_path: Path
) -> None:
    before = set(Path("/tmp").iterdir())
    apps = tmp_path / "apps"
    apps.mkdir()
    session = record_secrets(keyring_desktop, volunteer, apps)

    assert scan(places(volunteer, keyring_desktop, before), CANARIES, forbid_magics=True) == []
    events = volunteer.do("show", session, "--events")
    assert not [canary for canary in CANARIES if canary in events]
    assert json.loads(volunteer.do("review", "search", ON_SCREEN, "--json")) == []  # the page's title holds it, too
    kinds = [event["kind"] for event in volunteer.ask("show", session, "--events")]
    assert kinds.count("secret_entry") >= 2
    assert "text_run" in kinds

    pictures = tmp_path / "pictures"
    volunteer.do("show", session, "--frames", str(pictures))
    assert list(pictures.glob("*.png"))
    ocr.assert_unreadable({picture.name: picture for picture in pictures.glob("*.png")}, CANARIES)

    volunteer.do("review", "approve", session)
    volunteer.do("export", session, "--out", str(tmp_path / "export"))
    tables = {path.stem: parquet.read_table(path) for path in (tmp_path / "export" / "data").glob("*.parquet")}
    assert scan_tables(tables, CANARIES) == []
    titles = [
        title for name, table in tables.items() if "contexts" in name for title in table["window_title"].to_pylist()
    ]
    assert any("form" in (title or "").casefold() for title in titles)
    assert scan([volunteer.home, tmp_path / "export"], CANARIES) == []
    assert any((tmp_path / "export" / "data").iterdir())
