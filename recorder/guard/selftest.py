"""The policy proves itself before a recording: what a rule allows must pass, what it does not must be blocked."""

from dataclasses import dataclass, replace

from recorder.errors import PolicyError
from recorder.guard.gate import Guard
from recorder.guard.sightings import FRESH_NS
from recorder.guard.standing import PAINT_NS
from recorder.model.consent import Category
from recorder.model.geometry import Monitor, Rect
from recorder.model.policy import AppRule, Policy
from recorder.model.raw import (
    Mods,
    RawApp,
    RawButton,
    RawDocument,
    RawEvent,
    RawKey,
    RawPointer,
    RawPrivacy,
    RawWindow,
    RawWindows,
)
from recorder.model.redacted import EventKind, Redacted, RedactedEvent

_SCREEN = Rect(0, 0, 640, 480)
_HINT = "see the allowed apps with `recorder allow --list`"
_OTHER = "\N{DOUBLE DAGGER}"  # alike but for one more character: an exact match refuses it
_END_NS = PAINT_NS + FRESH_NS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    """One window to try the rules with: whose it is, and what accessibility says about it."""

    app: RawApp | None
    title: str = ""
    url: str | None = None
    private: bool | None = False


def self_test(policy: Policy) -> None:
    """Raises: PolicyError, naming the rule that blocks what it should let through or the reverse."""
    if not policy.apps:
        raise PolicyError("no app is allowed, so nothing would be recorded", hint="allow one with `recorder allow`")
    for rule in policy.apps:
        good = _Trial(app=_app(rule, ""), url=_page(rule))
        if not _recorded(policy, good):
            raise PolicyError(f"the rule for {rule.name} blocks the app that it names", hint=_HINT)
        if not _recorded(policy, replace(good, app=_app(rule, "", browser=True))):
            raise PolicyError(f"the rule for {rule.name} blocks windows that are not private", hint=_HINT)
        for what, bad in _forbidden(rule, good):
            if _recorded(policy, bad):
                raise PolicyError(f"the rule for {rule.name} lets {what} through", hint=_HINT)


def _forbidden(rule: AppRule, good: _Trial) -> list[tuple[str, _Trial]]:
    browser = _app(rule, "", browser=True)
    trials = [
        ("another app", replace(good, app=_app(rule, _OTHER), title=rule.name)),
        ("an unknown app", replace(good, app=None, title=rule.name)),
        ("a private window", replace(good, app=browser, private=True)),
        ("a window that may be private", replace(good, app=browser, private=None)),
    ]
    if rule.sites:
        trials.append(("an unknown site", replace(good, url=None)))
        trials += [("another site", replace(good, url=_foreign(site))) for site in rule.sites]
    return trials


def _page(rule: AppRule) -> str | None:
    return f"https://{rule.sites[0].replace('*', 'a')}/" if rule.sites else None


def _foreign(site: str) -> str:
    """A page of a host that ends like a site and is none of it, and one that has it in front, in one."""
    return f"https://{site.removeprefix('*.')}.not-{site.removeprefix('*.')}/{site}"


def _app(rule: AppRule, suffix: str, *, browser: bool = False) -> RawApp:
    def like(identity: str | None) -> str | None:
        return None if identity is None else identity + suffix

    return RawApp(
        pid=1,
        executable=like(rule.executable),
        wm_class=like(rule.wm_class),
        wm_instance=None,
        desktop_id=like(rule.desktop_id),
        browser=browser,
    )


def _recorded(policy: Policy, trial: _Trial) -> bool:
    """Whether anything but gaps comes out of a key, a click and a move in the app's window, or its pixels are kept.

    Raises: PolicyError when only some of it does.
    """
    guard = Guard(policy=policy, categories=frozenset(Category), t0_ns=0, source="self_test")
    windows = _windows(trial)
    rows = [row for raw in [windows, *_said(trial)] for row in guard.step(raw)]
    kept = bool(guard.keep_plan(windows))
    kinds = [_kind(row) for row in rows + _played(guard)]
    wanted = {EventKind.KEY, EventKind.BUTTON, EventKind.POINTERMOVE}
    passed = [bool(wanted & set(kinds)), kept]
    if any(passed) and not (all(passed) and wanted <= set(kinds)):
        raise PolicyError("the rules let only a part of an app through", hint=_HINT)
    return all(passed)


def _said(trial: _Trial) -> list[RawEvent]:
    """What accessibility says, for as long as a browser may take to paint a page."""
    said: list[RawEvent] = [RawPrivacy(t_ns=1, window=1, private=trial.private)]
    return said + [RawDocument(t_ns=t_ns, window=1, url=trial.url) for t_ns in range(1, _END_NS + 2, FRESH_NS)]


def _played(guard: Guard) -> list[Redacted]:
    t_ns, none = _END_NS + 2, Mods.NONE
    key = RawKey(t_ns=t_ns, keycode=28, keysym="Return", text=None, pressed=True, mods=none, injected=True)
    rows = guard.step(RawPointer(t_ns=t_ns, x=9, y=9, injected=True))
    rows += guard.step(RawButton(t_ns=t_ns, x=9, y=9, button=1, pressed=True, mods=none, injected=True))
    return rows + guard.step(key) + guard.close(t_ns)


def _kind(row: Redacted) -> EventKind | None:
    return row.kind if isinstance(row, RedactedEvent) else None


def _windows(trial: _Trial) -> RawWindows:
    window = RawWindow(
        window=1, rect=_SCREEN, app=trial.app, title=trial.title, see_through=False, own=False, override_redirect=False
    )
    monitor = Monitor(index=0, rect=_SCREEN)
    return RawWindows(t_ns=0, generation=1, stack=(window,), focused=1, monitors=(monitor,), composited=False)
