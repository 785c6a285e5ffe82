"""Which windows may be recorded: exact identities in, a rule or the reason against it out. Titles are never read."""

from recorder.guard.prompts import is_prompt
from recorder.model.policy import AppRule, Policy
from recorder.model.raw import RawApp, RawWindow
from recorder.model.redacted import GapReason

# What an app is known by, in a form that can be compared and kept as a key.
Identity = tuple[str | None, str | None, str | None, str | None]


def matches(rule: AppRule, app: RawApp) -> bool:
    """Whether every identity that the rule gives is this app's. `RawApp` has no bundle id: such a rule never does."""
    if rule.bundle_id is not None:
        return False
    if rule.executable is not None and rule.executable != app.executable:
        return False
    if rule.desktop_id is not None and rule.desktop_id != app.desktop_id:
        return False
    return rule.wm_class is None or rule.wm_class.casefold() in _classes(app)


def _classes(app: RawApp) -> set[str]:
    return {name.casefold() for name in (app.wm_class, app.wm_instance) if name}


class Allowlist:
    """The rules in force, less what consent took out. Immutable but for its cache, so threads may share it."""

    def __init__(self, policy: Policy, blocked_apps: frozenset[str]) -> None:
        self._rules = policy.apps
        self.has_sites = any(rule.sites for rule in policy.apps)
        # Compared without letter case whatever the identity: blocking too much is safe, too little is not.
        self._blocked = frozenset(name.casefold() for name in blocked_apps)
        self._cache: dict[Identity, AppRule | None] = {}

    def judge(self, window: RawWindow) -> AppRule | GapReason:
        """The rule that allows the window, or why nothing of it may be recorded."""
        if window.own:
            return GapReason.APP_NOT_ALLOWED
        if window.private:
            return GapReason.PRIVATE_WINDOW
        if window.app is None:
            return GapReason.WINDOW_UNKNOWN
        return self._rule_for(window.app) or GapReason.APP_NOT_ALLOWED

    def allows(self, window: RawWindow) -> bool:
        """Whether the window's pixels and events may be recorded."""
        return isinstance(self.judge(window), AppRule)

    def name(self, window: RawWindow) -> str | None:
        """The name of the rule that allows the window; None when none does."""
        verdict = self.judge(window)
        return verdict.name if isinstance(verdict, AppRule) else None

    def _rule_for(self, app: RawApp) -> AppRule | None:
        identity = (app.executable, app.wm_class, app.wm_instance, app.desktop_id)
        if identity not in self._cache:
            self._cache[identity] = self._search(app)
        return self._cache[identity]

    def _search(self, app: RawApp) -> AppRule | None:
        if is_prompt(app.executable, app.desktop_id, app.wm_class, app.wm_instance):
            return None
        known_as = {name.casefold() for name in (app.executable, app.desktop_id) if name} | _classes(app)
        if known_as & self._blocked:
            return None
        found = [rule for rule in self._rules if matches(rule, app)]
        if any(rule.name.casefold() in self._blocked for rule in found):
            return None
        return found[0] if found else None
