"""A rule from what a person looks at: never record this app again, or never again keep its words readable; and what is
recorded of it already, if they want.

Rules made here only ever take away. To allow an app, or to let its words be read, a person has to say so on the command
line (`recorder allow`), where nothing else is asked at the same time.
"""

import dataclasses
from dataclasses import dataclass
from enum import StrEnum

from recorder.errors import UsageError
from recorder.model.policy import AppRule, PictureMode, Policy
from recorder.review.undoing import Amount, Undoing
from recorder.store.audit import Action, Actor
from recorder.store.policy_file import load_policy, save_policy
from recorder.store.selector import Picked, Selector, What
from recorder.store.session import SessionReader
from recorder.store.staged import Stage


class Kind(StrEnum):
    """What a rule from here takes away."""

    BLOCK = "block"  # the app is not recorded any more
    MASK = "mask"  # in its pictures every word is masked


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """`rules`: those that would change, by name; empty when they say so already. `matches`: what is recorded already
    that they would have kept out."""

    kind: Kind
    app: str
    rules: tuple[str, ...]
    matches: Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """`stage`: None when what is recorded already was to stay, or there was none."""

    rules: tuple[str, ...]
    stage: Stage | None


def preview(undoing: Undoing, kind: Kind, app: str) -> Preview:
    """Exactly what `apply` would do. Raises: PolicyError; as `Undoing.preview`."""
    rules = _changed(load_policy(undoing.shelf.home), kind, app)
    return Preview(kind=kind, app=app, rules=rules, matches=undoing.preview(_matches(undoing, kind, app)))


def apply(undoing: Undoing, kind: Kind, app: str, *, seen: Amount | None) -> Applied:
    """Change the rules, then stage what is recorded already. `seen`: how much of it the person was shown; None: it
    stays.

    Raises: UsageError when what would go is not what was shown, and then nothing changes; PolicyError; as
    `Undoing.stage`.
    """
    matches = _matches(undoing, kind, app)
    if seen is not None and undoing.preview(matches) != seen:
        raise UsageError("what is recorded of this app changed meanwhile, so nothing was done", hint="look again")
    rules = _narrow(undoing, kind, app)
    stage = None if seen is None or seen.nothing else undoing.stage(matches)
    return Applied(rules=rules, stage=stage)


def _narrow(undoing: Undoing, kind: Kind, app: str) -> tuple[str, ...]:
    home = undoing.shelf.home
    policy = load_policy(home)
    changed = _changed(policy, kind, app)
    if changed:
        apps = tuple(after for rule in policy.apps if (after := _after(rule, kind, app)) is not None)
        save_policy(home, dataclasses.replace(policy, apps=apps))
        undoing.shelf.note(Action.POLICY_CHANGED, actor=Actor.POLICY, count=len(apps))
    return changed


def _changed(policy: Policy, kind: Kind, app: str) -> tuple[str, ...]:
    return tuple(rule.name for rule in policy.apps if _after(rule, kind, app) != rule)


def _after(rule: AppRule, kind: Kind, app: str) -> AppRule | None:
    """A rule afterwards; None: it is taken off the list."""
    if rule.name != app:
        return rule
    return None if kind is Kind.BLOCK else dataclasses.replace(rule, pictures=PictureMode.MASKED)


def _matches(undoing: Undoing, kind: Kind, app: str) -> Selector:
    """Of a block everything of the app; of a mask the pictures that may show it."""
    if kind is Kind.BLOCK:
        return Selector(what=What.APP, app=app)
    shelf = undoing.shelf
    picked = (_pictures(shelf.reader(session_id), app) for session_id in shelf.ids())
    return Selector(what=What.HITS, picked=tuple(one for one in picked if one.frames))


def _pictures(reader: SessionReader, app: str) -> Picked:
    """None of a session that names the app nowhere."""
    rows = reader.table("frames", ["frame_id", "apps"]).to_pylist() if app in reader.apps else []
    shown = (row["frame_id"] for row in rows if row.get("apps") is None or app in row["apps"])
    return Picked(session_id=reader.session_id, frames=tuple(sorted(shown)))
