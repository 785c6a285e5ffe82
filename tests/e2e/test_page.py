"""From a recording to the page: nothing listens while it records; what was recorded is what the page shows."""

import json
import subprocess
import sys

import pytest

from recorder.demo.desktop import VirtualDesktop
from recorder.demo.volunteer import Volunteer
from tests.e2e.conftest import OpenWindow
from tests.e2e.processes import orphans
from tests.review.web.calling import Caller

pytestmark = [pytest.mark.desktop]
BUSY = 6


def listening(pids: set[int]) -> list[str]:
    """Addresses at which any of these processes listens for TCP or UDP."""
    listed = subprocess.run(["ss", "-Hlntup"], capture_output=True, text=True, check=True).stdout
    return [line.split()[4] for line in listed.splitlines() if any(f"pid={pid}," in line for pid in pids)]


def test_b1_nothing_listens_while_it_records_one_port_while_it_is_looked_at_none_after(
    volunteer: Volunteer, keyring_desktop: VirtualDesktop, plain_window: OpenWindow
) -> None:
    volunteer.do("allow", "Green")
    plain_window("Green", 0x00C800, 100, 100, 400, 300)
    with volunteer.recording("--seconds", "20") as recorder:
        workers = set(orphans(volunteer.home))
        assert recorder.pid in workers
        assert listening(workers) == []
        refused = volunteer.run("review", "--no-browser")
        assert (refused.returncode, "a recorder is running" in refused.stderr) == (BUSY, True)
        keyring_desktop.xdotool("mousemove", 200, 200, "click", 1)

    page = subprocess.Popen(
        [sys.executable, "-m", "recorder", "review", "last", "--no-browser"],
        env=volunteer.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert page.stdout is not None
        person = Caller(page.stdout.readline().strip()).let_in()
        assert listening({page.pid}) == [person.host]
        while_open = volunteer.run("record", "--seconds", "1")
        assert (while_open.returncode, "review page is open" in while_open.stderr) == (BUSY, True)
        (shown,) = json.loads(person.get("/api/sessions").body)
        (listed,) = volunteer.ask("list")
        assert (shown["id"], shown["events"], shown["frames"]) == (listed["id"], listed["events"], listed["frames"])
        person.post("/api/close")
        assert page.wait(15) == 0
    finally:
        page.kill()
        page.communicate()
    assert listening(set(orphans(volunteer.home))) == []
