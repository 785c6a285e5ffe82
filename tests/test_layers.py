"""The order of the packages holds, and the check that says so can fail.

The contracts stand in pyproject.toml. What import-linter can't see (threads, `sys.platform`, hosts) is read from the
syntax trees here.
"""

import ast
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "recorder"
MODULES = sorted(PACKAGE.rglob("*.py"))
CONTRACTS = [
    c["name"] for c in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
]

# One forbidden line for each contract, and the module that must not be able to say it.
TRESPASSES = {
    "Layers": ("errors.py", "import recorder.model.policy"),
    "Raw values stay before the guard": ("store/trespass.py", "from recorder.model.raw import RawKey"),
    "Only consent mints a grant": ("pipeline/trespass.py", "from recorder.model.seals.consent import SEAL"),
    "Only the guard mints what is stored": ("capture/trespass.py", "from recorder.model.seals.guard import SEAL"),
    "Only review mints what is exported": ("export/trespass.py", "from recorder.model.seals.review import SEAL"),
    "Only the command line speaks to a terminal": ("guard/trespass.py", "import rich.console"),
    "Only the store knows the keyring": ("consent/trespass.py", "import keyring"),
    "Tables are read and written in four places": ("pipeline/trespass.py", "import pyarrow.parquet"),
    "Only pages serve pages": ("review/trespass.py", "import uvicorn"),
    "Platforms are spoken to in the backends alone": ("capture/trespass.py", "from Xlib import X"),
    "The guard is pure: no network, process, thread, clock or file": ("guard/trespass.py", "import time"),
    "Nouns and byte formats need no network": ("store/trespass.py", "import http.client"),
}


def lint(tree: Path) -> str:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as go; go()", "--no-cache"]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_every_contract_has_its_trespass() -> None:
    assert sorted(TRESPASSES) == sorted(CONTRACTS)


def test_all_contracts_are_kept() -> None:
    output = lint(ROOT)

    assert all(f"{name} KEPT" in output for name in CONTRACTS), output


def test_every_contract_notices_its_trespass(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "recorder", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for where, line in TRESPASSES.values():
        with (tmp_path / "recorder" / where).open("a") as module:
            module.write(f"\n{line}\n")

    output = lint(tmp_path)

    assert all(f"{name} BROKEN" in output for name in CONTRACTS), output


def test_a_new_package_must_be_given_its_layer(tmp_path: Path) -> None:
    shutil.copytree(PACKAGE, tmp_path / "recorder", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "recorder" / "helpers.py").write_text("")

    assert "Layers BROKEN" in lint(tmp_path)


def names(module: Path) -> Iterator[str]:
    """Dotted names as written in the code: imported, called or read. `import a.b` and `from a import b` give a.b."""
    for node in ast.walk(ast.parse(module.read_text())):
        match node:
            case ast.Import(names=aliases):
                yield from (alias.name for alias in aliases)
            case ast.ImportFrom(module=str(source), names=aliases):
                yield from (f"{source}.{alias.name}" for alias in aliases)
            case ast.Attribute():
                yield ast.unparse(node)


def users(*wanted: str) -> set[str]:
    """Modules of the program, relative to it, that say one of the dotted names."""
    return {str(m.relative_to(PACKAGE)) for m in MODULES if any(n in wanted for n in names(m))}


def outside(found: set[str], *allowed: str) -> list[str]:
    return sorted(m for m in found if not m.startswith(allowed))


STARTERS = {
    *("Thread", "Timer", "ThreadPoolExecutor", "ProcessPoolExecutor", "start_new_thread", "to_thread"),
    "run_in_threadpool",
}


def starts_threads(module: Path) -> bool:
    """Whether the module makes, or derives from, something that runs beside it."""
    nodes = list(ast.walk(ast.parse(module.read_text())))
    made = [node.func for node in nodes if isinstance(node, ast.Call)]
    derived = [base for node in nodes if isinstance(node, ast.ClassDef) for base in node.bases]
    return any(ast.unparse(name).split(".")[-1] in STARTERS for name in made + derived)


def test_threads_are_started_in_the_pipeline_and_for_the_page_alone() -> None:
    starters = {str(module.relative_to(PACKAGE)) for module in MODULES if starts_threads(module)}

    assert outside(starters, "pipeline/", "page/calls.py") == []
    assert outside(users("multiprocessing", "multiprocessing.Process"), "pipeline/") == []
    assert starters, "the pipeline has threads: a check that does not see them sees nothing"


def test_one_place_asks_which_platform_this_is() -> None:
    askers = users("sys.platform", "platform.system", "os.name", "platform.platform", "os.uname")

    assert len(outside(askers, "capture/backends/")) <= 1, askers


def test_no_module_knows_how_to_reach_the_network() -> None:
    clients = users(
        "urllib.request",
        "http.client",
        "http.server",
        "requests",
        "urllib3",
        "httpx",
        "smtplib",
        "ftplib",
        "xmlrpc.client",
    )

    assert clients == set()


def test_sockets_are_opened_by_the_backends_the_control_channel_and_the_page_alone() -> None:
    assert outside(users("socket", "socket.socket"), "capture/backends/", "control", "page/server.py") == []


def test_nothing_is_pickled_marshalled_or_evaluated() -> None:
    assert users("pickle", "marshal", "shelve", "dill", "builtins.eval", "builtins.exec") == set()


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_file_pins_versions_and_names_no_place_to_get_them_from(name: str) -> None:
    lines = [line for line in (ROOT / name).read_text().splitlines() if not line.startswith("#")]

    assert len(lines) > 20
    assert all("==" in line for line in lines)
    assert not any(mark in line for line in lines for mark in ("://", "--", "@", "file:"))


def test_the_lock_files_agree_with_each_other() -> None:
    program, checks = (
        set((ROOT / name).read_text().splitlines()[1:]) for name in ("requirements.lock", "requirements-dev.lock")
    )
    pins = {line.split(" ;")[0] for line in checks}

    assert {line.split(" ;")[0] for line in program} <= pins


def test_every_dependency_says_why_it_is_there() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    runtime = text.split("\ndependencies = [")[1].split("\n]")[0].strip().splitlines()

    assert len(runtime) > 5
    assert all("#" in line for line in runtime), runtime
