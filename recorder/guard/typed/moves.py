"""What keys that are actions of their own do to the draft of the run that they fall into."""

from collections.abc import Callable

from recorder.guard.typed.draft import Draft
from recorder.guard.typed.stroke import Glyph

_NOTHING = frozenset(("ctrl+c", "ctrl+s", "ctrl+Insert", "Print", "Pause"))  # leave text and caret where they are
ENTERS = frozenset(("Return", "KP_Enter", "shift+Return"))
TABS = frozenset(("Tab", "KP_Tab", "ISO_Left_Tab", "shift+Tab", "shift+ISO_Left_Tab"))

_MOVES: dict[str, Callable[[Draft], None]] = {
    "Left": lambda draft: draft.move(-1, selecting=False),
    "Right": lambda draft: draft.move(1, selecting=False),
    "Home": lambda draft: draft.home(selecting=False),
    "End": lambda draft: draft.end(selecting=False),
    "shift+Left": lambda draft: draft.move(-1, selecting=True),
    "shift+Right": lambda draft: draft.move(1, selecting=True),
    "shift+Home": lambda draft: draft.home(selecting=True),
    "shift+End": lambda draft: draft.end(selecting=True),
    "ctrl+a": Draft.select_all,
    "ctrl+x": Draft.cut,
    "ctrl+BackSpace": lambda draft: draft.delete_word(back=True),
    "ctrl+Delete": lambda draft: draft.delete_word(back=False),
    **{name: lambda draft: draft.insert(Glyph("\n")) for name in ENTERS},
    **{name: lambda draft: None for name in _NOTHING},
}


def act(draft: Draft, name: str) -> None:
    """Follow the action `name` (`Left`, `ctrl+a`). After one that is not known the caret may be anywhere."""
    _MOVES.get(name.replace("KP_", "") if name not in ENTERS else name, Draft.lose)(draft)
