"""A rule from what a person looks at: what was shown is what is done, and nothing more is ever recorded by it."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recorder.errors import UsageError
from recorder.model.policy import AppRule, PictureMode, Policy, TextLevel
from recorder.review import rules
from recorder.review.rules import Kind
from recorder.review.shelf import Shelf
from recorder.review.undoing import Undoing
from recorder.store.audit import AuditLog
from recorder.store.policy_file import load_policy, save_policy
from recorder.store.session import SessionReader
from tests.recorded import STARTED_US, RecordedHome, S, Story, home

__all__ = ["home"]

NAMES = ("Editor", "Browser", "Mail")
RULE = st.builds(
    AppRule,
    name=st.sampled_from(NAMES),
    wm_class=st.just("Some"),
    text=st.sampled_from(TextLevel),
    pictures=st.sampled_from(PictureMode),
    sites=st.sampled_from([(), ("example.org",)]),
)


def undoing(home: RecordedHome) -> Undoing:
    return Undoing(Shelf(home.path, home.unlocked))


def write(path: Path, *apps: AppRule) -> None:
    save_policy(path, Policy(apps=apps))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    apps=st.lists(RULE, max_size=3, unique_by=lambda rule: rule.name),
    kind=st.sampled_from(Kind),
    app=st.sampled_from([*NAMES, "unheard of"]),
)
def test_a_rule_only_ever_takes_away_and_touches_no_other_app(
    home: RecordedHome, apps: list[AppRule], kind: Kind, app: str
) -> None:
    write(home.path, *apps)
    before = load_policy(home.path)
    shown = rules.preview(undoing(home), kind, app)
    assert load_policy(home.path) == before, "a preview changes nothing"

    done = rules.apply(undoing(home), kind, app, seen=None)

    after = {rule.name: rule for rule in load_policy(home.path).apps}
    assert done.rules == shown.rules
    assert set(after) <= {rule.name for rule in apps}
    for rule in apps:
        if rule.name != app:
            assert after[rule.name] == rule
        elif kind is Kind.BLOCK:
            assert app not in after
        else:
            assert after[app].pictures is PictureMode.MASKED
            assert (after[app].text, after[app].sites) == (rule.text, rule.sites)


@pytest.mark.parametrize("kind", Kind)
def test_what_is_recorded_already_is_staged_exactly_as_it_was_shown(home: RecordedHome, kind: Kind) -> None:
    first, other = home.record(), home.record(started_us=STARTED_US + 3600 * S)
    write(home.path, AppRule(name="Browser", wm_class="B", pictures=PictureMode.WORDS))
    shown = rules.preview(undoing(home), kind, "Browser")

    done = rules.apply(undoing(home), kind, "Browser", seen=shown.matches)

    assert done.rules == ("Browser",)
    assert done.stage is not None
    assert set(done.stage.targets) == set(shown.matches.sessions) == {first, other}
    assert (done.stage.counts["frames"], done.stage.counts.get("events", 0)) == (6, shown.matches.events)
    reader = SessionReader(home.path, first, home.unlocked)
    shows = {app for apps in reader.table("frames", ["apps"])["apps"].to_pylist() for app in apps}
    assert shows == {"Editor"}
    assert ("Browser" in reader.apps) is (kind is Kind.MASK)
    assert "policy_changed" in {str(row.action) for row in AuditLog(home.path, home.unlocked).readable()}


def test_when_what_would_go_is_not_what_was_shown_neither_rule_nor_recording_changes(home: RecordedHome) -> None:
    home.record(Story(frames=2))
    write(home.path, AppRule(name="Browser", wm_class="B"))
    shown = rules.preview(undoing(home), Kind.BLOCK, "Browser")
    home.record(Story(frames=2), started_us=STARTED_US + 3600 * S)
    before = load_policy(home.path)

    with pytest.raises(UsageError, match="changed meanwhile"):
        rules.apply(undoing(home), Kind.BLOCK, "Browser", seen=shown.matches)

    assert load_policy(home.path) == before
    assert undoing(home).listed() == ()
