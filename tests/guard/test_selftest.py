"""A policy that does not do what it says stops the recording before it starts."""

import pytest

from recorder.errors import PolicyError
from recorder.guard import self_test
from recorder.guard.allowlist import Allowlist
from recorder.model.policy import AppRule, Policy
from recorder.model.raw import RawWindow
from recorder.model.redacted import GapReason


def test_every_kind_of_rule_that_can_match_passes() -> None:
    self_test(
        Policy(
            apps=(
                AppRule(name="one", executable="/usr/bin/one"),
                AppRule(name="two", wm_class="Two"),
                AppRule(name="three", desktop_id="three.desktop", wm_class="three"),
            )
        )
    )


def test_an_empty_allowlist_is_refused_with_the_way_out() -> None:
    with pytest.raises(PolicyError) as refused:
        self_test(Policy())
    assert refused.value.hint is not None
    assert "recorder allow" in refused.value.hint


def test_a_rule_that_can_never_match_is_refused_by_name() -> None:
    with pytest.raises(PolicyError, match="Mac thing"):
        self_test(Policy(apps=(AppRule(name="Mac thing", bundle_id="org.example.thing"),)))


@pytest.mark.parametrize("verdict", ["all", "none"])
def test_a_broken_allowlist_is_found(verdict: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = AppRule(name="one", executable="/usr/bin/one")

    def broken(_self: Allowlist, _window: RawWindow) -> AppRule | GapReason:
        return rule if verdict == "all" else GapReason.APP_NOT_ALLOWED

    monkeypatch.setattr(Allowlist, "judge", broken)
    with pytest.raises(PolicyError, match="one"):
        self_test(Policy(apps=(rule,)))
