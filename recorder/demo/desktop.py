"""A private virtual desktop: X server, window manager, D-Bus session, accessibility, and optionally a keyring.

Everything lives in a temporary folder and in processes of its own; nothing of the person's real session is used, and
leaving the `with` block ends every process that was started in it. Standard library only.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from recorder.demo.xprobe import Probe
from recorder.demo.xwd import to_png
from recorder.errors import PlatformError

# Which Debian package brings a program, for the hint when it is missing.
PACKAGES: Mapping[str, str] = {
    "Xvfb": "xvfb",
    "openbox": "openbox",
    "picom": "picom",
    "xcompmgr": "xcompmgr",
    "xrandr": "x11-xserver-utils",
    "xdotool": "xdotool",
    "xwd": "x11-apps",
    "dbus-daemon": "dbus",
    "dbus-send": "dbus",
    "at-spi-bus-launcher": "at-spi2-core",
    "gnome-keyring-daemon": "gnome-keyring",
    "setpriv": "util-linux",
}
# Variables that would lead a program out of the virtual desktop and into the session that started it.
_OUTER_SESSION = re.compile(
    r"DISPLAY|XAUTHORITY|WAYLAND_.*|DBUS_.*|AT_SPI_.*|XDG_.*|GNOME_KEYRING_.*|SSH_AUTH_SOCK|SESSION_MANAGER|GTK_.*"
    r"|NO_AT_BRIDGE|DESKTOP_.*|LC_.*|LANGUAGE|RECORDER_HOME|BROWSER"
)
# Every process of the desktop carries this variable with the desktop's own folder; that is how strays are found.
_MARK = "RECORDER_DESKTOP"
_START_TIMEOUT_S = 20.0
_BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <servicedir>{services}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"""


class Compositor(StrEnum):
    """Which compositing manager owns the screen."""

    NONE = "none"
    PICOM = "picom"
    XCOMPMGR = "xcompmgr"


class VirtualDesktop:
    """A desktop as a context manager; `env` is the environment that puts a program onto it.

    `second_monitor`: the screen is twice as wide and RandR reports a left and a right monitor of `size` each.
    `keyring_password`: runs a real Secret Service whose login keyring is unlocked with it.
    Raises: PlatformError naming the missing package, or the part that did not start.
    """

    def __init__(
        self,
        *,
        size: tuple[int, int] = (1920, 1080),
        second_monitor: bool = False,
        compositor: Compositor | str = Compositor.NONE,
        window_manager: bool = True,
        session_bus: bool = True,
        keyring_password: str | None = None,
    ) -> None:
        self.size = size
        self.second_monitor = second_monitor
        self.compositor = Compositor(compositor)
        self.window_manager = window_manager
        self.session_bus = session_bus
        self.keyring_password = keyring_password
        self.display = ""
        self.env: dict[str, str] = {}
        self.root = Path()
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        self.root = Path(tempfile.mkdtemp(prefix="recorder-desktop-"))
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def spawn(
        self, command: Sequence[str], *, env: Mapping[str, str] | None = None, **options: Any
    ) -> subprocess.Popen[bytes]:
        """Start a program on the desktop (its output is dropped unless `options` for Popen say otherwise)."""
        popen_options: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL} | options
        process: subprocess.Popen[bytes] = subprocess.Popen(
            list(command), env=self.env | dict(env or {}), stdin=popen_options.pop("stdin", subprocess.DEVNULL),
            start_new_session=True, **popen_options,
        )  # fmt: skip
        self._processes.append(process)
        return process

    def xdotool(self, *arguments: object, timeout_s: float = 30.0) -> str:
        """Run one xdotool command line; its output. Raises: PlatformError when it fails or takes too long."""
        command = [find("xdotool"), *map(str, arguments)]
        try:
            done = subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=timeout_s, check=True)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise PlatformError(f"xdotool {arguments[0] if arguments else ''} failed: {type(error).__name__}") from None
        return done.stdout.strip()

    def window(self, pattern: str, *, timeout_s: float = 30.0) -> int:
        """The id of the client window whose title or class matches the regular expression, once it is mapped."""
        deadline = time.monotonic() + timeout_s
        # xdotool's own --sync looks only twice a second, and for ever.
        command = [find("xdotool"), "search", "--onlyvisible", "--limit", "1", pattern]
        while time.monotonic() < deadline:
            found = subprocess.run(command, env=self.env, capture_output=True, timeout=timeout_s).stdout.split()
            if found:
                return int(found[0])
            time.sleep(0.02)
        raise PlatformError("no such window appeared on the virtual desktop")

    def screenshot(self, path: Path | str) -> Path:
        """Write what is on the screen (without the pointer) as a PNG; the path."""
        command = [find("xwd"), "-root", "-silent"]
        dump = subprocess.run(command, env=self.env, capture_output=True, timeout=30, check=True).stdout
        Path(path).write_bytes(to_png(dump))
        return Path(path)

    def close(self) -> None:
        """End every process of the desktop and remove its folder. May be called more than once."""
        for process in reversed(self._processes):
            _end_group(process.pid)
        for pid in self._strays():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for process in self._processes:
            process.wait()
        self._processes.clear()
        if self.root != Path():
            shutil.rmtree(self.root, ignore_errors=True)

    def _start(self) -> None:
        self.env = self._environment()
        self._start_server()
        if self.second_monitor:
            self._split_screen()
        if self.session_bus:
            self._start_bus()
        if self.window_manager:
            self._service("openbox", "--sm-disable")
            self._await(lambda x: x.manager_answers(), "openbox")
        if self.compositor is not Compositor.NONE:
            self._start_compositor()

    def _environment(self) -> dict[str, str]:
        """The outer environment without its session, with every XDG folder inside `root`."""
        env = {name: value for name, value in os.environ.items() if not _OUTER_SESSION.fullmatch(name)}
        folders = {
            "HOME": "home",
            "XDG_RUNTIME_DIR": "run",
            "XDG_CONFIG_HOME": "home/.config",
            "XDG_DATA_HOME": "home/.local/share",
            "XDG_STATE_HOME": "home/.local/state",
            "XDG_CACHE_HOME": "home/.cache",
        }
        for name, folder in folders.items():
            (self.root / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
            env[name] = str(self.root / folder)
        # Settings in memory only: a settings daemon would outlive the desktop.
        return env | {
            _MARK: str(self.root),
            "XDG_SESSION_TYPE": "x11",
            "GSETTINGS_BACKEND": "memory",
            "LANG": "C.UTF-8",
        }

    def _start_server(self) -> None:
        width, height = self.size[0] * (2 if self.second_monitor else 1), self.size[1]
        read_fd, write_fd = os.pipe()
        # fmt: off
        self._service("Xvfb", "-displayfd", str(write_fd), "-screen", "0", f"{width}x{height}x24",
                      "-nolisten", "tcp", "-noreset", "-dpi", "96", pass_fds=(write_fd,))
        # fmt: on
        os.close(write_fd)
        with os.fdopen(read_fd, "rb") as announced:
            number = announced.readline().strip().decode()
        if not number:
            raise PlatformError("the virtual X server did not start")
        self.display = self.env["DISPLAY"] = f":{number}"

    def _split_screen(self) -> None:
        width, height = self.size
        for name, x, output in (("left", 0, "screen"), ("right", width, "none")):
            geometry = f"{width}/500x{height}/280+{x}+0"
            command = [find("xrandr"), "--setmonitor", name, geometry, output]
            subprocess.run(command, env=self.env, check=True, capture_output=True, timeout=30)

    def _start_bus(self) -> None:
        config = self.root / "session.conf"
        config.write_text(_BUS_CONFIG.format(socket=self.root / "run/bus", services=self._service_folder()))
        arguments = ("--nofork", "--print-address=1", f"--config-file={config}")
        bus = self._service("dbus-daemon", *arguments, stdout=subprocess.PIPE)
        assert bus.stdout is not None
        self.env["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().strip().decode()
        if self.keyring_password is not None:
            self._start_keyring(self.keyring_password)
        self._service("at-spi-bus-launcher", "--launch-immediately")
        self._await_root_property("AT_SPI_BUS")

    def _service_folder(self) -> Path:
        """What the bus may start by itself. Not the machine's whole list: portals would mount folders in here."""
        folder = self.root / "services"
        folder.mkdir()
        for name in ("org.a11y.Bus.service", "org.gnome.keyring.SystemPrompter.service"):
            (folder / name).symlink_to(Path("/usr/share/dbus-1/services") / name)
        return folder

    def _start_keyring(self, password: str) -> None:
        """A Secret Service with its login keyring made and unlocked."""
        arguments = ("--foreground", "--components=secrets", "--unlock")
        keyring = self._service("gnome-keyring-daemon", *arguments, stdin=subprocess.PIPE)
        assert keyring.stdin is not None
        keyring.stdin.write(password.encode())
        keyring.stdin.close()
        self._await(lambda _: self._bus_name_is_owned("org.freedesktop.secrets"), "gnome-keyring-daemon")

    def _bus_name_is_owned(self, name: str) -> bool:
        question = ("--dest=org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner", f"string:{name}")
        command = [find("dbus-send"), "--session", "--print-reply=literal", *question]
        return b"true" in subprocess.run(command, env=self.env, capture_output=True, timeout=10).stdout

    def _start_compositor(self) -> None:
        arguments = {Compositor.PICOM: ("--backend", "xrender", "--config", os.devnull), Compositor.XCOMPMGR: ("-c",)}
        self._service(self.compositor.value, *arguments[self.compositor])
        self._await(lambda x: x.selection_is_owned("_NET_WM_CM_S0"), self.compositor.value)

    def _await_root_property(self, name: str) -> None:
        self._await(lambda x: x.root_has(name), name)

    def _await(self, holds: Callable[[Probe], bool], what: str) -> None:
        deadline = time.monotonic() + _START_TIMEOUT_S
        with Probe(self.display) as probe:
            while not holds(probe):
                if time.monotonic() > deadline:
                    raise PlatformError(f"a part of the virtual desktop did not start: {what}")
                time.sleep(0.01)

    def _service(self, program: str, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
        """A part of the desktop: dies with the thread that opened the desktop, whatever happens to it."""
        return self.spawn([find("setpriv"), "--pdeathsig", "KILL", find(program), *arguments], **options)

    def _strays(self) -> Iterator[int]:
        """Processes that left their process group (services that D-Bus started) but still carry this desktop's mark."""
        mark = f"{_MARK}={self.root}".encode()
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    yield int(folder.name)


def find(program: str) -> str:
    """The path of a program. Raises: PlatformError naming the Debian package that brings it."""
    path = shutil.which(program, path=os.environ.get("PATH", os.defpath) + ":/usr/libexec:/usr/lib/at-spi2-core")
    if path is None:
        package = PACKAGES.get(program, program)
        raise PlatformError(f"{program} is not installed", hint=f"on Debian or Ubuntu: sudo apt install {package}")
    return path


def _end_group(group: int) -> None:
    """End a process group that `spawn` made; its leader is reaped by the caller."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
