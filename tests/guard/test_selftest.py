"""A policy that does not do what it says stops the recording before it starts."""

import pytest

from recorder.errors import PolicyError
from recorder.guard import self_test
from recorder.guard.allowlist import Allowlist
from recorder.guard.sightings import Sightings
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


def test_a_rule_with_sites_passes_and_so_does_one_for_all_below() -> None:
    self_test(
        Policy(
            apps=(
                AppRule(name="one", executable="/usr/bin/one", sites=("example.org",)),
                AppRule(name="two", wm_class="Two", sites=("*.example.org", "xn--mnchen-3ya.de")),
            )
        )
    )


@pytest.mark.parametrize(
    ("patched", "answer", "said"),
    [
        ("chosen", "example.org", "site"),
        ("host_of", "www.example.org", "site"),
    ],
)
def test_a_broken_check_of_sites_is_found(
    patched: str, answer: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = "standing" if patched == "chosen" else "sightings"
    monkeypatch.setattr(f"recorder.guard.{module}.{patched}", lambda *_: answer)
    with pytest.raises(PolicyError, match=said):
        self_test(Policy(apps=(AppRule(name="one", executable="/usr/bin/one", sites=("*.example.org",)),)))


@pytest.mark.parametrize("answer", [False, None, True])
def test_a_broken_check_of_private_windows_is_found(answer: bool | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sightings, "private_of", lambda *_: answer)
    with pytest.raises(PolicyError, match="private"):
        self_test(Policy(apps=(AppRule(name="one", executable="/usr/bin/one"),)))
