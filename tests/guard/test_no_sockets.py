"""The watch over sockets can fail, by every door, in every thread, and only for pure code.

That no guard code trips it is shown by all other tests: they run under it (`tests/no_sockets.py`).
"""

import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType

import pytest

from tests.guard.conftest import DOORS
from tests.no_sockets import PURE, SocketUsedError, expected

ROOT = Path(__file__).parents[2]
DOING = {
    "a socket": "import socket\nsocket.socket()",
    "a socket of the inner module": "import _socket\n_socket.socket()",
    "a connection": "import socket\nsocket.create_connection(('127.0.0.1', 9), 0.1)",
    "a name looked up": "import socket\nsocket.getaddrinfo('localhost', 9)",
    "a name looked up below": "import _socket\n_socket.getaddrinfo('localhost', 9)",
    "a pair": "import socket\nsocket.socketpair()",
    "an unnoticed try": "import socket\ntry: socket.socket()\nexcept BaseException: pass",
    "a library that does": "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:9/')",
}


def run_as(name: str, code: str) -> None:
    """Run code as if it stood in a module of that name."""
    module = ModuleType(name)
    exec(compile(code, f"<{name}>", "exec"), vars(module))


@pytest.mark.parametrize("code", DOING.values(), ids=DOING)
@pytest.mark.parametrize("package", PURE)
def test_pure_code_that_uses_a_socket_is_caught(package: str, code: str) -> None:
    with expected() as tried:
        if "except" in code:
            run_as(f"{package}.planted", code)
        else:
            with pytest.raises((SocketUsedError, OSError)):
                run_as(f"{package}.planted", code)

    assert tried
    assert all(one.startswith(f"{package}.planted: ") for one in tried)


def test_it_is_caught_through_a_caller_and_in_another_thread() -> None:
    import socket

    def helper() -> None:
        socket.socket()

    module = ModuleType("recorder.guard.planted")
    vars(module)["helper"] = helper
    exec(compile("def work():\n    try: helper()\n    except BaseException: pass", "<x>", "exec"), vars(module))
    with expected() as tried:
        thread = threading.Thread(target=vars(module)["work"])
        thread.start()
        thread.join()

    assert len(tried) == 1


@pytest.mark.parametrize("name", ["recorder.capture.planted", "recorder.guardian", "tests.planted", "__main__"])
def test_others_may(name: str) -> None:
    with expected() as tried:
        run_as(
            name, "import socket\nsocket.socket().close()\none, other = socket.socketpair()\none.close()\nother.close()"
        )

    assert tried == []


def test_the_doors_are_bolted_even_if_nobody_told_of_them() -> None:
    """Without the interpreter's own word: the replaced door alone refuses."""
    for module, names in DOORS.items():
        for name in names:
            with expected() as tried, pytest.raises(SocketUsedError):
                run_as("recorder.guard.planted", f"import {module.__name__} as m\nm.{name}()")
            assert tried == [f"recorder.guard.planted: {module.__name__}.{name}"], name


def test_a_test_in_which_it_happened_fails() -> None:
    """The plugin's own hook, around a call that hides what it did."""
    from tests import no_sockets

    around = no_sockets._watched()
    next(around)
    with pytest.raises(SocketUsedError):
        run_as("recorder.guard.planted", "import socket\nsocket.socket()")

    with pytest.raises(pytest.fail.Exception, match=r"recorder\.guard\.planted"):
        around.send(None)
    assert no_sockets.TRIED == []


HIDDEN = """
from types import ModuleType

def test_that_looks_good():
    module = ModuleType({name!r})
    code = "import socket\\ntry: socket.socket().close()\\nexcept BaseException: pass"
    exec(compile(code, "<planted>", "exec"), vars(module))
"""


@pytest.mark.parametrize(("name", "failed"), [("recorder.guard.planted", 1), ("elsewhere", 0)])
def test_a_run_of_pytest_fails_by_it(tmp_path: Path, name: str, failed: int) -> None:
    (tmp_path / "test_hidden.py").write_text(HIDDEN.format(name=name))
    command = [sys.executable, "-m", "pytest", "-p", "tests.no_sockets", "-p", "no:cacheprovider", "-c", "/dev/null"]
    done = subprocess.run(
        [*command, "--rootdir", str(tmp_path), str(tmp_path / "test_hidden.py")],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert done.returncode == failed, done.stdout
    assert ("pure code tried to use a socket: recorder.guard.planted: socket.__new__" in done.stdout) == bool(failed)
