"""Whatever comes in whatever order: no character of an open run, of a doubtful focus, or of an app without words.

The detector here masks nothing, and no character is typed twice: each one that shows can be traced to its key. What may
show is worked out beside the guard, from the same events, by rules that are written down here once more.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import example, given
from hypothesis import strategies as st

from recorder.guard import Guard
from recorder.guard.text import Detector, Masker, Memory
from recorder.guard.text.spans import Span
from recorder.model.consent import Category
from recorder.model.policy import AppRule, Policy, TextLevel
from recorder.model.raw import Fault, Mods, RawApp, RawFault, RawKey, RawWindow, RawWindows, Role, SecretSource
from recorder.model.redacted import EventKind, KeyClass, Redacted, RedactedEvent
from tests.guard.scene import MS, RIGHT, button, focus, sensor, window, windows

FIRST = 0x4E00  # the first of 20,000 characters that no two keys share
EDITOR, NOTES, CLOSED, OTHER = 1, 2, 3, 4
APPS = {EDITOR: "editor", NOTES: "notes", CLOSED: "closed", OTHER: "editor"}
CAUSE_MS, HOLD_MS = 2_000, 150
CATEGORIES = frozenset(
    (Category.KEY_SHAPE, Category.TEXT_CONTENT, Category.KEY_TIMING, Category.SHORTCUTS, Category.APP_NAMES)
)
CAUSES = ("Tab", "Return", "Escape", "Left", "F5")
FAULTS = (Fault.OVERFLOW, Fault.INPUT_LOST, Fault.WINDOWS_UNKNOWN, Fault.ACCESSIBILITY_LOST)
Step = tuple[object, ...]


class Blind(Masker):
    """Finds nothing: what it is asked about would all be shown."""

    def __init__(self) -> None:
        super().__init__(DETECTOR, Memory(bytes(32)))

    def detect(self, text: str) -> list[Span]:
        return []


DETECTOR = Detector(lambda: 0.0)


def policy(editor: TextLevel) -> Policy:
    """The editor's level is given; the notes are recorded without words, the third app not at all."""
    return Policy(
        apps=(
            AppRule(name="Editor", executable="/usr/bin/editor", text=editor),
            AppRule(name="Notes", executable="/usr/bin/notes"),
        ),
        sha256=editor.value,
    )


def app_window(number: int) -> RawWindow:

    name = APPS[number]
    app = RawApp(pid=number, executable=f"/usr/bin/{name}", wm_class=name, wm_instance=name)
    return window(number, RIGHT, app)


@dataclass(slots=True)
class Typed:
    """A character that was typed: when, and why it may never show (None: it may)."""

    t_ms: float
    never: str | None
    element: str | None  # that was said to have the keyboard


@dataclass
class Watch:
    """Plays steps to a guard and works out what may show."""

    guard: Guard = field(init=False)
    t_ms: float = 0.0
    level: TextLevel = TextLevel.WORDS
    categories: frozenset[Category] = CATEGORIES
    focused: int = EDITOR
    roles: dict[int, Role] = field(default_factory=dict)  # as last said, of the windows that were not left since
    elements: dict[int, str | None] = field(default_factory=dict)
    secret: set[str] = field(default_factory=set)
    sensing: bool = False
    faults: set[Fault] = field(default_factory=set)
    paused: bool = False
    knows_windows: bool = True
    cause_ms: float | None = None
    answer_ms: float = -1e9
    typed: dict[str, Typed] = field(default_factory=dict)
    down: list[RawKey] = field(default_factory=list)
    shown: dict[str, float] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)  # runs of which all has come
    opened: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.guard = Guard(policy=policy(self.level), categories=self.categories, t0_ns=0, source="fake", text=Blind())
        self.take(self.guard.step(self.stack()))
        self.do(("focus", Role.TEXT, "a"))

    # Steps.

    def do(self, step: Step) -> None:
        name, *arguments = step
        deeds: dict[object, Callable[..., list[Redacted]]] = {
            **{
                "wait": self.wait,
                "key": self.key,
                "blank": self.blank,
                "up": self.up,
                "named": self.named,
                "ctrl": self.ctrl,
            },
            **{"click": self.click, "focus": self.focus, "window": self.window, "sensor": self.sensor},
            **{"fault": self.fault, "pause": self.pause, "resume": self.resume, "level": self.set_level},
            **{"narrow": self.narrow, "tick": self.tick},
        }
        self.take(deeds[name](*arguments))

    def wait(self, ms: float) -> list[Redacted]:
        self.t_ms += ms
        return []

    def key(self) -> list[Redacted]:
        character = chr(FIRST + len(self.typed))
        self.typed[character] = Typed(self.t_ms, self.why_never(), self.elements.get(self.focused))
        return self.press(f"U{ord(character):04X}", character, Mods.NONE)

    def blank(self) -> list[Redacted]:
        return self.press("space", " ", Mods.NONE)

    def up(self) -> list[Redacted]:
        if not self.down:
            return []
        raw = self.down.pop(0)
        return self.guard.step(self.raw_key(raw.keysym, raw.text, raw.mods, pressed=False))

    def named(self, keysym: str) -> list[Redacted]:
        rows = self.press(keysym, None, Mods.NONE)
        if keysym in CAUSES:
            self.cause_ms = self.t_ms
        return rows

    def ctrl(self, letter: str) -> list[Redacted]:
        rows = self.press(letter, letter, Mods.CTRL)
        self.cause_ms = self.t_ms
        return rows

    def press(self, keysym: str, text: str | None, mods: Mods) -> list[Redacted]:
        raw = self.raw_key(keysym, text, mods, pressed=True)
        self.down.append(raw)
        return self.guard.step(raw)

    def raw_key(self, keysym: str, text: str | None, mods: Mods, *, pressed: bool) -> RawKey:
        code = 100 + sum(map(ord, keysym)) % 20_000
        return RawKey(t_ns=self.now, keycode=code, keysym=keysym, text=text, pressed=pressed, mods=mods, injected=False)

    def click(self) -> list[Redacted]:
        self.cause_ms = self.t_ms
        return self.guard.step(button(self.t_ms, 400, 10)) + self.guard.step(button(self.t_ms, 400, 10, down=False))

    def focus(self, role: Role, element: str | None) -> list[Redacted]:
        here = self.focused
        silent = element is None and role is not Role.SECRET and self.roles.get(here) is Role.SECRET
        if not silent:
            self.answered(role, element)
        return self.guard.step(focus(self.t_ms, role, element, at=here))

    def answered(self, role: Role, element: str | None) -> None:
        if element is not None and role is Role.SECRET:
            self.secret.add(element)
        role = Role.SECRET if element in self.secret else role
        if role is Role.SECRET:
            self.never_since_doubt()
            self.never("its field turned out secret", element=element)
            self.cause_ms = None
        if role is Role.UNKNOWN and self.cause_ms is not None and self.t_ms - self.cause_ms <= CAUSE_MS:
            self.never("typed into nobody knows what", since_ms=self.cause_ms)
        if role is Role.TEXT:
            self.answer_ms, self.cause_ms = self.t_ms, None
        self.roles[self.focused], self.elements[self.focused] = role, element

    def window(self, number: int) -> list[Redacted]:
        if number != self.focused and self.roles.get(self.focused) is not Role.SECRET:
            self.roles.pop(self.focused, None)
        if number != self.focused:
            self.cause_ms = self.t_ms
        self.focused, self.knows_windows = number, True
        return self.guard.step(self.stack())

    def sensor(self, active: bool) -> list[Redacted]:
        if active and not self.sensing:
            self.never_since_doubt()
        self.sensing = active
        return self.guard.step(sensor(self.t_ms, active=active, source=SecretSource.TERMINAL_ECHO_OFF))

    def fault(self, fault: Fault, over: bool) -> list[Redacted]:
        rows = self.guard.step(RawFault(t_ns=self.now, fault=fault, over=over))
        if fault is Fault.ACCESSIBILITY_LOST:
            self.roles = {at: role for at, role in self.roles.items() if role is Role.SECRET}
            self.never("nobody can say what it went to")
            return rows
        if not over:
            self.never("a fault")
        (self.faults.discard if over else self.faults.add)(fault)
        self.knows_windows = False
        return rows

    def pause(self) -> list[Redacted]:
        rows = self.guard.pause(self.now)
        self.never("paused")
        self.paused, self.knows_windows, self.faults = True, False, set()
        return rows

    def resume(self) -> list[Redacted]:
        self.paused = False
        return self.guard.resume(self.now)

    def set_level(self, level: TextLevel) -> list[Redacted]:
        rows = self.guard.set_policy(policy(level), self.now)
        if level is not TextLevel.WORDS:
            self.never("no words any more")
        self.level = level
        return rows

    def narrow(self, category: Category) -> list[Redacted]:
        self.categories -= {category}
        rows = self.guard.narrow(categories=self.categories, blocked_apps=frozenset(), t_ns=self.now)
        if category in (Category.TEXT_CONTENT, Category.KEY_SHAPE):
            self.never("not agreed to any more")
        return rows

    def tick(self) -> list[Redacted]:
        return self.guard.tick(self.now)

    def close(self) -> None:
        self.take(self.guard.close(self.now))
        self.take(self.guard.tick(self.now + 200_000 * MS))

    # What may show.

    @property
    def now(self) -> int:
        return round(self.t_ms * MS)

    def stack(self) -> RawWindows:
        return windows(*map(app_window, APPS), t=self.t_ms, focused=self.focused)

    def why_never(self) -> str | None:
        """Why what is typed now may not show, whatever comes."""
        if self.paused or self.faults:
            return "closed"
        if APPS[self.focused] != "editor" or self.level is not TextLevel.WORDS:
            return "no words for this app"
        if not {Category.KEY_SHAPE, Category.TEXT_CONTENT} <= self.categories:
            return "not agreed to"
        if self.sensing or self.roles.get(self.focused) is not Role.TEXT:
            return "secret or unknown"
        return None

    def never(self, why: str, *, since_ms: float = 0, element: str | None = None) -> None:
        """Nothing from then on, typed into the element if one is given, may show that has not shown by now."""
        for character, typed in self.typed.items():
            if typed.t_ms > since_ms and character not in self.shown and element in (None, typed.element):
                typed.never = typed.never or why

    def never_since_doubt(self) -> None:
        """It is secret here: so is what was typed since the last cause that nothing answered, or just now."""
        since = max(self.t_ms - HOLD_MS, self.answer_ms)
        if self.cause_ms is not None and self.t_ms - self.cause_ms <= CAUSE_MS:
            since = min(since, self.cause_ms)
        for character, typed in self.typed.items():
            if typed.t_ms > since:
                assert character not in self.shown, "it was shown before it was known to be harmless"
                typed.never = typed.never or "typed into what turned out secret"

    # What shows.

    def take(self, rows: list[Redacted]) -> None:
        """Check the rows of one call."""
        events = [row for row in rows if isinstance(row, RedactedEvent)]
        here = {row.run for row in events if row.run is not None and row.kind is not EventKind.TEXT_HELD}
        assert not here & self.done, "a run came in two parts"
        self.done |= {run for run in here if run is not None}
        for row in events:
            self.check(row)

    def check(self, row: RedactedEvent) -> None:
        if row.kind is EventKind.TEXT_HELD:
            assert row.run is not None
            assert (row.char, row.text, row.key_class, row.t_us % 1_000_000) == (None, None, None, 0)
            self.opened.add(row.run)
        elif row.run is not None:
            assert row.run in self.opened, "a run without its placeholder"
        assert row.key_class is not KeyClass.MASKED or (row.char, row.key, row.keycode) == (None, None, None)
        for character in (row.char or "") + (row.text or ""):
            if character in self.typed:
                self.shows(character)

    def shows(self, character: str) -> None:
        typed = self.typed[character]
        assert typed.never is None, typed.never
        self.shown.setdefault(character, self.t_ms)


WAITS = (0, 1, 5, 20, 60, 140, 160, 300, 900, 1_900, 2_100, 5_000, 29_000, 31_000, 125_000)
SETTLE: list[Step] = [("wait", 40_000), ("tick",)] * 2
WORD: list[Step] = [*[("key",), ("wait", 15), ("up",), ("wait", 40)] * 3, ("blank",), ("wait", 30)]
waits = st.sampled_from(WAITS).map(lambda ms: [("wait", ms), ("tick",)])
# Mostly words and the time that they need to come out; now and then something that must keep them from it.
words = st.sampled_from((WORD, WORD * 2, WORD * 3, WORD * 2 + SETTLE, WORD * 2 + SETTLE, WORD[:5], WORD[:-2]))
passages = st.one_of(
    words,
    words,
    words,
    waits,
    st.just(SETTLE),
    st.sampled_from((*CAUSES, "BackSpace", "Delete", "Home", "Shift_L")).map(lambda name: [("named", name)]),
    st.sampled_from((("click",), ("tick",), ("up",), ("key",), ("ctrl", "a"), ("ctrl", "v"), ("ctrl", "z"))).map(
        lambda step: [step]
    ),
    st.tuples(st.just("focus"), st.sampled_from((Role.TEXT, Role.TEXT, *Role)), st.sampled_from(("a", "b", "c"))).map(
        lambda step: [step]
    ),
    st.just([("focus", Role.UNKNOWN, None)]),
    # Another window, that says what has the keyboard in it.
    st.tuples(st.sampled_from(tuple(APPS)), st.sampled_from(WAITS[:9]), st.sampled_from((Role.TEXT, *Role))).map(
        lambda to: [("window", to[0]), ("wait", to[1]), ("focus", to[2], f"{to[0]}")]
    ),
    # Into another field, which is announced late.
    st.tuples(st.sampled_from(("Tab", "Return")), words, st.sampled_from(WAITS[:10]), st.sampled_from(tuple(Role))).map(
        lambda to: [("named", to[0]), *to[1], ("wait", to[2]), ("focus", to[3], "next")]
    ),
    st.booleans().map(lambda active: [("sensor", active)]),
)
rare = st.one_of(
    st.tuples(st.sampled_from(FAULTS), words).map(
        lambda to: [
            ("fault", to[0], False),
            *to[1],
            ("fault", to[0], True),
            ("window", EDITOR),
            ("focus", Role.TEXT, "a"),
        ]
    ),
    st.tuples(st.sampled_from(FAULTS), st.booleans()).map(lambda to: [("fault", *to)]),
    words.map(lambda some: [("pause",), *some, ("resume",), ("window", EDITOR), ("focus", Role.TEXT, "a")]),
    st.tuples(st.sampled_from(tuple(TextLevel)), words).map(
        lambda to: [("level", to[0]), *to[1], ("level", TextLevel.WORDS)]
    ),
    st.sampled_from(tuple(TextLevel)).map(lambda level: [("level", level)]),
    st.sampled_from(sorted(CATEGORIES)).map(lambda category: [("narrow", category)]),
)
steps = st.tuples(words, st.lists(st.one_of(passages, passages, passages, passages, rare), max_size=10), words).map(
    lambda parts: [step for passage in (parts[0], *parts[1], parts[2]) for step in passage]
)


@given(steps=steps)
@example(steps=[("key",), ("wait", 31_000), ("tick",), ("key",), ("blank",), *SETTLE])
@example(steps=[("key",), ("named", "Tab"), ("wait", 5), ("key",), ("wait", 900), ("focus", Role.SECRET, "b")])
@example(steps=[("key",), ("named", "Tab"), ("key",), ("named", "Tab"), ("wait", 5), ("focus", Role.SECRET, "b")])
@example(
    steps=[("key",), ("window", NOTES), ("key",), ("window", EDITOR), ("key",), *[("wait", 40_000), ("tick",)] * 2]
)
@example(steps=[*WORD, ("wait", 15_000), ("focus", Role.SECRET, "a"), *SETTLE])
@example(
    steps=[*WORD, ("wait", 15_000), ("fault", Fault.ACCESSIBILITY_LOST, False), ("focus", Role.TEXT, "a"), *SETTLE]
)
@example(steps=[("key",), ("level", TextLevel.NONE), *SETTLE])
def test_whatever_comes_no_character_shows_that_may_not_and_the_books_balance(steps: list[Step]) -> None:
    watch = Watch()
    for step in (*steps, *SETTLE):
        watch.do(step)
    watch.close()

    assert watch.guard.counters["key"].balances
    assert watch.guard.counters["button"].balances


def test_what_is_typed_in_peace_shows() -> None:
    """The property above is no property of a guard that shows nothing."""
    watch = Watch()
    for step in [
        ("wait", 3_000),
        *[("key",), ("wait", 20), ("up",), ("wait", 60)] * 20,
        ("blank",),
        *SETTLE,
    ]:
        watch.do(step)

    assert len(watch.shown) == 20


@given(steps=steps, level=st.sampled_from((TextLevel.NONE, TextLevel.CLASSES)))
def test_below_words_no_row_ever_has_a_character_or_a_text(steps: list[Step], level: TextLevel) -> None:
    watch = Watch(level=level)
    for step in steps:
        if step[0] != "level":
            watch.do(step)
    watch.close()

    assert not watch.shown
