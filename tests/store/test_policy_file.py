"""policy.toml: round trips exactly, and anything odd in it is refused with its line and key."""

import errno
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.errors import ExitCode, PolicyError
from recorder.model.policy import AppRule, FramePacing, Keep, PictureMode, Policy, TextLevel
from recorder.store.policy_file import (
    UnreadableError,
    format_policy,
    load_policy,
    parse_policy,
    policy_path,
    save_policy,
)

EDITOR = AppRule(name="Editor", executable="/usr/bin/mousepad", wm_class="Mousepad", text=TextLevel.WORDS)

words = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30).filter(
    lambda text: text.isprintable() and bool(text.strip())
)
rules = st.builds(
    AppRule,
    name=words,
    wm_class=words,
    desktop_id=st.none() | words,
    bundle_id=st.none() | words,
    executable=st.sampled_from([None, "/usr/bin/xterm", "/opt/x y/ü"]),
    text=st.sampled_from(TextLevel),
    pictures=st.sampled_from(PictureMode),
    sites=st.lists(
        st.sampled_from(["example.org", "*.example.org", "xn--mnchen-3ya.de", "a.b-c.co.uk"]), max_size=4, unique=True
    ).map(tuple),
)
pacings = st.builds(FramePacing, min_gap_ms=st.integers(50, 1000), max_gap_ms=st.integers(1000, 100_000))


@given(st.lists(rules, max_size=4, unique_by=lambda rule: rule.name), pacings)
def test_what_is_written_is_read_back(apps: list[AppRule], pacing: FramePacing) -> None:
    policy = Policy(apps=tuple(apps), pacing=pacing)

    read = parse_policy(format_policy(policy).encode())

    assert (read.apps, read.pacing) == (policy.apps, policy.pacing)
    assert format_policy(read) == format_policy(policy)


@given(st.text(max_size=200) | st.binary(max_size=200))
def test_any_other_bytes_are_a_policy_or_a_policy_error(content: str | bytes) -> None:
    raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    try:
        policy = parse_policy(raw)
    except PolicyError:
        return

    assert policy.apps == ()


def test_no_file_allows_nothing(tmp_path: Path) -> None:
    assert load_policy(tmp_path).apps == ()


def test_the_file_is_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        save_policy(tmp_path, Policy(apps=(EDITOR,)))
    finally:
        os.umask(before)

    assert stat.S_IMODE(policy_path(tmp_path).stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["policy.toml"]


def test_the_hash_is_of_the_bytes_on_the_disk(tmp_path: Path) -> None:
    written = save_policy(tmp_path, Policy(apps=(EDITOR,)))

    assert load_policy(tmp_path) == written
    assert written.sha256 != load_policy_after_touching(tmp_path).sha256


def load_policy_after_touching(home: Path) -> Policy:
    with policy_path(home).open("a") as file:
        file.write("# a remark\n")
    return load_policy(home)


APP = '[[app]]\nname = "Editor"\nwm_class = "Mousepad"\n'


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("version = 2\n", 1, "version"),
        ("version = true\n", 1, "version"),
        ("# nothing here\n", 1, "version"),
        ("version = 1\nallow_all = true\n", 2, "allow_all"),
        ("version = 1\n\n" + APP + 'titel = "x"\n', 6, "titel"),
        ("version = 1\n" + APP + '[[app]]\nname = "Two"\nwm_class = 3\n', 7, "wm_class"),
        ("version = 1\n" + APP + '[[app]]\nname = "Two"\nwm_class = ""\n', 7, "wm_class"),
        ("version = 1\n" + APP + '[[app]]\nwm_class = "Two"\n', 5, "name"),
        ("version = 1\n" + APP + '[[app]]\nname = "Two"\n', 6, "name"),
        ("version = 1\n" + APP + APP, 6, "name"),
        ("version = 1\n" + APP + 'text = "raw"\n', 5, "text"),
        ("version = 1\n" + APP + 'pictures = "all"\n', 5, "pictures"),
        ("version = 1\n" + APP + 'sites = "example.org"\n', 5, "sites"),
        ("version = 1\n" + APP + "sites = []\n", 5, "sites"),
        ("version = 1\n" + APP + "sites = [1]\n", 5, "sites"),
        ("version = 1\n" + APP + 'sites = ["*"]\n', 5, "sites"),
        ("version = 1\n" + APP + 'sites = ["*.org"]\n', 5, "sites"),
        ("version = 1\n" + APP + 'sites = ["*.*.org"]\n', 5, "sites"),
        ("version = 1\n" + APP + 'sites = ["https://example.org"]\n', 5, "sites"),
        ("version = 1\n" + APP + 'sites = ["example.org:443"]\n', 5, "sites"),
        ("version = 1\n" + APP + 'sites = ["example.org/help"]\n', 5, "sites"),
        ("version = 1\n" + APP + 'sites = ["example.org", "10.0.0.1"]\n', 5, "sites"),
        ("version = 1\n" + APP + 'sites = ["intranet"]\n', 5, "sites"),
        ("version = 1\n" + APP + 'executable = "mousepad"\n', 5, "executable"),
        ("version = 1\n" + APP + 'executable = "/usr/bin/../bin/x"\n', 5, "executable"),
        ('version = 1\napp = "Editor"\n', 2, "app"),
        ("version = 1\n[frames]\nmin_gap_ms = -1\n", 3, "min_gap_ms"),
        ("version = 1\n[frames]\nmin_gap_ms = true\n", 3, "min_gap_ms"),
        ("version = 1\n[frames]\nmax_gap_ms = 1e9\n", 3, "max_gap_ms"),
        ("version = 1\n[frames]\nmin_gap_ms = 900\nmax_gap_ms = 100\n", 3, "min_gap_ms"),
        ("version = 1\n[frames]\nspeed = 1\n", 3, "speed"),
    ],
)
def test_a_bad_value_is_named_with_its_line_and_key(text: str, line: int, key: str) -> None:
    with pytest.raises(PolicyError) as refused:
        parse_policy(text.encode())

    assert refused.value.message.startswith(f"policy.toml line {line}: '{key}'")
    assert refused.value.exit_code == ExitCode.POLICY
    assert refused.value.hint


def test_broken_toml_is_named_with_its_line() -> None:
    with pytest.raises(PolicyError, match=r"line 2: is not valid TOML"):
        parse_policy(b"version = 1\nname = = 2\n")


def test_one_bad_rule_withdraws_the_good_ones(tmp_path: Path) -> None:
    save_policy(tmp_path, Policy(apps=(EDITOR,)))
    with policy_path(tmp_path).open("a") as file:
        file.write('\n[[app]]\nname = "Other"\nregex = "("\n')

    with pytest.raises(PolicyError, match="'regex'"):
        load_policy(tmp_path)


def test_a_file_that_others_can_write_is_refused(tmp_path: Path) -> None:
    save_policy(tmp_path, Policy(apps=(EDITOR,)))
    policy_path(tmp_path).chmod(0o666)

    with pytest.raises(PolicyError, match="someone else"):
        load_policy(tmp_path)


def test_a_link_in_its_place_is_refused(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.toml"
    elsewhere.write_text("version = 1\n")
    policy_path(tmp_path).symlink_to(elsewhere)

    with pytest.raises(PolicyError):
        load_policy(tmp_path)


def test_a_rule_that_could_not_be_read_again_is_never_written(tmp_path: Path) -> None:
    save_policy(tmp_path, Policy(apps=(EDITOR,)))
    before = policy_path(tmp_path).read_bytes()

    with pytest.raises(PolicyError):
        save_policy(tmp_path, Policy(apps=(AppRule(name="x\x1b[2J", wm_class="x"),)))

    assert policy_path(tmp_path).read_bytes() == before


def test_sites_are_read_in_one_spelling() -> None:
    given_sites = 'sites = ["Example.ORG", "*.münchen.de", "example.org."]\n'
    (rule,) = parse_policy(("version = 1\n" + APP + given_sites).encode()).apps

    assert rule.sites == ("example.org", "*.xn--mnchen-3ya.de")


def test_nothing_is_said_about_keeping_unless_somebody_says_it(tmp_path: Path) -> None:
    assert load_policy(tmp_path).keep == Keep()
    assert "[keep]" not in format_policy(Policy())


@pytest.mark.parametrize("keep", [Keep(days=30), Keep(max_bytes=5_000_000_000), Keep(days=1, max_bytes=1_500_000)])
def test_how_much_is_kept_comes_back_as_it_was_written(keep: Keep) -> None:
    assert parse_policy(format_policy(Policy(keep=keep)).encode()).keep == keep


@pytest.mark.parametrize(
    "wrong", ["days = 0", "days = 1.5", "days = true", "max_gb = 0", 'max_gb = "5"', "max_gb = nan", "weeks = 2"]
)
def test_a_wrong_word_about_keeping_is_named(wrong: str) -> None:
    with pytest.raises(PolicyError, match=f"line 3: '{wrong.split()[0]}'"):
        parse_policy(f"version = 1\n[keep]\n{wrong}\n".encode())


@pytest.mark.parametrize("number", [errno.EIO, errno.EACCES, errno.EROFS])
def test_a_disk_that_refuses_is_the_machines_trouble_and_no_rules_are_known(
    tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_policy(tmp_path, Policy(apps=(EDITOR,)))
    opened = os.open

    def refusing(path: Path, *more: int, **named: int) -> int:
        if Path(path).name == "policy.toml":
            raise OSError(number, os.strerror(number))
        return opened(path, *more, **named)

    monkeypatch.setattr(os, "open", refusing)
    with pytest.raises(UnreadableError, match="can't be read") as no:
        load_policy(tmp_path)
    monkeypatch.undo()

    assert no.value.exit_code == ExitCode.ENVIRONMENT
    assert load_policy(tmp_path).apps == (EDITOR,)
