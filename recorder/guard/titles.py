"""A window's title in, what may be stored of it out: masked, once a second at most, never that of a private window."""

import re
from dataclasses import dataclass, field

from recorder.guard.text import Masker
from recorder.model.raw import RawWindow

# Programs put what is being typed into the title. More often than this it would tell the rhythm of the keys.
REST_NS = 1_000_000_000
LONGEST = 512  # characters; the rest of a longer title is cut off
NO_DETECTOR = "no_detector/1"
# What browsers write into the titles of windows that shall leave no trace, in the languages of most of their users.
_PRIVATE = re.compile(
    r"(?i)private brows|private window|private mode|privates? fenster|privater modus|navigation privée|"
    r"navegación privada|navegação privada|navigazione anonima|in-?private|incógnit|incognit|inkognit|приватн|"
    r"инкогнито|隐私浏览|无痕|無痕|シークレット|プライベート|시크릿|gizli|"
    r"privat surf|privénavigatie|prywatn|anonymní|tor browser"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """`text` may be stored; `taken` counts by category what was masked in it. `dropped`: none of it may be stored."""

    text: str | None = None
    taken: dict[str, int] = field(default_factory=dict)
    dropped: str | None = None  # as what


NONE = Title()


class Titles:
    """The title in force. Without a masker every title is dropped."""

    def __init__(self, masker: Masker | None) -> None:
        self._masker = masker
        self.detector = NO_DETECTOR if masker is None else masker.version
        self._next_ns = 0
        self.is_waiting = False
        self._read_as: tuple[tuple[str, int], Title] | None = None

    def is_due(self, t_ns: int) -> bool:
        """Whether a title changed too soon after another, and its time has come."""
        return self.is_waiting and t_ns >= self._next_ns

    def read(self, window: RawWindow) -> Title:
        """Never raises; what cannot be masked is dropped."""
        if not window.title.strip():
            return NONE
        if self._masker is None or window.private or _PRIVATE.search(window.title):
            return Title(dropped="text")
        known = window.title, self._masker.memory.generation
        if self._read_as is None or self._read_as[0] != known:
            # Read again when something was masked elsewhere in the meantime: it may stand in this title.
            title = self._mask(window.title[:LONGEST], self._masker)
            self._read_as = (window.title, self._masker.memory.generation), title
        return self._read_as[1]

    def _mask(self, text: str, masker: Masker) -> Title:
        result = masker.mask(text)
        taken: dict[str, int] = {}
        for (category, _), count in result.counts.items():
            taken[category] = taken.get(category, 0) + count
        return Title(dropped="closed") if "closed" in taken else Title(text=result.text, taken=taken)

    def may_follow(self, title: Title, t_ns: int) -> bool:
        """Whether `title` may follow the last one of the same window already. None at all always may."""
        return title == NONE or t_ns >= self._next_ns

    def is_rested(self, t_ns: int) -> bool:
        """Whether a second has passed since the last thing that was told of this window."""
        return t_ns >= self._next_ns

    def told(self, t_ns: int) -> None:
        """A title was told: the next one of this window has a second to wait."""
        self._next_ns, self.is_waiting = t_ns + REST_NS, False
