"""What holds for every test: no screen, session or home of the person who runs it; slow machines are no failures."""

import os
import shutil
import tempfile

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.browser", "tests.desktop", "tests.no_sockets"]

SOAK = os.environ.get("RECORDER_SOAK") == "1"
# What belongs to the session of whoever runs the tests. A test that wants a desktop starts one.
OUTSIDE = (
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "XDG_SESSION_TYPE",
    "DBUS_SESSION_BUS_ADDRESS",
    "AT_SPI_BUS_ADDRESS",
)
DESKTOP_FIXTURES = ("desktop", "volunteer", "newcomer", "plain_window")

settings.register_profile("test", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("soak", settings.get_profile("test"), max_examples=3000)
settings.load_profile("soak" if SOAK else "test")


def pytest_configure(config: pytest.Config) -> None:
    for name in OUTSIDE:
        os.environ.pop(name, None)
    # The OCR engine would report to its maker; see recorder/review/audit/reader.py.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    home = tempfile.mkdtemp(prefix="recorder-tests-")
    os.environ["RECORDER_HOME"] = os.path.join(home, "home")  # noqa: PTH118 - the environment holds text
    config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever starts a desktop is marked so, whether its author thought of it or not: it runs beside no other."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if any(name.endswith(DESKTOP_FIXTURES) for name in fixtures) or "/e2e/" in str(item.path):
            item.add_marker(pytest.mark.desktop)
