"""Whether the screen is locked, from whichever services say so: screen savers on the session bus, logind on the system
bus. A service that is not there is fine; one that said "locked" is believed until it takes that back."""

import os
import re
from collections.abc import Iterator

from jeepney import DBusAddress, new_method_call

from recorder.capture.backends.x11.bus import Body, Bus, BusLostError, Signal, Waker, no_start

# Interfaces with `GetActive() -> b` and the signal `ActiveChanged(b)`, each at the path where its service puts it.
SCREEN_SAVERS = {
    "org.freedesktop.ScreenSaver": "/org/freedesktop/ScreenSaver",
    "org.gnome.ScreenSaver": "/org/gnome/ScreenSaver",
    "org.cinnamon.ScreenSaver": "/org/cinnamon/ScreenSaver",
    "org.mate.ScreenSaver": "/org/mate/ScreenSaver",
    "org.xfce.ScreenSaver": "/org/xfce/ScreenSaver",
}
_LOGIN = "org.freedesktop.login1"
_LOGIN_SESSION = "org.freedesktop.login1.Session"
_PROPERTIES = "org.freedesktop.DBus.Properties"
# D-Bus specification, "Valid Object Paths": anything else is no answer, and would end a match rule early.
_OBJECT_PATH = re.compile(r"/|(?:/[A-Za-z0-9_]+)+")


class SessionLock:
    """Listens on a session bus and, where there is one, on a system bus of its own."""

    def __init__(self, session: Bus, waker: Waker, *, deadline_s: float) -> None:
        """Subscribe, then ask. Raises: BusLostError (session bus), InterruptedCallError."""
        self._locked_by: set[str] = set()
        self.system = _system_bus(waker, deadline_s)
        self._login_path: str | None = None
        self._watch_screen_savers(session, deadline_s)
        if self.system is not None:
            self._watch_login(deadline_s)

    @property
    def locked(self) -> bool:
        return bool(self._locked_by)

    def handle(self, signal: Signal) -> None:
        """Take in a signal of either bus; those about something else are ignored."""
        if signal.interface in SCREEN_SAVERS and signal.member == "ActiveChanged":
            self._note(signal.interface, _flag(signal.body))
        elif signal.path != self._login_path:
            return
        elif signal.interface == _PROPERTIES and signal.member == "PropertiesChanged":
            self._note(_LOGIN, _locked_hint(signal.body))
        elif signal.interface == _LOGIN_SESSION and signal.member in ("Lock", "Unlock"):
            self._note(_LOGIN, signal.member == "Lock")

    def pump_system(self) -> None:
        """Take in what logind says. A system bus that goes away takes its knowledge with it."""
        if self.system is None:
            return
        try:
            self.system.receive()
        except BusLostError:
            self.close()
            return
        while self.system.signals:
            self.handle(self.system.signals.popleft())

    def close(self) -> None:
        """Hang up on the system bus; the session bus belongs to the caller."""
        if self.system is not None:
            self.system.close()
            self.system = None

    def _note(self, service: str, is_locked: bool | None) -> None:
        if is_locked is True:
            self._locked_by.add(service)
        elif is_locked is False:
            self._locked_by.discard(service)

    def _watch_screen_savers(self, session: Bus, deadline_s: float) -> None:
        for interface in SCREEN_SAVERS:
            rule = f"type='signal',interface='{interface}',member='ActiveChanged'"
            session.daemon("AddMatch", "s", rule, deadline_s=deadline_s)
        questions = [
            no_start(new_method_call(DBusAddress(path, interface, interface), "GetActive"))
            for interface, path in SCREEN_SAVERS.items()
        ]
        for interface, answer in zip(SCREEN_SAVERS, session.call_all(questions, deadline_s=deadline_s), strict=True):
            self._note(interface, _flag(answer))

    def _watch_login(self, deadline_s: float) -> None:
        try:
            self._login_path = self._find_login_session(deadline_s)
        except BusLostError:
            self.close()

    def _find_login_session(self, deadline_s: float) -> str | None:
        """The object path of this process' login session, subscribed to and asked; None without logind."""
        assert self.system is not None
        manager = DBusAddress("/org/freedesktop/login1", _LOGIN, "org.freedesktop.login1.Manager")
        for method, signature, argument in _session_questions():
            message = no_start(new_method_call(manager, method, signature, (argument,)))
            answer = self.system.call(message, deadline_s=deadline_s)
            if answer and isinstance(answer[0], str) and _OBJECT_PATH.fullmatch(answer[0]):
                self._subscribe(self.system, answer[0], deadline_s)
                return answer[0]
        return None

    def _subscribe(self, system: Bus, path: str, deadline_s: float) -> None:
        for interface in (_PROPERTIES, _LOGIN_SESSION):
            rule = f"type='signal',path='{path}',interface='{interface}'"
            system.daemon("AddMatch", "s", rule, deadline_s=deadline_s)
        question = new_method_call(
            DBusAddress(path, _LOGIN, _PROPERTIES), "Get", "ss", (_LOGIN_SESSION, "LockedHint")
        )  # fmt: skip
        answer = system.call(no_start(question), deadline_s=deadline_s)
        self._note(_LOGIN, _variant_flag(answer[0]) if answer else None)


def _session_questions() -> Iterator[tuple[str, str, str | int]]:
    if session_id := os.environ.get("XDG_SESSION_ID"):
        yield "GetSession", "s", session_id
    yield "GetSessionByPID", "u", os.getpid()


def _system_bus(waker: Waker, deadline_s: float) -> Bus | None:
    try:
        return Bus("SYSTEM", waker, deadline_s=deadline_s)
    except BusLostError:
        return None


def _flag(body: Body | None) -> bool | None:
    return body[0] if body and isinstance(body[0], bool) else None


def _variant_flag(variant: object) -> bool | None:
    """The boolean in a D-Bus variant, which jeepney delivers as (signature, value)."""
    if isinstance(variant, tuple) and len(variant) == 2 and isinstance(variant[1], bool):
        return variant[1]
    return None


def _locked_hint(body: Body) -> bool | None:
    """From PropertiesChanged(interface, {name: variant}, [names])."""
    if len(body) < 2 or body[0] != _LOGIN_SESSION or not isinstance(body[1], dict):
        return None
    return _variant_flag(body[1].get("LockedHint"))
