"""What `make run` and `make test` do on machines that are not ready: name the one thing that is missing, or mend it."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOT_INSTALLED = "exit 1"
AS_VOLUNTEER = "echo 1000"
AS_ROOT = "echo 0"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What set-up reads, and nothing that it made."""
    shutil.copytree(ROOT / "tools", tmp_path / "clone" / "tools")
    for name in ("Makefile", "pyproject.toml", "requirements.lock", "requirements-dev.lock"):
        shutil.copy(ROOT / name, tmp_path / "clone")
    return tmp_path / "clone"


def set_up(clone: Path, want: str, machine: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run set-up on a machine where the named programs behave as the shell lines say."""
    programs = clone.parent / "machine"
    programs.mkdir()
    for name, line in machine.items():
        (programs / name).write_text(f"#!/bin/sh\n{line}\n")
        (programs / name).chmod(0o755)
    env = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "VENV": ".venv"}
    return subprocess.run(
        [clone / "tools" / "setup.sh", want],
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def packages(*names: str) -> list[str]:
    script = ". tools/packages.sh; printf '%s' " + '"' + "".join(f"${name}" for name in names) + '"'
    listed = subprocess.run(["sh", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [line.split()[0] for line in listed.splitlines() if line.strip()]


@pytest.mark.parametrize(("want", "lists"), [("demo", ["DEMO_PACKAGES"]), ("test", ["DEMO_PACKAGES", "TEST_PACKAGES"])])
def test_without_the_right_to_install_it_prints_one_command_and_exits_5(
    want: str, lists: list[str], clone: Path
) -> None:
    done = set_up(clone, want, {"id": AS_VOLUNTEER, "dpkg-query": NOT_INSTALLED, "apt-get": "exit 9"})

    commands = [line for line in done.stderr.splitlines() if "recorder: hint: run: " in line]
    assert done.returncode == 5
    assert len(commands) == 1
    assert all(f" {package}" in commands[0] for package in packages(*lists))
    assert not (clone / ".venv").exists()


def test_as_root_it_installs_what_is_missing_without_questions(clone: Path) -> None:
    calls = clone.parent / "calls"
    remember = f'echo "$DEBIAN_FRONTEND: $*" >>{calls}; [ "$1" = update ]'

    done = set_up(clone, "demo", {"id": AS_ROOT, "dpkg-query": NOT_INSTALLED, "apt-get": remember})

    update, install = calls.read_text().splitlines()
    assert update == "noninteractive: update"
    assert install.startswith("noninteractive: install -y --no-install-recommends")
    assert set(packages("DEMO_PACKAGES")) <= set(install.split())
    assert done.returncode == 5
    assert "could not install" in done.stderr


def test_an_old_python_is_named_as_the_reason(clone: Path) -> None:
    old = {f"python3{minor}": "exit 1" for minor in ("", ".11", ".12", ".13", ".14")}

    done = set_up(clone, "run", old)

    assert done.returncode == 5
    assert "no Python 3.11 or newer found" in done.stderr


def test_a_ready_machine_is_left_alone(clone: Path) -> None:
    """The stamp of an earlier run is enough: neither apt nor pip is asked."""
    fails = {"id": AS_ROOT, "dpkg-query": NOT_INSTALLED, "apt-get": "exit 9", "mktemp": "exit 9"}
    script = (clone / "tools" / "setup.sh").read_text()
    ready = (
        "install_packages() { :; }\nmake_venv() { mkdir -p $VENV; }\ninstall_project() { :; }\npython=$(find_python)"
    )
    (clone / "tools" / "setup.sh").write_text(script.replace("python=$(find_python)", ready))
    first = set_up(clone, "demo", fails)
    shutil.rmtree(clone.parent / "machine")

    second = set_up(clone, "demo", fails)

    assert (first.returncode, second.returncode) == (0, 0)
    assert "ready" in first.stderr
    assert second.stderr == ""


def test_every_package_says_why_it_is_there() -> None:
    text = (ROOT / "tools" / "packages.sh").read_text()
    lines = [line for line in text.split('="', 1)[1].splitlines() if line and line[0].islower()]

    assert len(lines) > 20
    assert all("# " in line for line in lines)


def test_make_lists_the_commands_that_it_knows() -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)

    listed = {line.split(":")[0].removeprefix("make ") for line in done.stdout.splitlines()}
    assert listed >= {"run", "test", "lint", "bench", "schemas", "soak", "compat", "clean"}


def test_the_check_for_machines_is_the_check_for_people() -> None:
    script = ROOT / ".ci" / "run"

    assert os.access(script, os.X_OK)
    assert script.read_text().splitlines()[-1] == "exec make test </dev/null"
