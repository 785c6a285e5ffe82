"""The allowlist from the command line: exact identities in, the same out, and nothing half-done."""

import json
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder.demo.desktop import VirtualDesktop
from recorder.errors import ExitCode
from tests.cli.machines import KeyringMachine, Machine

XTERM = str(Path(shutil.which("xterm") or "").resolve())


def listed(machine: Machine) -> list[dict[str, object]]:
    value = json.loads(machine.run("allow", "--list", "--json").stdout)
    assert isinstance(value, list)
    return value


def test_a_path_is_pinned_to_the_real_file(bare_machine: Machine, tmp_path: Path) -> None:
    link = tmp_path / "my-terminal"
    link.symlink_to(XTERM)
    done = bare_machine.run("allow", str(link))

    assert done.returncode == 0
    assert XTERM in done.stdout
    (rule,) = listed(bare_machine)
    assert (rule["name"], rule["executable"], rule["wm_class"]) == ("my-terminal", XTERM, None)
    assert stat.S_IMODE((bare_machine.home / "policy.toml").stat().st_mode) == 0o600


def test_a_word_is_a_window_class_and_its_program(bare_machine: Machine) -> None:
    bare_machine.run("allow", "xterm")

    (rule,) = listed(bare_machine)
    assert (rule["wm_class"], rule["executable"]) == ("xterm", XTERM)


def test_a_word_that_names_no_program_is_a_class_alone_and_says_so(bare_machine: Machine) -> None:
    done = bare_machine.run("allow", "Green")

    (rule,) = listed(bare_machine)
    assert (rule["wm_class"], rule["executable"]) == ("Green", None)
    assert "not pinned" in done.stderr


def test_a_desktop_file_gives_its_program(bare_machine: Machine) -> None:
    folder = Path(bare_machine.env["XDG_DATA_HOME"]) / "applications"
    folder.mkdir(parents=True)
    text = "[Desktop Entry]\nType=Application\nName=T\nExec=xterm -e %u\nStartupWMClass=XTerm\n"
    (folder / "t.desktop").write_text(text)
    bare_machine.run("allow", "t.desktop")

    (rule,) = listed(bare_machine)
    assert (rule["name"], rule["executable"], rule["wm_class"]) == ("t", XTERM, "XTerm")


@pytest.mark.parametrize("typed", ["/no/such/program", "/etc/passwd", "/tmp", "no-such.desktop", "", "a\x1bb"])
def test_what_names_no_app_is_refused(bare_machine: Machine, typed: str) -> None:
    done = bare_machine.run("allow", "xterm", typed)

    assert done.returncode == ExitCode.USAGE
    assert listed(bare_machine) == []  # nor was the good one of the two taken


def test_a_script_is_no_identity(bare_machine: Machine, tmp_path: Path) -> None:
    script = tmp_path / "start-app"
    script.write_text("#!/bin/sh\nexec xterm\n")
    script.chmod(0o755)

    done = bare_machine.run("allow", str(script))
    assert (done.returncode, "script" in done.stderr) == (ExitCode.USAGE, True)


def test_doing_it_twice_changes_nothing(bare_machine: Machine) -> None:
    bare_machine.run("allow", "xterm")
    before = (bare_machine.home / "policy.toml").stat()

    assert bare_machine.run("allow", "xterm").returncode == 0
    after = (bare_machine.home / "policy.toml").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("typed", ["xterm", XTERM])
def test_an_app_is_taken_off_by_any_of_its_identities(bare_machine: Machine, typed: str) -> None:
    bare_machine.run("allow", "xterm", "Green")

    assert bare_machine.run("disallow", typed).returncode == 0
    assert [rule["name"] for rule in listed(bare_machine)] == ["Green"]


def test_taking_off_what_is_not_on_the_list_is_refused(bare_machine: Machine) -> None:
    bare_machine.run("allow", "xterm")

    assert bare_machine.run("disallow", "xter").returncode == ExitCode.USAGE
    assert len(listed(bare_machine)) == 1


def test_a_policy_that_makes_no_sense_is_never_overwritten(bare_machine: Machine) -> None:
    bare_machine.run("allow", "xterm")
    policy = bare_machine.home / "policy.toml"
    policy.write_text(policy.read_text() + "surprise = 1\n")
    before = policy.read_bytes()

    for command in (("allow", "Green"), ("disallow", "xterm"), ("allow", "--list")):
        done = bare_machine.run(*command)
        assert (done.returncode, "'surprise'" in done.stderr) == (ExitCode.POLICY, True)
    assert policy.read_bytes() == before


def test_an_app_that_consent_took_out_stays_out(keyring_machine: KeyringMachine) -> None:
    keyring_machine.opt_in("1")
    keyring_machine.run("allow", "xterm")
    keyring_machine.run("consent", "off", "xterm")
    keyring_machine.run("disallow", "xterm")

    done = keyring_machine.run("allow", "xterm")
    assert "stays off" in done.stderr
    assert json.loads(keyring_machine.run("consent", "show", "--json").stdout)["apps"] == []


def test_no_display_is_named(bare_machine: Machine) -> None:
    done = bare_machine.run("allow", "--running")

    assert done.returncode == ExitCode.ENVIRONMENT
    assert "no display found" in done.stderr


@pytest.fixture(scope="module")
def desktop() -> Iterator[VirtualDesktop]:
    with VirtualDesktop(session_bus=False) as virtual:
        yield virtual


@pytest.fixture
def at_desk(desktop: VirtualDesktop, tmp_path: Path) -> Machine:
    return Machine(dict(desktop.env) | {"RECORDER_HOME": str(tmp_path / "home")})


def running(machine: Machine) -> list[dict[str, object]]:
    done = machine.run("allow", "--running", "--json")
    assert done.returncode == 0, done.stderr
    value = json.loads(done.stdout)
    assert isinstance(value, list)
    return value


@pytest.mark.desktop
def test_what_is_open_is_shown_by_identity_and_never_by_title(desktop: VirtualDesktop, at_desk: Machine) -> None:
    process = desktop.spawn(["xterm", "-class", "Special", "-T", "a secret title", "-e", "cat"])
    try:
        desktop.xdotool("search", "--sync", "--onlyvisible", "--class", "Special")
        (before,) = [app for app in running(at_desk) if app["wm_class"] == "Special"]
        at_desk.run("allow", "Special")
        (after,) = [app for app in running(at_desk) if app["wm_class"] == "Special"]

        assert (before["allowed"], after["allowed"]) == (False, True)
        assert after["executable"] == XTERM
        assert listed(at_desk)[0]["executable"] == XTERM  # pinned to the one program that owns such a window
        human = at_desk.run("allow", "--running")
        assert "Special" in human.stdout
        assert "secret" not in human.stdout + human.stderr + json.dumps(after)
    finally:
        process.kill()
        process.wait()


@pytest.mark.desktop
def test_two_programs_of_one_class_are_not_pinned(desktop: VirtualDesktop, at_desk: Machine, tmp_path: Path) -> None:
    copy = tmp_path / "other-xterm"
    shutil.copy(XTERM, copy)
    programs: list[subprocess.Popen[bytes]] = []
    try:
        for program in ("xterm", str(copy)):
            programs.append(desktop.spawn([program, "-class", "Twice", "-e", "cat"]))
        while sum(app["wm_class"] == "Twice" for app in running(at_desk)) < 2:
            assert all(one.poll() is None for one in programs)
        at_desk.run("allow", "Twice")

        assert listed(at_desk)[0]["executable"] is None
    finally:
        for one in programs:
            one.kill()
            one.wait()


# How closely.


def test_options_change_only_what_they_name(bare_machine: Machine) -> None:
    bare_machine.run("allow", "xterm", "--text", "words", "--site", "Example.org", "--site", "*.example.org")
    bare_machine.run("allow", "xterm", "--pictures", "words")
    bare_machine.run("allow", "xterm")

    (rule,) = listed(bare_machine)
    assert (rule["text"], rule["pictures"]) == ("words", "words")
    assert rule["sites"] == ["example.org", "*.example.org"]
    bare_machine.run("allow", "xterm", "--any-site", "--text", "none")
    (rule,) = listed(bare_machine)
    assert (rule["text"], rule["pictures"], rule["sites"]) == ("none", "words", [])


def test_a_rule_is_changed_by_what_the_list_calls_it_and_keeps_its_identity(
    bare_machine: Machine, tmp_path: Path
) -> None:
    link = tmp_path / "my-terminal"
    link.symlink_to(XTERM)
    bare_machine.run("allow", str(link))
    done = bare_machine.run("allow", "my-terminal", "--text", "classes")

    (rule,) = listed(bare_machine)
    assert done.returncode == 0
    assert (rule["name"], rule["executable"], rule["wm_class"], rule["text"]) == ("my-terminal", XTERM, None, "classes")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--text", "classes"), "Strings of letters and digits describe passwords"),
        (("--text", "words"), "what you type is kept after the text detector"),
        (("--text", "none"), "only that you typed"),
        (("--pictures", "words"), "words that are known to be harmless stay readable"),
        (("--pictures", "masked"), "everything that may be text is covered"),
        (("--site", "example.org"), "an app that never says one is withheld altogether"),
        (("--any-site",), "windows on any site"),
    ],
)
def test_what_a_level_means_is_said_in_words(bare_machine: Machine, options: tuple[str, ...], said: str) -> None:
    done = bare_machine.run("allow", "xterm", *options)

    assert said in done.stdout


def test_the_category_that_the_consent_lacks_is_named(keyring_machine: KeyringMachine) -> None:
    lacking = keyring_machine.run("allow", "xterm", "--text", "words", "--pictures", "words")
    assert "does not cover key_shape, text_content, screenshots" in lacking.stderr
    keyring_machine.opt_in(" ".join(map(str, range(1, 17))))
    assert "does not cover" not in keyring_machine.run("allow", "xterm", "--text", "words").stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--site", "*"),
        ("--site", "https://example.org"),
        ("--site", "example.org:80"),
        ("--site", "localhost"),
        ("--site", "127.0.0.1"),
        ("--site", ""),
        ("--site", "example.org", "--any-site"),
        ("--text", "raw"),
        ("--pictures", "all"),
    ],
)
def test_what_makes_no_sense_changes_nothing(bare_machine: Machine, options: tuple[str, ...]) -> None:
    bare_machine.run("allow", "xterm", "--site", "example.org")
    done = bare_machine.run("allow", "xterm", *options)

    assert done.returncode == ExitCode.USAGE
    assert listed(bare_machine)[0]["sites"] == ["example.org"]


def test_levels_without_an_app_are_refused(bare_machine: Machine) -> None:
    assert bare_machine.run("allow", "--list", "--text", "words").returncode == ExitCode.USAGE
    assert bare_machine.run("allow", "--text", "words").returncode == ExitCode.USAGE


def test_the_list_shows_the_sites(bare_machine: Machine) -> None:
    bare_machine.run("allow", "xterm", "--site", "example.org")

    assert "example.org" in bare_machine.run("allow", "--list").stdout
