"""Identity is exact: alike is not the same, unknown is not allowed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.guard.allowlist import Allowlist, matches
from recorder.guard.prompts import is_prompt
from recorder.model.policy import AppRule, Policy
from recorder.model.raw import RawApp
from recorder.model.redacted import GapReason
from tests.guard.scene import BANK, EDITOR, POLICY, RULE, window


def app(executable: str | None = None, wm_class: str | None = None, desktop_id: str | None = None) -> RawApp:
    return RawApp(pid=1, executable=executable, wm_class=wm_class, wm_instance=None, desktop_id=desktop_id)


def allowlist(*rules: AppRule, blocked: frozenset[str] = frozenset()) -> Allowlist:
    return Allowlist(Policy(apps=rules), blocked)


@pytest.mark.parametrize("path", ["/usr/bin/Editor", "/usr/bin/editor2", "/opt/usr/bin/editor", "editor", "", None])
def test_an_executable_that_is_only_alike_is_not_allowed(path: str | None) -> None:
    assert not matches(RULE, app(executable=path))


@pytest.mark.parametrize(("wm_class", "wm_instance"), [("XTerm", None), ("other", "xterm"), ("XTERM", "x")])
def test_wm_class_is_the_class_or_the_instance_without_letter_case(wm_class: str, wm_instance: str | None) -> None:
    known = RawApp(pid=1, executable=None, wm_class=wm_class, wm_instance=wm_instance)

    assert matches(AppRule(name="t", wm_class="xterm"), known)


def test_every_identity_that_a_rule_gives_must_match() -> None:
    rule = AppRule(name="e", executable="/usr/bin/e", wm_class="E", desktop_id="e.desktop")

    assert matches(rule, app("/usr/bin/e", "e", "e.desktop"))
    assert not matches(rule, app("/usr/bin/e", "e"))
    assert not matches(rule, app("/usr/bin/e", None, "e.desktop"))
    assert not matches(rule, app("/usr/bin/f", "e", "e.desktop"))


def test_a_bundle_id_matches_nothing_while_no_backend_reports_one() -> None:
    assert not matches(AppRule(name="m", bundle_id="org.example.m", executable="/usr/bin/m"), app("/usr/bin/m"))


def test_a_title_never_grants() -> None:
    assert not Allowlist(POLICY, frozenset()).allows(window(1, app=BANK, title="My editor /usr/bin/editor Editor"))


def test_an_empty_allowlist_allows_nothing() -> None:
    assert not allowlist().allows(window(1))


def test_own_private_and_unknown_windows_are_withheld_whatever_the_rules() -> None:
    rules = Allowlist(POLICY, frozenset())

    assert rules.judge(window(1, own=True)) is GapReason.APP_NOT_ALLOWED
    assert rules.judge(window(1, private=True)) is GapReason.PRIVATE_WINDOW
    assert rules.judge(window(1, app=None)) is GapReason.WINDOW_UNKNOWN


@pytest.mark.parametrize("name", ["My editor", "my EDITOR", "/usr/bin/editor", "Editor", "editor"])
def test_consent_takes_an_app_out_by_name_or_by_any_identity(name: str) -> None:
    assert Allowlist(POLICY, frozenset()).allows(window(1))
    assert not Allowlist(POLICY, frozenset({name})).allows(window(1))


def test_a_second_rule_does_not_bring_a_blocked_app_back() -> None:
    rules = allowlist(RULE, AppRule(name="again", wm_class="editor"), blocked=frozenset({"My editor"}))

    assert not rules.allows(window(1, app=EDITOR))


@given(path=st.text(max_size=20))
def test_only_the_very_path_is_allowed(path: str) -> None:
    assert Allowlist(POLICY, frozenset()).allows(window(1, app=app(path))) == (path == RULE.executable)


@pytest.mark.parametrize(
    "known",
    [
        app("/usr/bin/pinentry-gtk-2"),
        app("/usr/lib/ssh/x11-ssh-askpass"),
        app("/usr/bin/other", wm_class="Pinentry-gtk-2"),
        app("/usr/bin/other", desktop_id="gcr-prompter.desktop"),
        app("/usr/lib/policykit-1-gnome/polkit-gnome-authentication-agent-1"),
    ],
)
def test_what_asks_for_passwords_is_never_allowed(known: RawApp) -> None:
    rules = AppRule(name="a", executable=known.executable), AppRule(name="b", wm_class=known.wm_class or "x")

    assert allowlist(*rules).judge(window(1, app=known)) is GapReason.APP_NOT_ALLOWED


@pytest.mark.parametrize("name", ["/usr/bin/gedit", "pinball", "/home/pinentry/bin/editor", "task-pass"])
def test_names_that_are_only_alike_are_no_prompts(name: str) -> None:
    assert not is_prompt(name)
