# ruff: noqa: F401, F811 -- fixtures are imported by name and then named as arguments
"""The jail in a process of its own: what it refuses, and that everything a recording needs goes on inside it."""

import os
import platform
import subprocess
import sys
import textwrap

import pytest

from recorder.capture.backends.linux_jail import program
from tests.desktop import VirtualDesktop, desktop


def jailed(body: str) -> str:
    """Runs `body` after `enter()`; what it printed. `refused(call)` is the name of the OSError that `call` raises."""
    script = """
        import ctypes, os, resource, socket, threading
        from recorder.capture.backends import linux_jail
        def refused(call):
            try:
                call()
            except OSError as error:
                return type(error).__name__
            return "allowed"
    """
    full = textwrap.dedent(script) + textwrap.dedent(body)
    env = os.environ | {"PYTHONPATH": "."}
    done = subprocess.run([sys.executable, "-c", full], env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_no_network_socket_can_be_made_and_unix_sockets_can() -> None:
    out = jailed("""
        linux_jail.enter()
        for family in (socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK, socket.AF_VSOCK, socket.AF_PACKET):
            print(refused(lambda: socket.socket(family, socket.SOCK_DGRAM)))
        print(refused(lambda: socket.create_connection(("127.0.0.1", 1))))
        print(refused(lambda: socket.socketpair()), refused(lambda: socket.socket(socket.AF_UNIX)))
    """)

    assert out.split() == ["PermissionError"] * 6 + ["allowed"] * 2


def test_it_holds_for_threads_that_were_there_before_and_for_children() -> None:
    out = jailed("""
        import subprocess, sys
        go, found = threading.Event(), []
        early = threading.Thread(target=lambda: (go.wait(), found.append(refused(lambda: socket.socket()))))
        early.start()
        linux_jail.enter()
        go.set()
        early.join()
        print(found[0])
        child = "import socket\\ntry: socket.socket()\\nexcept PermissionError: print('PermissionError')"
        subprocess.run([sys.executable, "-c", child], check=True)
    """)

    assert out.split() == ["PermissionError"] * 2


def test_io_uring_and_foreign_system_call_tables_are_refused() -> None:
    out = jailed("""
        linux_jail.enter()
        libc = ctypes.CDLL(None, use_errno=True)
        for number in (425, 426, 427, 0x40000000 + 41):
            print(libc.syscall(ctypes.c_long(number), 1, 0, 0, 0, 0, 0), ctypes.get_errno())
    """)

    assert out.split() == ["-1", "1"] * 4


def test_memory_can_be_neither_dumped_nor_read() -> None:
    out = jailed("""
        linux_jail.enter()
        print(resource.getrlimit(resource.RLIMIT_CORE))
        print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
        print([line.split()[1] for line in open("/proc/self/status") if line.startswith(("NoNewPrivs", "Seccomp:"))])
    """)

    assert out.splitlines() == ["(0, 0)", "0", "['1', '2']"]


def test_an_ordinary_user_can_neither_trace_nor_read_a_jailed_process_of_his_own() -> None:
    script = """
        import os, sys
        from pathlib import Path
        sys.path.insert(0, ".")
        from recorder.capture.backends import linux_jail
        os.setuid(65534)
        ready, tell = os.pipe()
        victim = os.fork()
        if victim == 0:
            linux_jail.enter()
            os.write(tell, b"x")
            os.read(ready, 1) if False else __import__("time").sleep(30)
        os.read(ready, 1)
        import ctypes
        libc = ctypes.CDLL(None, use_errno=True)
        for name in ("mem", "maps", "environ"):
            try:
                Path(f"/proc/{victim}/{name}").open("rb").read(1)
                print("read")
            except PermissionError:
                print("refused")
        print(libc.ptrace(16, victim, 0, 0))
        os.kill(victim, 9)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, timeout=60)

    assert done.stdout.split() == ["refused"] * 3 + ["-1"], done.stderr


def test_a_network_connection_that_is_already_open_is_a_refusal() -> None:
    out = jailed("""
        from recorder.errors import PlatformError
        held = socket.socket(socket.AF_INET)
        try:
            linux_jail.enter()
        except PlatformError as error:
            print(error)
    """)

    assert "open network connection" in out


def test_windows_pixels_the_badge_and_d_bus_work_inside(desktop: VirtualDesktop) -> None:
    desktop.spawn(["xterm", "-T", "inside"])
    desktop.window("^inside$")
    out = jailed("""
        import subprocess
        from jeepney.io.blocking import open_dbus_connection
        from recorder.capture.backends.x11.backend import X11Backend
        from recorder.capture.contract import IndicatorState
        from recorder.model.geometry import Rect
        backend = X11Backend()
        print(backend.jail()[-1])
        print(any(window.title == "inside" for window in backend.windows().stack))
        grabber = backend.grabber()
        grabber.open()
        print(len(grabber.grab(lambda windows: [Rect(0, 0, 1920, 1080)]).patches[0].bgrx))
        print(grabber._regime._camera.performance_status)
        print(open_dbus_connection(bus="SESSION").unique_name[:1])
        indicator = backend.indicator()
        indicator.open(IndicatorState.RECORDING)
        print(indicator.wait(0.5))
        indicator.close()
    """).splitlines()

    assert out[1:3] == ["True", str(1920 * 1080 * 4)]
    assert "MIT-SHM is working" in out[3]
    assert out[4:] == [":", "None"]


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_a_program_is_whole_and_its_jumps_stay_inside(machine: str) -> None:
    code = program(machine)
    instructions = [code[i : i + 8] for i in range(0, len(code), 8)]

    assert len(code) % 8 == 0
    for index, one in enumerate(instructions):
        if one[0] & 0x07 == 0x05:  # a jump
            assert index + 1 + max(one[2], one[3]) < len(instructions)
    assert platform.machine() in ("x86_64", "aarch64")
