"""What lies on the disk and runs in memory, from somebody else's side: a second uid, a thief, a program without rights.

One test for each way in, named after its row: A1 to A5, A7 and A9 of what lies at rest, E2 and G3 of what runs. A6
(cut, swapped and replayed segments) is `tests/cli/test_show.py` and the store's own tests; A8 (what is left in memory
after locking) does not arise: no process keeps a vault open, each command unlocks it, does its work and ends.
"""

import contextlib
import io
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import ipc, parquet

from recorder.control import Request, ask, socket_path
from recorder.demo import volunteer as volunteer_module
from recorder.demo.desktop import VirtualDesktop
from recorder.demo.scan import scan, scan_bytes
from recorder.demo.volunteer import COMMAND, Volunteer, session_of
from recorder.errors import ExitCode
from recorder.store.keyholder import SERVICE
from recorder.store.vault import DEVICE, IDENTITY, Vault
from tests.cli.conftest import own_keyring_machine
from tests.cli.machines import KeyringMachine
from tests.e2e.conftest import OpenWindow
from tests.e2e.other_user import (
    DEBUGGER,
    PROBE,
    SPEAK,
    as_other,
    as_same,
    everything,
    got_through,
    limits,
    second_uid,
    without_privileges,
)
from tests.e2e.tracing import traced
from tests.store.synthetic import two_apps

__all__ = ["own_keyring_machine"]
desktop_test = pytest.mark.desktop

CANARY = "wqxkzvjhpn8823"
TYPED = "hjqzkxwvpm3391"
GREEN = 0x00C800


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter and look into: what is private below is so by itself."""
    with tempfile.TemporaryDirectory(prefix="open-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def open_volunteer(keyring_desktop: VirtualDesktop, open_folder: Path) -> Iterator[Volunteer]:
    """Somebody whose home lies among everybody's things, and who works with umask 000."""
    before = os.umask(0)
    try:
        volunteer = Volunteer(keyring_desktop.env, open_folder / "home")
        volunteer.opt_in()
        yield volunteer
    finally:
        os.umask(before)


def work(desktop: VirtualDesktop, window: int) -> None:
    """A few clicks, and a canary in the title and in what is typed."""
    desktop.xdotool("set_window", "--name", f"notes {CANARY}", window)
    desktop.xdotool("windowactivate", "--sync", window, "mousemove", "--window", window, 200, 200, "click", 1)
    desktop.xdotool("type", "--delay", 20, TYPED)
    desktop.xdotool("click", 1)


# A1  another account


@desktop_test
def test_a1_another_account_gets_at_nothing_whatever_the_umask(
    keyring_desktop: VirtualDesktop, open_volunteer: Volunteer, plain_window: OpenWindow, open_folder: Path
) -> None:
    volunteer, out, pictures = open_volunteer, open_folder / "export", open_folder / "pictures"
    window = plain_window("Green", GREEN, 100, 100, 800, 600)
    volunteer.do("allow", "Green")
    with volunteer.recording() as process:
        work(keyring_desktop, window)
        running = everything(volunteer.home)
        assert socket_path(volunteer.home) in running
        assert [path for path in running if path.suffix == ".rlog"]
        assert got_through(running) == []
        if second_uid() is not None:
            assert as_other(DEBUGGER, str(process.pid)) == []
            assert as_other("import json, os, sys\nprint(json.dumps(os.getuid()))") != os.getuid()
    session = session_of(process)
    volunteer.do("review", "approve", session)
    volunteer.do("export", session, "--out", str(out))
    volunteer.do("show", session, "--frames", str(pictures))

    left = everything(volunteer.home, out, pictures)
    assert {path.suffix for path in left} >= {".parquet", ".jsonl", ".json", ".toml", ".png"}
    assert got_through(left) == []


def test_a1_what_is_open_is_noticed(open_folder: Path) -> None:
    """The search itself: a file that everybody may read, and a folder that everybody may write to."""
    file, folder = open_folder / "file", open_folder / "folder"
    file.write_text("for all")
    file.chmod(0o644)
    folder.mkdir()
    folder.chmod(0o777)

    found = {(Path(path).name, act) for path, act in got_through([file, folder])}
    assert {act for _, act in found} >= {"rights 644", "rights 777"}
    if second_uid() is not None:
        assert {("file", "read"), ("folder", "list"), ("folder", "put")} <= found
        assert ("file", "change") not in found


@desktop_test
def test_a1_the_control_socket_answers_its_owner_alone_even_when_all_rights_are_given_away(
    keyring_desktop: VirtualDesktop, open_volunteer: Volunteer, plain_window: OpenWindow
) -> None:
    home = open_volunteer.home
    plain_window("Green", GREEN, 100, 100, 400, 300)
    open_volunteer.do("allow", "Green")
    with open_volunteer.recording():
        socket = socket_path(home)
        assert stat.S_IMODE(socket.stat().st_mode) == 0o600
        assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
        for path, mode in ((home, 0o755), (socket.parent, 0o755), (socket, 0o666)):
            path.chmod(mode)
        if second_uid() is not None:
            told = {request: as_other(SPEAK, str(socket), request) for request in Request}
            assert set(told.values()) <= {"", "ConnectionResetError", "BrokenPipeError"}
        for path, mode in ((home, 0o700), (socket.parent, 0o700)):
            path.chmod(mode)
        assert ask(home, Request.STATUS)["state"] in ("recording", "withholding")


# A2, A9  a thief, a backup: the folder without the keyring


@pytest.fixture
def stolen(own_keyring_machine: KeyringMachine, tmp_path: Path) -> Path:
    """A copy of a home with one session, whose canary its owner can see."""
    own_keyring_machine.opt_in()
    home = own_keyring_machine.home
    two_apps(home, Vault.open(home).recipient, canary=CANARY)
    assert CANARY in own_keyring_machine.run("show", "last", "--events").stdout
    copy = tmp_path / "copy"
    shutil.copytree(home, copy, copy_function=shutil.copy2)
    return copy


def test_a2_a_stolen_copy_shows_nothing_and_nothing_in_it_decodes(
    own_keyring_machine: KeyringMachine, stolen: Path
) -> None:
    assert scan([stolen], [CANARY], forbid_magics=True) == []
    files = [path for path in everything(stolen) if path.is_file()]
    assert len([path for path in files if path.suffix == ".parquet"]) >= 8
    assert [(path.name, how) for path in files for how in decodes(path.read_bytes())] == []


def test_a2_no_command_reads_a_stolen_copy(own_keyring_machine: KeyringMachine, stolen: Path, tmp_path: Path) -> None:
    elsewhere = {name: value for name, value in own_keyring_machine.env.items() if "BUS" not in name}
    thief = KeyringMachine(elsewhere | {"RECORDER_HOME": str(stolen)})
    (session,) = [path.name for path in (stolen / "sessions").iterdir()]
    out = tmp_path / "out"
    for arguments in (
        ("show", session, "--events"),
        ("show", session, "--frames", str(out)),
        ("review", "search", CANARY),
        ("review", "approve", session),
        ("export", session, "--out", str(out)),
        ("audit", session),
        ("log", "--verify"),
        ("delete", session, "--yes"),
    ):
        done = thief.run(*arguments)
        assert done.returncode not in (ExitCode.GOOD, ExitCode.BUG), (arguments, done)
        assert CANARY not in (done.stdout + done.stderr).replace(" ".join(arguments), "")
    listed = thief.run("list", "--json").stdout
    assert (CANARY in listed, "synthetic task" in listed, "Editor" in listed) == (False, False, False)
    assert not out.exists()
    assert scan([stolen], [CANARY], forbid_magics=True) == []


def test_a9_a_backup_of_the_folder_alone_is_useless_and_holds_no_key(
    own_keyring_machine: KeyringMachine, stolen: Path, tmp_path: Path
) -> None:
    """The keys rest in the keyring: nothing of them is beside the data, in no form."""
    code = (
        "import sys, json, keyring\n"
        "print(json.dumps([keyring.get_password(sys.argv[1], f'{sys.argv[2]}:{name}') for name in sys.argv[3:]]))"
    )
    command = [sys.executable, "-c", code, SERVICE, Vault.open(stolen).vault_id, IDENTITY, DEVICE]
    done = subprocess.run(command, env=own_keyring_machine.env, capture_output=True, text=True, check=True, timeout=60)
    kept = [one for one in json.loads(done.stdout) if one]
    assert len(kept) == 2
    assert scan([stolen], kept) == []
    assert not (stolen / "vault.key").exists()
    # A tag that says "a cache, may go at any time" would have cleaners remove, and backups leave out, what is wanted.
    assert not list(stolen.rglob("CACHEDIR.TAG"))


def test_a2_what_is_plain_is_noticed() -> None:
    """The decoders themselves, each with something it can read."""
    table = pa.table({"a": [1]})
    plain = io.BytesIO()
    parquet.write_table(table, plain)
    stream = io.BytesIO()
    with ipc.new_file(stream, table.schema) as writer:
        writer.write_table(table)
    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")

    assert decodes(plain.getvalue()) == ["parquet"]
    assert decodes(stream.getvalue()) == ["arrow"]
    assert decodes(picture.getvalue()) == ["picture"]
    assert decodes(zlib.compress(b"text" * 100)) == ["zlib"]
    assert decodes(b"SQLite format 3\0" + bytes(100)) == ["sqlite"]
    assert decodes(b'{"title": "notes"}') == ["plain fields: ['title']"]


# Of what stands in plain JSON in a home, all names: keys, sealed values, sizes, times, ids.
PLAIN_FIELDS = {"title", "window_title", "task", "url", "text", "key", "apps", "app", "image", "rows"}


def decodes(content: bytes) -> list[str]:
    """The names of the formats in which these bytes can be read without a key."""
    attempts: dict[str, Callable[[], object]] = {
        "parquet": lambda: parquet.read_table(io.BytesIO(content)),
        "arrow": lambda: ipc.open_file(pa.BufferReader(content)).read_all(),
        "picture": lambda: Image.open(io.BytesIO(content)).load(),
        "zlib": lambda: zlib.decompress(content),
        "gzip": lambda: zlib.decompress(content, 31),
    }
    found = []
    for name, attempt in attempts.items():
        with contextlib.suppress(Exception):
            attempt()
            found.append(name)
    if content.startswith(b"SQLite format 3\0"):
        found.append("sqlite")
    plain = sorted(PLAIN_FIELDS & set(_names(content)))
    return [*found, *([f"plain fields: {plain}"] if plain else [])]


def _names(content: bytes) -> Iterator[str]:
    with contextlib.suppress(ValueError):
        waiting = [json.loads(line) for line in ([content] if content[:1] == b"{" else content.splitlines())]
        while waiting:
            one = waiting.pop()
            if isinstance(one, dict):
                yield from one
                waiting += one.values()
            elif isinstance(one, list):
                waiting += one


# A3  no keyring


def refuses_without_a_trace(machine: KeyringMachine, **variables: str) -> None:
    before = {path: path.stat().st_mtime_ns for path in everything(machine.home) if path.is_file()}
    done = machine.run("record", "--seconds", "1", **variables)

    assert (done.returncode, done.stdout) == (ExitCode.ENVIRONMENT, ""), done.stderr
    assert "key" in done.stderr
    assert not list((machine.home / "sessions").iterdir())
    assert {path: path.stat().st_mtime_ns for path in everything(machine.home) if path.is_file()} == before


def test_a3_a_keyring_that_is_locked_empty_or_gone_is_a_refusal(own_keyring_machine: KeyringMachine) -> None:
    machine = own_keyring_machine
    machine.opt_in()
    refuses_without_a_trace(machine, DBUS_SESSION_BUS_ADDRESS="unix:path=/nonexistent")
    machine.lock()
    refuses_without_a_trace(machine)


def test_a3_a_keyring_that_was_emptied_is_a_refusal(own_keyring_machine: KeyringMachine) -> None:
    own_keyring_machine.opt_in()
    own_keyring_machine.forget_everything()
    refuses_without_a_trace(own_keyring_machine)


@pytest.mark.parametrize("backend", ["keyring.backends.null.Keyring", "keyring.backends.fail.Keyring"])
def test_a3_a_keyring_that_does_not_encrypt_is_a_refusal(own_keyring_machine: KeyringMachine, backend: str) -> None:
    own_keyring_machine.opt_in()
    refuses_without_a_trace(own_keyring_machine, PYTHON_KEYRING_BACKEND=backend)


# A4  where files appear


@desktop_test
def test_a4_nothing_is_made_outside_the_home_and_no_raw_byte_is_ever_written(
    keyring_desktop: VirtualDesktop,
    volunteer: Volunteer,
    plain_window: OpenWindow,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every file call and every write of recording, looking, searching and exporting, seen by the kernel; without root,
    which alone may look into a recorder, what is left of them."""
    window = plain_window("Green", GREEN, 100, 100, 600, 400)
    volunteer.do("allow", "Green")
    volunteer.env["PYTHONDONTWRITEBYTECODE"] = "1"
    out, pictures = tmp_path / "out", tmp_path / "pictures"
    with traced(tmp_path / "trace-inside", monkeypatch) as trace:
        with volunteer.recording() as process:
            work(keyring_desktop, window)
        session = session_of(process)
        volunteer.do("show", session, "--events")
        volunteer.do("review", "search", CANARY)
        volunteer.do("review", "approve", session)
    inside = trace()
    with traced(tmp_path / "trace-outside", monkeypatch) as trace:
        volunteer.do("show", session, "--frames", str(pictures))
        volunteer.do("export", session, "--out", str(out))
    asked_for = trace()

    assert inside.outside(volunteer.home) == []
    assert not inside.whole or any(name.endswith(".rlog") for name in inside.files)
    assert any(name.endswith("/manifest.json") for name in inside.made)
    written = [hit for name, content in inside.files.items() for hit in scan_bytes(content, [TYPED, CANARY], name=name)]
    assert written == []
    assert inside.magics() == []
    partial = out.with_name(f".{out.name}.")  # beside the folder until it is whole
    assert asked_for.outside(volunteer.home, out, pictures, partial) == []
    assert [hit for n, c in asked_for.files.items() for hit in scan_bytes(c, [TYPED], name=n)] == []
    assert any(name.endswith(".png") for name in asked_for.files)
    assert asked_for.magics(but=(str(out), str(pictures), str(partial))) == []


def test_a4_the_trace_sees_a_file_that_is_gone_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The trace itself: a file outside, its bytes, a second name for it; and not what was only read."""
    file, other = tmp_path / "brief", tmp_path / "renamed"
    code = f"open({str(file)!r}, 'w').write('{CANARY}'); import os; os.rename({str(file)!r}, {str(other)!r})"
    code += f"; open({str(other)!r}).read(); os.unlink({str(other)!r})"
    monkeypatch.setattr("tests.e2e.tracing.COMMAND", (sys.executable, "-B", "-c", code))
    with traced(tmp_path / "trace", monkeypatch) as trace:
        subprocess.run(volunteer_module.COMMAND, check=True, timeout=60)

    assert trace().outside(tmp_path / "home") == [str(file), str(other)]
    assert trace().files[str(file)] == CANARY.encode()
    assert trace().outside(tmp_path) == []


# A5  errors and logs


FAILING = """
import sys, threading, importlib.abc
POINTS = {{"{module}"}}
class Breaking(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name not in POINTS:
            return None
        POINTS.discard(name)
        import importlib.util
        spec = importlib.util.find_spec(name)
        load = spec.loader.exec_module
        def exec_module(module):
            load(module)
            owner = module
            *path, last = "{attribute}".split(".")
            for step in path:
                owner = getattr(owner, step)
            whole = getattr(owner, last)
            calls = [0]
            def broken(*given, **named):
                calls[0] += threading.current_thread() is not threading.main_thread()
                if calls[0] > {after}:
                    here = "{canary}"
                    raise RuntimeError("failed with " + here, given, named)
                return whole(*given, **named)
            setattr(owner, last, broken)
        spec.loader.exec_module = exec_module
        return spec
sys.meta_path.insert(0, Breaking())
"""


def break_at(volunteer: Volunteer, folder: Path, module: str, attribute: str, after: int = 0) -> None:
    """From the next command on, this function raises an error that carries what it was given, and a canary; not in the
    main thread, where the guard tries itself before a recording begins."""
    folder.mkdir(exist_ok=True)
    code = FAILING.format(module=module, attribute=attribute, after=after, canary=CANARY)
    (folder / "sitecustomize.py").write_text(code)
    volunteer.env |= {"PYTHONPATH": str(folder), "PYTHONFAULTHANDLER": "1"}


@desktop_test
@pytest.mark.parametrize(
    ("module", "attribute", "after"),
    [
        ("recorder.guard.gate", "Guard.step", 5),
        ("recorder.store.writer", "Writer.append", 3),
        ("recorder.store.segment", "seal", 0),
    ],
)
def test_a5_an_error_that_carries_what_was_captured_shows_nothing_of_it(
    keyring_desktop: VirtualDesktop,
    volunteer: Volunteer,
    plain_window: OpenWindow,
    tmp_path: Path,
    module: str,
    attribute: str,
    after: int,
) -> None:
    window = plain_window("Green", GREEN, 100, 100, 600, 400)
    volunteer.do("allow", "Green")
    work(keyring_desktop, window)
    break_at(volunteer, tmp_path / "broken", module, attribute, after)
    with volunteer.recording() as process:
        work(keyring_desktop, window)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
        if process.poll() is None:
            volunteer.run("stop")
            process.wait(30)
    said = process.stderr.read() if process.stderr else ""

    assert process.returncode not in (ExitCode.GOOD, -signal.SIGKILL), said
    assert "RuntimeError" in said  # the error did happen, and is called by its kind
    assert_silent(volunteer, said, tmp_path)


@desktop_test
def test_a5_a_crash_leaves_no_dump_and_no_word(
    keyring_desktop: VirtualDesktop,
    volunteer: Volunteer,
    plain_window: OpenWindow,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The signal that asks for a core dump, with Python's own crash report switched on."""
    window = plain_window("Green", GREEN, 100, 100, 600, 400)
    volunteer.do("allow", "Green")
    volunteer.env["PYTHONFAULTHANDLER"] = "1"
    monkeypatch.chdir(tmp_path)
    with volunteer.recording() as process:
        work(keyring_desktop, window)
        process.send_signal(signal.SIGABRT)
        ended = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        process.wait(30)
    said = process.stderr.read() if process.stderr else ""

    assert ended is not None
    assert (ended.si_code, ended.si_status) == (os.CLD_KILLED, signal.SIGABRT)  # CLD_DUMPED where there was a dump
    assert "Fatal Python error" in said
    assert_silent(volunteer, said, tmp_path)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("core")] == []


def assert_silent(volunteer: Volunteer, said: str, folder: Path) -> None:
    places = [volunteer.home, *(path for path in folder.iterdir() if path.name != "broken")]
    assert [hit.form for hit in scan_bytes(said.encode(), [CANARY, TYPED], name="stderr")] == []
    assert scan(places, [CANARY, TYPED], forbid_magics=True) == []
    volunteer.env.pop("PYTHONPATH", None)
    assert CANARY not in volunteer.do("log") + volunteer.run("doctor").stdout


# A7  a program of the same account, without privileges


@desktop_test
def test_a7_a_program_of_the_same_account_can_neither_read_nor_trace_the_recorder(
    volunteer: Volunteer, plain_window: OpenWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain_window("Green", GREEN, 100, 100, 400, 300)
    volunteer.do("allow", "Green")
    monkeypatch.setattr("recorder.demo.volunteer.COMMAND", (*without_privileges(), *COMMAND))
    with volunteer.recording() as process:
        assert as_same(DEBUGGER, str(process.pid)) == []
        assert limits(process.pid)["Max core file size"] == "0 0"


def test_a7_an_ordinary_process_is_open_to_the_same_program() -> None:
    """What the test above would see if the recorder were not shut."""
    with subprocess.Popen([*without_privileges(), "sleep", "60"]) as ordinary:
        try:
            wait_until_named(ordinary.pid, "sleep")
            found = as_same(DEBUGGER, str(ordinary.pid))
        finally:
            ordinary.kill()

    restricted = Path("/proc/sys/kernel/yama/ptrace_scope")
    wide = not restricted.exists() or restricted.read_text().strip() == "0"
    assert {"maps", "environ", "files"} <= set(found)
    assert not wide or {"mem", "copy", "descriptor", "seize"} <= set(found)


def wait_until_named(pid: int, name: str) -> None:
    until = time.monotonic() + 20
    while Path(f"/proc/{pid}/comm").read_text().strip() != name:
        assert time.monotonic() < until
        time.sleep(0.01)


# E2, G3  what others change while it runs


@desktop_test
def test_e2_an_edit_of_the_consent_ends_the_recording(volunteer: Volunteer, plain_window: OpenWindow) -> None:
    plain_window("Green", GREEN, 100, 100, 400, 300)
    volunteer.do("allow", "Green")
    events = volunteer.home / "consent" / "events.jsonl"
    with volunteer.recording() as process:
        content = events.read_bytes()
        events.write_bytes(content[:-20] + bytes([content[-20] ^ 1]) + content[-19:])
        process.wait(20)

    assert process.returncode == ExitCode.NO_CONSENT
    assert process.stderr is not None
    assert "consent" in process.stderr.read()


@desktop_test
@pytest.mark.parametrize("how", ["writable by others", "a link to elsewhere"])
def test_e2_rules_that_others_could_write_end_the_recording(
    volunteer: Volunteer, plain_window: OpenWindow, tmp_path: Path, how: str
) -> None:
    plain_window("Green", GREEN, 100, 100, 400, 300)
    volunteer.do("allow", "Green")
    policy = volunteer.home / "policy.toml"
    with volunteer.recording() as process:
        if how == "writable by others":
            policy.chmod(0o622)
        else:
            shutil.copy(policy, tmp_path / "rules.toml")
            policy.unlink()
            policy.symlink_to(tmp_path / "rules.toml")
        process.wait(20)

    assert process.returncode == ExitCode.POLICY


@desktop_test
def test_g3_a_second_recorder_is_refused_and_the_first_goes_on(volunteer: Volunteer, plain_window: OpenWindow) -> None:
    plain_window("Green", GREEN, 100, 100, 400, 300)
    volunteer.do("allow", "Green")
    with volunteer.recording() as process:
        second = volunteer.run("record", "--seconds", "1")
        assert second.returncode == ExitCode.BUSY
        assert "another recorder" in second.stderr
        assert process.poll() is None
        assert ask(volunteer.home, Request.STATUS)["state"] in ("recording", "withholding")
    assert [one["id"] for one in volunteer.ask("list")] == [session_of(process)]


def test_the_probe_sees_what_it_is_meant_to_see(open_folder: Path) -> None:
    """The probe's own acts, by this account: each works on what is its own."""
    file = open_folder / "mine"
    file.write_text("mine")
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", PROBE, json.dumps([str(file), str(open_folder)])],
        capture_output=True, text=True, check=True, timeout=30,
    )  # fmt: skip

    assert {act for _, act in json.loads(done.stdout)} == {"read", "change", "list", "put"}
