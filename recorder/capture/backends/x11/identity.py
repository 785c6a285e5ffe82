"""Whose window it is: the client inside a frame, and the process that the X server itself vouches for."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from Xlib import X, Xatom
from Xlib.ext import res
from Xlib.protocol import request

from recorder.capture.backends.x11.browsers import family
from recorder.capture.backends.x11.connection import attempt, is_shaped
from recorder.model.memory_only import memory_only
from recorder.model.raw import RawApp

# How far below a frame a client is looked for; window managers put it one or two levels down.
_MAX_DEPTH = 4
_MAX_VISITED = 256
_TITLE_WORDS = 1024  # of four bytes
_OPAQUE = 0xFFFFFFFF
# On every window of the recorder's own. Another program may set it too: it only withholds itself by that.
OWN_PROPERTY = "_RECORDER_OWN"


@memory_only
@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What one look at a mapped top-level found. `client` None: no window in it has WM_STATE (yet), or several do."""

    client: int | None
    app: RawApp | None
    see_through: bool
    own: bool
    visited: tuple[int, ...]  # the windows inside, for watching one that has no client yet


class Identifier:
    """Looks windows up on one connection. Every failed look means unknown, never the last good answer."""

    def __init__(self, display: Any) -> None:
        self._display = display
        self._can_vouch = display.has_extension("X-Resource")
        atom = display.intern_atom
        self._wm_state, self._net_wm_name = atom("WM_STATE"), atom("_NET_WM_NAME")
        self._net_wm_pid, self._utf8 = atom("_NET_WM_PID"), atom("UTF8_STRING")
        self._opacity, self._own = atom("_NET_WM_WINDOW_OPACITY"), atom(OWN_PROPERTY)
        self.title_atoms = frozenset({Xatom.WM_NAME, self._net_wm_name})
        self.identity_atoms = frozenset({Xatom.WM_CLASS, self._net_wm_pid, self._wm_state, self._opacity, self._own})

    def look_up(self, window_id: int) -> Details:
        """Everything about one top-level; about ten round trips."""
        window = self._window(window_id)
        clients, visited = self._find_clients(window_id)
        # Two applications in one frame (a tabbing window manager): nobody can say whose pixels those are.
        client = clients[0] if len(clients) == 1 else None
        subject = self._window(client if client is not None else window_id)
        return Details(
            client=client,
            app=None if len(clients) > 1 else self._app(subject),
            see_through=any(self._is_see_through(one) for one in {window, subject}),
            own=any(self._has(one, self._own) for one in {window, subject}),
            visited=visited,
        )

    def title(self, window_id: int) -> str:
        """The window's title, empty when it has none."""
        window = self._window(window_id)
        modern = self._property(window, self._net_wm_name, self._utf8, _TITLE_WORDS)
        if modern is not None:
            return _as_bytes(modern.value).decode("utf-8", "replace")
        old = self._property(window, Xatom.WM_NAME, X.AnyPropertyType, _TITLE_WORDS)
        return _as_bytes(old.value).decode("latin-1") if old is not None and old.format == 8 else ""

    def _find_clients(self, window_id: int) -> tuple[list[int], tuple[int, ...]]:
        """The mapped windows with WM_STATE nearest to the top-level (ICCCM 4.1.3.1), breadth first; and all visited."""
        level = [window_id]
        visited: list[int] = []
        clients: list[int] = []
        for _ in range(_MAX_DEPTH):
            level = level[: _MAX_VISITED - len(visited)]
            visited += level
            with_state = self._with_state(level)
            clients = [window for window in with_state if window == window_id or self._is_mapped(window)]
            if clients or not level:
                break
            level = [child for parent in level for child in self._children(parent)]
        return clients, tuple(visited)

    def _with_state(self, windows: Sequence[int]) -> list[int]:
        """Those that have WM_STATE. All questions go out before the first answer is read: frames have many parts."""
        asked = [
            request.GetProperty(
                display=self._display.display,
                defer=True,
                delete=False,
                window=window,
                property=self._wm_state,
                type=X.AnyPropertyType,
                long_offset=0,
                long_length=0,
            )
            for window in windows
        ]
        return [window for window, one in zip(windows, asked, strict=True) if _has_value(one)]

    def _children(self, window_id: int) -> list[int]:
        tree = attempt(lambda: self._window(window_id).query_tree())
        return [child.id for child in tree.children] if tree else []

    def _is_mapped(self, window_id: int) -> bool:
        attributes = attempt(lambda: self._window(window_id).get_attributes())
        return attributes is not None and attributes.map_state != X.IsUnmapped

    def _app(self, window: Any) -> RawApp | None:
        pid = self._vouched_pid(window.id)
        if pid is None:
            return None
        claimed = self._property(window, self._net_wm_pid, Xatom.CARDINAL, 1)
        if claimed is not None and len(claimed.value) and claimed.value[0] != pid:
            return None
        names = attempt(window.get_wm_class) or (None, None)
        executable = _executable(pid)
        is_browser = family(executable, names[1], names[0]) is not None
        return RawApp(pid=pid, executable=executable, wm_class=names[1], wm_instance=names[0], browser=is_browser)

    def _vouched_pid(self, window_id: int) -> int | None:
        """The pid that the server took from the client's socket. Source: X-Resource 1.2, XResQueryClientIds."""
        if not self._can_vouch:
            return None
        spec = {"client": window_id, "mask": res.LocalClientPIDMask}
        reply = attempt(lambda: self._display.res_query_client_ids([spec]))
        for entry in reply.ids if reply else ():
            if entry.spec.mask & res.LocalClientPIDMask and len(entry.value):
                return int(entry.value[0])
        return None

    def _is_see_through(self, window: Any) -> bool:
        """Also when it can't be asked: what may have holes hides nothing."""
        geometry = attempt(window.get_geometry)
        shaped = attempt(lambda: is_shaped(self._display, window))
        opacity = self._property(window, self._opacity, Xatom.CARDINAL, 1)
        translucent = opacity is not None and (not len(opacity.value) or opacity.value[0] != _OPAQUE)
        return geometry is None or geometry.depth == 32 or shaped is not False or translucent

    def _has(self, window: Any, atom: int) -> bool:
        return self._property(window, atom, X.AnyPropertyType, 0) is not None

    def _property(self, window: Any, atom: int, kind: int, words: int) -> Any:
        return attempt(lambda: window.get_property(atom, kind, 0, words))

    def _window(self, window_id: int) -> Any:
        return self._display.create_resource_object("window", window_id)


def _has_value(asked: Any) -> bool:
    def answer() -> int:
        asked.reply()
        return int(asked.property_type)

    return attempt(answer) not in (None, X.NONE)


def _executable(pid: int) -> str | None:
    """The resolved path of the running program; None when it is not ours to read, or no longer on the disk."""
    try:
        path = str(Path(f"/proc/{pid}/exe").readlink())
    except OSError:
        return None
    return None if path.endswith(" (deleted)") else path


def _as_bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")
