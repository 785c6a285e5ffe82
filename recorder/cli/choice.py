"""What a person chose to delete: how it is counted, and how much recording it is."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from recorder.cli import output
from recorder.cli.moments import span_us
from recorder.cli.opened import Opened, find_sessions
from recorder.errors import DamagedError, UsageError
from recorder.store.audit import Action

if TYPE_CHECKING:
    from recorder.store.delete import Receipt
    from recorder.store.selector import Selector
    from recorder.store.session import SessionReader

_WAYS = "--session, --between, --app, --window, --site, --hits, --brush, --all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The options as they were typed; exactly one is set. `span`: what `between` means, Unix microseconds."""

    session: str | None = None
    between: tuple[str, str] | None = None
    app: str | None = None
    window: str | None = None
    site: str | None = None
    hits: str | None = None
    brush: tuple[str, int, int, int, int, int] | None = None
    reach: str | None = None
    everything: bool = False
    span: tuple[int, int] | None = None

    @property
    def count(self) -> int:
        typed = (self.session, self.between, self.app, self.window, self.site, self.hits, self.brush)
        return sum(one is not None for one in typed) + self.everything

    def checked(self) -> "Wanted":
        """The same, with a session's whole id and the range as numbers. Asks for no passphrase. Raises: UsageError."""
        if self.count != 1:
            raise UsageError(f"say what to delete: one of {_WAYS}", hint="recorder delete --help")
        if self.reach is not None and self.brush is None:
            raise UsageError("--reach says where --brush fills a box", hint="recorder delete --help")
        if any(text is not None and not text.strip() for text in (self.window, self.hits)):
            raise UsageError("an empty text finds nothing", hint="recorder review search TEXT")
        if self.between is not None:
            return Wanted(between=self.between, span=span_us(*self.between, datetime.now().astimezone()))
        if self.site is not None:
            return Wanted(site=_stored(self.site))
        if self.brush is not None:
            return replace(self, brush=(find_sessions([self.brush[0]])[0], *self.brush[1:]))
        if self.session is None:
            return self
        return Wanted(session=find_sessions([self.session])[0])


@dataclass(frozen=True, slots=True)
class Choice:
    """`selector` for the store; `length_us` is how much recording it is."""

    selector: "Selector"
    length_us: Callable[["list[SessionReader]"], int]

    def carry_out(self, opened: Opened, *, dry_run: bool, action: Action = Action.DELETED) -> "Receipt":
        from recorder.store.delete import delete

        return delete(opened.home, opened.unlocked, self.selector, dry_run=dry_run, action=action)

    def seconds(self, opened: Opened, session_ids: tuple[str, ...]) -> float:
        """Of the sessions that open; what is damaged can be deleted but not measured."""
        from recorder.store.session import SessionReader

        readers = []
        for session_id in session_ids:
            try:
                readers.append(SessionReader(opened.home, session_id, opened.unlocked, staged=False))
            except DamagedError:
                output.note(f"session {session_id} is damaged: what it held is not known")
        return self.length_us(readers) / 1_000_000


def choose(opened: Opened, wanted: Wanted) -> Choice:
    """`wanted` is checked. Raises: UsageError, DamagedError where a search has to read what does not verify."""
    from recorder.review import extent
    from recorder.store.selector import Selector, What

    if wanted.session is not None:
        return Choice(Selector(what=What.SESSION, session_id=wanted.session), extent.whole_us)
    if wanted.span is not None:
        return between(*wanted.span)
    if wanted.app is not None:
        app = wanted.app
        return Choice(Selector(what=What.APP, app=app), lambda readers: extent.app_us(readers, app))
    if wanted.site is not None:
        site = wanted.site
        return Choice(Selector(what=What.SITE, site=site), lambda readers: extent.site_us(readers, site))
    if wanted.window is not None or wanted.hits is not None:
        return _picked(opened, wanted)
    if wanted.brush is not None:
        return _brushed(opened, wanted.brush, wanted.reach or "picture")
    return Choice(Selector(what=What.ALL), extent.whole_us)


def whole(session_ids: tuple[str, ...]) -> Choice:
    from recorder.review import extent
    from recorder.store.selector import Selector, What

    return Choice(Selector(what=What.SESSIONS, session_ids=session_ids), extent.whole_us)


def between(from_us: int, to_us: int) -> Choice:
    from recorder.review import extent
    from recorder.store.selector import Selector, What

    chosen = Selector(what=What.BETWEEN, span=(from_us, to_us))
    return Choice(chosen, lambda readers: extent.between_us(readers, from_us, to_us))


def _brushed(opened: Opened, brush: tuple[str, int, int, int, int, int], reach: str) -> Choice:
    """Raises: UsageError saying why nothing would be filled."""
    from recorder.model.geometry import Rect
    from recorder.review.brushing import Box, selector
    from recorder.store.brush import Reach

    session_id, frame_id, x, y, width, height = brush
    if width <= 0 or height <= 0:
        raise UsageError("a box is at least one pixel wide and high")
    (reader,) = opened.readers([session_id]).values()
    return Choice(selector(reader, Box(frame_id, Rect(x, y, width, height), Reach(reach))), lambda readers: 0)


def _stored(site: str) -> str:
    """Raises: UsageError."""
    from recorder.store.sites import read_stored

    try:
        return read_stored(site)
    except ValueError as error:
        raise UsageError(f"a site {error}", hint="recorder show SESSION lists the sites of a session") from None


def _picked(opened: Opened, wanted: Wanted) -> Choice:
    from recorder.review import extent, pick
    from recorder.store.listing import shown_ids
    from recorder.store.selector import Selector, What

    readers = opened.readers(shown_ids(opened.home, opened.unlocked)).values()
    if wanted.window is not None:
        found = [pick.window(reader, wanted.window) for reader in readers]
    else:
        found = [pick.hits(reader, wanted.hits or "") for reader in readers]
        output.note("a search sees rows of text, not what can be seen in pictures")
    picked = tuple(one for one in found if one is not None)
    what = What.HITS if wanted.window is None else What.WINDOW
    ids = {one.session_id: frozenset(one.contexts) for one in picked}
    return Choice(Selector(what=what, picked=picked), lambda several: extent.contexts_us(several, ids))
