"""The stacking order, kept up to date from events: what is mapped, where, above what, whose, and who has the keyboard.

The state always belongs to one position in the connection's event stream: everything up to the last event handed to
`handle` is in it, nothing later is, except that a window's identity is looked up when it is mapped. Window ids that
vanish while they are looked at become unknown; nothing here raises for them.
"""

from dataclasses import dataclass
from typing import Any

from Xlib import X

from recorder.capture.backends.x11.connection import attempt
from recorder.capture.backends.x11.focus import KeyboardFocus
from recorder.capture.backends.x11.identity import Details, Identifier
from recorder.capture.backends.x11.screen import Screen
from recorder.model.geometry import Monitor, Rect
from recorder.model.raw import RawWindow, RawWindows

_TOP_MASK = X.PropertyChangeMask | X.FocusChangeMask
_CLIENT_MASK = X.PropertyChangeMask | X.FocusChangeMask | X.StructureNotifyMask
_UNIDENTIFIED_MASK = _TOP_MASK | X.SubstructureNotifyMask
_ROOT_MASK = X.SubstructureNotifyMask | X.StructureNotifyMask | X.FocusChangeMask


@dataclass(slots=True)
class _Top:
    """A child of the root. `rect` includes its border; `details` date from its last mapping or property change."""

    rect: Rect
    override_redirect: bool
    border_px: int = 0
    input_only: bool = False
    mapped: bool = False
    details: Details | None = None
    title: str = ""

    @property
    def visible(self) -> bool:
        return self.mapped and not self.input_only


class WindowTracker:
    """The windows of one connection. Thread: the one that reads the connection.

    Usage: `start()` once, then every event of the connection to `handle`, in order.
    """

    def __init__(self, display: Any) -> None:
        self.generation = 0
        self._display = display
        self._root = display.screen().root
        self._identifier = Identifier(display)
        self._screen = Screen(display)
        self._focus = KeyboardFocus(display, self._watch)
        self._tops: dict[int, _Top] = {}
        self._order: list[int] = []  # lowest first
        self._top_of: dict[int, int] = {}  # clients and what was visited looking for one -> their top-level
        self.shape_event = self._select_shape()
        self._handlers = {
            X.CreateNotify: self._on_create,
            X.DestroyNotify: self._on_destroy,
            X.MapNotify: self._on_map,
            X.UnmapNotify: self._on_unmap,
            X.ReparentNotify: self._on_reparent,
            X.ConfigureNotify: self._on_configure,
            X.GravityNotify: self._on_gravity,
            X.CirculateNotify: self._on_circulate,
        }

    def start(self) -> None:
        """The full scan: select the events, then read every window. Raises: only what a lost connection raises."""
        self._screen.start()
        self._focus.start()
        self._scan()
        self._focus.ask()

    def handle(self, event: Any) -> bool:
        """Take in one event of the connection.

        Returns True when the snapshot differs in generation, focus, keyboard grab or a title: send it out again.
        """
        before = (self.generation, self._focus.focused, self._focus.grabbed)
        if self._screen.handle(event):
            self.generation += 1
        retitled = False
        if event.type in self._handlers:
            self._structure(event)
        elif event.type == X.PropertyNotify:
            retitled = self._on_property(event)
        elif event.type == self.shape_event:
            self._refresh(event.affected_window.id)
        self._focus.handle(event, self._tops.__contains__, self._top_of_focus)
        return retitled or before != (self.generation, self._focus.focused, self._focus.grabbed)

    def snapshot(self, t_ns: int) -> RawWindows:
        """The state at the event handled last."""
        stack = tuple(self._raw(window) for window in self._order if self._tops[window].visible)
        focused = self._focus.focused
        return RawWindows(
            t_ns=t_ns,
            generation=self.generation,
            stack=stack,
            focused=focused if any(window.window == focused for window in stack) else None,
            monitors=self._screen.monitors,
            composited=self._screen.composited,
        )

    def layout(self) -> list[tuple[int, Rect]]:
        """The visible top-levels and their rectangles, lowest first."""
        return [(window, self._tops[window].rect) for window in self._order if self._tops[window].visible]

    def origin(self, window: int) -> tuple[int, int]:
        """Where the window's own coordinates begin on the screen: inside its border."""
        top = self._tops[window]
        return top.rect.x + top.border_px, top.rect.y + top.border_px

    def all_tops(self) -> list[int]:
        """Every child of the root, mapped or not, that can show something."""
        return [window for window, top in self._tops.items() if not top.input_only]

    @property
    def composited(self) -> bool:
        """Whether a compositing manager owns the screen."""
        return self._screen.composited

    @property
    def compositors(self) -> int:
        """Differs from before when the screen may have changed hands since, also when it came back."""
        return self._screen.compositors

    def keyboard_grab(self) -> bool | None:
        """Whether some client holds the whole keyboard (a lock, a password prompt, an open menu); None: not known."""
        return self._focus.grabbed

    @property
    def bounds(self) -> Rect:
        """The whole screen, as the events so far tell it."""
        return self._screen.bounds

    @property
    def monitors(self) -> tuple[Monitor, ...]:
        return self._screen.monitors

    def _raw(self, window: int) -> RawWindow:
        top = self._tops[window]
        details = top.details
        return RawWindow(
            window=window,
            rect=top.rect,
            app=details.app if details else None,
            title=top.title,
            see_through=details.see_through if details else True,
            own=details.own if details else False,
            override_redirect=top.override_redirect,
        )

    def _scan(self) -> None:
        """Read everything anew. The server stands still between selecting events and reading the order: events that
        happened before that would be applied twice, and two restacks in a row do not survive that."""
        self._display.grab_server()
        try:
            self._root.change_attributes(event_mask=_ROOT_MASK)
            children = [child.id for child in self._root.query_tree().children]
        finally:
            self._display.ungrab_server()
            self._display.flush()
        self._tops.clear()
        self._top_of.clear()
        self._order = children
        for window in children:
            self._read_top(window)
        self.generation += 1

    def _read_top(self, window: int) -> None:
        resource = self._window(window)
        self._tops[window] = _Top(rect=Rect(0, 0, 0, 0), override_redirect=True)
        self._watch(window, _TOP_MASK)
        attributes, geometry = attempt(resource.get_attributes), attempt(resource.get_geometry)
        if attributes is None or geometry is None:  # gone; its DestroyNotify is on the way
            return
        top = _Top(
            rect=_outer(geometry),
            override_redirect=bool(attributes.override_redirect),
            border_px=geometry.border_width,
            input_only=attributes.win_class == X.InputOnly,
            mapped=attributes.map_state != X.IsUnmapped,
        )
        self._tops[window] = top
        if top.visible:
            top.details = self._look_up(window)

    def _look_up(self, window: int) -> Details:
        details = self._identifier.look_up(window)
        top = self._tops[window]
        top.title = self._identifier.title(window if details.client is None else details.client)
        for inside in details.visited:
            self._top_of[inside] = window
        if details.client is not None:
            self._top_of[details.client] = window
            self._watch(details.client, _CLIENT_MASK)
            self._watch(window, _TOP_MASK)
        elif not top.override_redirect:
            # Until it has a client, anything that happens inside may bring one.
            for inside in details.visited:
                self._watch(inside, _UNIDENTIFIED_MASK)
        if self.shape_event is not None:
            self._window(window).shape_select_input(1)
        return details

    def _structure(self, event: Any) -> None:
        """Only what the root reports is about top-levels; the same news from inside one means: look at it again."""
        if _reporter(event) == self._root.id:
            self._handlers[event.type](event)
        elif event.type != X.ConfigureNotify:
            self._refresh(_reporter(event))

    def _on_create(self, event: Any) -> None:
        if event.window.id in self._tops or self._is_overlay(event.window.id):
            return
        self._watch(event.window.id, _TOP_MASK)
        self._tops[event.window.id] = _Top(
            rect=_outer(event), override_redirect=bool(event.override), border_px=event.border_width
        )
        self._order.append(event.window.id)

    def _on_destroy(self, event: Any) -> None:
        self._remove(event.window.id)

    def _on_map(self, event: Any) -> None:
        top = self._tops.get(event.window.id)
        if top is None:
            return
        if self._is_overlay(event.window.id):
            self._remove(event.window.id)
            return
        attributes = attempt(self._window(event.window.id).get_attributes)
        top.mapped, top.override_redirect = True, bool(event.override)
        top.input_only = attributes is not None and attributes.win_class == X.InputOnly
        if top.visible:
            top.details = self._look_up(event.window.id)
            self.generation += 1
        self._focus.ask()

    def _on_unmap(self, event: Any) -> None:
        top = self._tops.get(event.window.id)
        if top is not None and top.mapped:
            top.mapped = False
            self.generation += not top.input_only

    def _on_reparent(self, event: Any) -> None:
        """Into the root: a window manager lets go (its frame's border width and size are not in the event)."""
        self._remove(event.window.id)
        if event.parent.id == self._root.id:
            self._order.append(event.window.id)
            self._read_top(event.window.id)
            self.generation += 1
        else:
            self._refresh(event.parent.id)

    def _on_configure(self, event: Any) -> None:
        top = self._tops.get(event.window.id)
        if top is None:
            return
        rect = _outer(event)
        restacked = self._place_above(event.window.id, event.above_sibling.id if event.above_sibling else None)
        moved, top.rect, top.border_px = rect != top.rect, rect, event.border_width
        top.override_redirect = bool(event.override)
        if top.visible and (moved or restacked):
            self.generation += 1

    def _on_gravity(self, event: Any) -> None:
        top = self._tops.get(event.window.id)
        if top is not None:
            top.rect = Rect(event.x, event.y, top.rect.width, top.rect.height)
            self.generation += top.visible

    def _on_circulate(self, event: Any) -> None:
        above = self._order[-1] if event.place == X.PlaceOnTop and self._order else None
        if event.window.id in self._tops and self._place_above(event.window.id, above):
            self.generation += 1

    def _on_property(self, event: Any) -> bool:
        """Whether a title changed. Other properties that matter change the generation."""
        window = event.window.id
        top = self._tops.get(self._top_of.get(window, window))
        if top is None or not top.visible or top.details is None:
            return False
        if event.atom in self._identifier.identity_atoms:
            self._refresh(window)
            return False
        if event.atom not in self._identifier.title_atoms or window != (top.details.client or window):
            return False
        before, top.title = top.title, self._identifier.title(window)
        return before != top.title

    def _refresh(self, inside: int) -> None:
        """Look a top-level up again after something in it changed."""
        window = self._top_of.get(inside, inside)
        top = self._tops.get(window)
        if top is not None and top.visible:
            before, top.details = top.details, self._look_up(window)
            self.generation += before != top.details

    def _place_above(self, window: int, sibling: int | None) -> bool:
        """Whether the order changed. A sibling that is not known means that the order isn't either: scan again."""
        if sibling is not None and sibling not in self._tops:
            self._scan()
            return True
        before = self._order.index(window)
        if sibling == window:
            return False
        self._order.remove(window)
        self._order.insert(0 if sibling is None else self._order.index(sibling) + 1, window)
        return self._order.index(window) != before

    def _remove(self, window: int) -> None:
        top = self._tops.pop(window, None)
        if top is not None:
            self._order.remove(window)
            self.generation += top.visible
        self._top_of = {inside: top_id for inside, top_id in self._top_of.items() if window not in (inside, top_id)}

    def _top_of_focus(self, window: int) -> int | None:
        """The child of the root that contains a window, by asking upwards; None for the root itself."""
        for _ in range(32):
            if window in self._tops:
                return window
            tree = attempt(self._window(window).query_tree)
            if tree is None or not tree.parent:
                return None
            window = tree.parent.id
        return None

    def _watch(self, window: int, mask: int = X.FocusChangeMask) -> None:
        """Select events of a window, never fewer than were selected there before."""
        if window == self._root.id:
            return
        mask |= _CLIENT_MASK if window in self._top_of and window not in self._tops else 0
        mask |= _TOP_MASK if window in self._tops else 0
        self._window(window).change_attributes(event_mask=mask)

    def _is_overlay(self, window: int) -> bool:
        """Whether it is the compositor's canvas: no window, though it covers all. Only the server's own can be."""
        return window <= self._display.display.info.resource_id_mask and window == self._screen.overlay()

    def _select_shape(self) -> int | None:
        if not self._display.has_extension("SHAPE"):
            return None
        return int(self._display.query_extension("SHAPE").first_event)

    def _window(self, window: int) -> Any:
        return self._display.create_resource_object("window", window)


def _reporter(event: Any) -> int:
    """The window that the event was selected on."""
    return int((event.parent if event.type == X.CreateNotify else event.event).id)


def _outer(geometry: Any) -> Rect:
    border = 2 * geometry.border_width
    return Rect(geometry.x, geometry.y, geometry.width + border, geometry.height + border)
