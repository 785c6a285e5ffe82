"""What makes `recorder record` refuse or stop, each with its exit code and words a person can act on."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from recorder.demo.desktop import VirtualDesktop
from recorder.demo.volunteer import Volunteer
from tests.e2e.conftest import OpenWindow
from tests.e2e.processes import orphans

pytestmark = [pytest.mark.desktop]

NO_CONSENT, POLICY, ENVIRONMENT, BUSY = 3, 4, 5, 6


def refused(volunteer: Volunteer, code: int, words: str) -> None:
    done = volunteer.run("record", "--seconds", "2")
    assert (done.returncode, words in done.stderr) == (code, True), done.stderr
    assert volunteer.run("list", "--json").stdout.strip() in ("[]", "")


def test_without_consent_nothing_is_recorded(newcomer: Volunteer) -> None:
    refused(newcomer, NO_CONSENT, "consent")


def test_environment_variables_grant_nothing(newcomer: Volunteer) -> None:
    for name in ("RECORDER_CONSENT", "RECORDER_CATEGORIES", "RECORDER_ALLOW", "RECORDER_YES", "RECORDER_STUDY"):
        newcomer.env[name] = "all"

    refused(newcomer, NO_CONSENT, "consent")


def test_a_piped_sentence_is_no_consent(newcomer: Volunteer) -> None:
    typed = "1\n2\n3\n\nI choose to record myself\nI choose to record for this study\n"
    done = subprocess.run(
        [sys.executable, "-m", "recorder", "consent", "--self"],
        env=newcomer.env, input=typed, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip

    assert done.returncode == NO_CONSENT
    refused(newcomer, NO_CONSENT, "consent")


def test_an_empty_allowlist_records_nothing(volunteer: Volunteer) -> None:
    refused(volunteer, POLICY, "allow")


def test_an_invalid_policy_line_is_named(volunteer: Volunteer) -> None:
    volunteer.do("allow", "Green")
    policy = volunteer.home / "policy.toml"
    policy.write_text(policy.read_text() + "\nallow_everything = true\n")

    refused(volunteer, POLICY, "allow_everything")


def test_no_display_names_the_demonstration(volunteer: Volunteer) -> None:
    volunteer.do("allow", "Green")
    del volunteer.env["DISPLAY"]

    refused(volunteer, ENVIRONMENT, "no display found (DISPLAY and WAYLAND_DISPLAY are unset)")
    assert "recorder demo" in volunteer.run("record").stderr


def test_a_wayland_session_is_refused_even_with_a_display(volunteer: Volunteer) -> None:
    volunteer.do("allow", "Green")
    volunteer.env["XDG_SESSION_TYPE"] = "wayland"
    volunteer.env["WAYLAND_DISPLAY"] = "wayland-0"

    refused(volunteer, ENVIRONMENT, "Wayland")


def test_a_second_recorder_is_refused(volunteer: Volunteer, plain_window: OpenWindow) -> None:
    volunteer.do("allow", "Green")
    with volunteer.recording():
        second = volunteer.run("record", "--seconds", "1")

    assert second.returncode == BUSY


def test_another_user_can_neither_read_nor_steer(volunteer: Volunteer) -> None:
    volunteer.do("allow", "Green")
    with volunteer.recording() as process:
        home = volunteer.home
        probe = (
            "import os, socket, sys\n"
            "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
            "home = sys.argv[1]\n"
            "def denied(act):\n"
            "    try: act()\n"
            "    except PermissionError: return True\n"
            "    return False\n"
            "caller = socket.socket(socket.AF_UNIX)\n"
            "sys.exit(0 if denied(lambda: os.listdir(home)) and denied(lambda: open(home + '/policy.toml'))\n"
            "         and denied(lambda: caller.connect(home + '/run/control.sock'))\n"
            "         and denied(lambda: os.kill(int(sys.argv[2]), 0)) else 1)\n"
        )
        # The folders above the home are opened, so that only the home's own rights are tested.
        for parent in home.parents:
            if parent.owner() == home.owner() and parent != Path("/"):
                parent.chmod(parent.stat().st_mode | 0o055)
        done = subprocess.run([sys.executable, "-c", probe, str(home), str(process.pid)], check=False, timeout=30)

    assert done.returncode == 0


def test_withdrawing_stops_a_recording_and_destroys_it(
    keyring_desktop: VirtualDesktop, volunteer: Volunteer, plain_window: OpenWindow
) -> None:
    plain_window("Green", 0x00C800, 100, 100, 600, 400)
    volunteer.do("allow", "Green")
    with volunteer.recording() as process:
        keyring_desktop.xdotool("mousemove", 200, 200, "click", 1)
        volunteer.do("withdraw")
        process.wait(10)
        assert process.returncode == NO_CONSENT

    assert not list((volunteer.home / "sessions").glob("*/segments/*"))
    refused(volunteer, NO_CONSENT, "withdr")


def test_a_withdrawn_consent_alone_stops_the_recorder_within_a_second(
    keyring_desktop: VirtualDesktop, volunteer: Volunteer
) -> None:
    """Even when nobody tells the recorder: it finds out by itself."""
    volunteer.do("allow", "Green")
    with volunteer.recording() as process:
        (volunteer.home / "consent" / "events.jsonl").unlink()
        gone = time.monotonic()
        process.wait(10)

    assert process.returncode == NO_CONSENT
    assert time.monotonic() - gone < 2.0  # one second to notice, one to seal


def test_an_edited_policy_that_makes_no_sense_stops_the_recorder(volunteer: Volunteer) -> None:
    volunteer.do("allow", "Green")
    with volunteer.recording() as process:
        (volunteer.home / "policy.toml").write_text("version = 1\napps = all\n")
        process.wait(10)

    assert process.returncode == POLICY


def test_the_recorder_leaves_no_process_behind(volunteer: Volunteer) -> None:
    volunteer.do("allow", "Green")
    with volunteer.recording() as process:
        pass

    assert process.returncode == 0
    assert not orphans(volunteer.home)
