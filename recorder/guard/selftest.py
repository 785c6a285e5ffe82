"""The policy proves itself before a recording: what a rule allows must pass, what it does not must be blocked."""

from recorder.errors import PolicyError
from recorder.guard.gate import Guard
from recorder.model.consent import Category
from recorder.model.geometry import Monitor, Rect
from recorder.model.policy import AppRule, Policy
from recorder.model.raw import Mods, RawApp, RawButton, RawKey, RawPointer, RawWindow, RawWindows
from recorder.model.redacted import EventKind, Redacted, RedactedEvent

_SCREEN = Rect(0, 0, 640, 480)
_HINT = "see the allowed apps with `recorder allow`"


def self_test(policy: Policy) -> None:
    """Raises: PolicyError, naming the rule that blocks what it should let through or the reverse."""
    if not policy.apps:
        raise PolicyError("no app is allowed, so nothing would be recorded", hint="allow one with `recorder allow`")
    for rule in policy.apps:
        if not _recorded(policy, _app(rule, "")):
            raise PolicyError(f"the rule for {rule.name} blocks the app that it names", hint=_HINT)
        # Alike but for one more character, and with the allowed name in its title: an exact match refuses it.
        if _recorded(policy, _app(rule, "\N{DOUBLE DAGGER}"), title=rule.name):
            raise PolicyError(f"the rule for {rule.name} lets another app through", hint=_HINT)
        if _recorded(policy, None, title=rule.name):
            raise PolicyError(f"the rule for {rule.name} lets an unknown app through", hint=_HINT)


def _app(rule: AppRule, suffix: str) -> RawApp:
    def like(identity: str | None) -> str | None:
        return None if identity is None else identity + suffix

    return RawApp(
        pid=1,
        executable=like(rule.executable),
        wm_class=like(rule.wm_class),
        wm_instance=None,
        desktop_id=like(rule.desktop_id),
    )


def _recorded(policy: Policy, app: RawApp | None, title: str = "") -> bool:
    """Whether anything but gaps comes out of a key, a click and a move in the app's window, or its pixels are kept.

    Raises: PolicyError when only some of it does.
    """
    guard = Guard(policy=policy, categories=frozenset(Category), t0_ns=0, source="self_test")
    windows = _windows(app, title)
    kinds = [_kind(row) for row in _played(guard, windows)]
    wanted = {EventKind.KEY, EventKind.BUTTON, EventKind.POINTERMOVE}
    passed = [bool(wanted & set(kinds)), bool(guard.keep_plan(windows))]
    if any(passed) and not (all(passed) and wanted <= set(kinds)):
        raise PolicyError("the rules let only a part of an app through", hint=_HINT)
    return all(passed)


def _played(guard: Guard, windows: RawWindows) -> list[Redacted]:
    none = Mods.NONE
    rows = guard.step(windows)
    rows += guard.step(RawPointer(t_ns=1, x=9, y=9, injected=True))
    rows += guard.step(RawButton(t_ns=2, x=9, y=9, button=1, pressed=True, mods=none, injected=True))
    rows += guard.step(RawKey(t_ns=3, keycode=28, keysym="Return", text=None, pressed=True, mods=none, injected=True))
    return rows + guard.close(4)


def _kind(row: Redacted) -> EventKind | None:
    return row.kind if isinstance(row, RedactedEvent) else None


def _windows(app: RawApp | None, title: str) -> RawWindows:
    window = RawWindow(
        window=1, rect=_SCREEN, app=app, title=title, see_through=False, own=False, override_redirect=False
    )
    monitor = Monitor(index=0, rect=_SCREEN)
    return RawWindows(t_ns=0, generation=1, stack=(window,), focused=1, monitors=(monitor,), composited=False)
