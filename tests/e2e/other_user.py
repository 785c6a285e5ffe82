"""Somebody else on the same machine: a second uid, and a process of the same uid that has no privileges.

Only root can become somebody else at once; without root it takes sudo or a user namespace with uids of one's own
(newuidmap, /etc/subuid). Where neither is there, `second_uid` is None and the tests go by the rights alone, which then
decide: `open_to_others` is what the kernel would look at.
"""

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

NOBODY = 65534
# Python itself may lie where nobody may look, so its modules come first.
BECOME_NOBODY = f"""import ctypes, json, os, socket, stat, sys
os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})
"""
PYTHON = shutil.which("python3", path="/usr/bin:/usr/local/bin") or sys.executable
SCRIPT = ("-I", "-S", "-c")
# What somebody may try with a path or a process. Prints the names of what went through, as JSON.
PROBE = r"""
import ctypes, json, os, socket, stat, sys
def worked(act):
    try:
        act()
        return True
    except OSError:
        return False
def read(path):
    with open(path, "rb") as file:
        file.read(1)
def change(path):
    os.close(os.open(path, os.O_WRONLY))
def put(path):
    os.close(os.open(path + "/planted", os.O_CREAT | os.O_WRONLY, 0o600))
def connect(path):
    with socket.socket(socket.AF_UNIX) as caller:
        caller.settimeout(5)
        caller.connect(path)
acts = {"list": os.listdir, "read": read, "change": change, "put": put, "connect": connect}
wanted = json.loads(sys.argv[1])
print(json.dumps([[path, name] for path in wanted for name, act in acts.items() if worked(lambda: act(path))]))
"""
# What a debugger does to a process. Prints the names of what went through, as JSON.
DEBUGGER = r"""
import ctypes, json, os, sys
pid = int(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
class Span(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))
def read(name):
    with open(f"/proc/{pid}/{name}", "rb", buffering=0) as file:
        return name == "mem" or bool(file.read(1))
def copy():
    place = ctypes.create_string_buffer(8)
    here, there = Span(ctypes.addressof(place), 8), Span(1 << 62, 8)
    libc.process_vm_readv(pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
    return ctypes.get_errno() == 14  # EFAULT: it was allowed, and nothing is at that address
def descriptor():
    held = os.pidfd_open(pid)
    return libc.syscall(438, held, 0, 0) >= 0  # pidfd_getfd
def attach(request):
    return libc.ptrace(request, pid, None, None) == 0
tries = {name: lambda name=name: read(name) for name in ("mem", "maps", "environ")}
tries |= {"files": lambda: bool(os.readlink(f"/proc/{pid}/fd/0")), "copy": copy, "descriptor": descriptor}
tries |= {"seize": lambda: attach(0x4206)}
def worked(act):
    try:
        return act()
    except OSError:
        return False
print(json.dumps([name for name, act in tries.items() if worked(act)]))
"""
SPEAK = r"""
import json, socket, sys
with socket.socket(socket.AF_UNIX) as caller:
    caller.settimeout(5)
    try:
        caller.connect(sys.argv[1])
        caller.sendall(json.dumps({"do": sys.argv[2]}).encode() + b"\n")
        print(json.dumps(caller.recv(4096).decode()))
    except OSError as error:
        print(json.dumps(type(error).__name__))
"""


@cache
def second_uid() -> tuple[str, ...] | None:
    """The start of a command line that runs a program as somebody else; empty for root, who does it in the script."""
    if os.getuid() == 0:
        return ()
    candidates = (
        ("sudo", "-n", "-u", f"#{NOBODY}", "--"),
        ("unshare", "--map-root-user", "--map-auto", "setpriv", "--reuid=1", "--regid=1", "--clear-groups", "--"),
    )
    return next((one for one in candidates if shutil.which(one[0]) and _is_somebody_else(one)), None)


def _is_somebody_else(prefix: tuple[str, ...]) -> bool:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o777)
        mark = Path(folder, "mark")
        subprocess.run([*prefix, "touch", str(mark)], check=False, capture_output=True, timeout=30)
        return mark.exists() and mark.stat().st_uid != os.getuid()


def as_other(script: str, *arguments: str) -> Any:
    """Run a script (standard library only) as somebody else; its JSON. Needs `second_uid() is not None`."""
    prefix = second_uid()
    assert prefix is not None
    command = [sys.executable, *SCRIPT, BECOME_NOBODY + script] if not prefix else [*prefix, PYTHON, *SCRIPT, script]
    return _json([*command, *arguments])


def without_privileges() -> list[str]:
    """The start of a command line that runs a program as this uid, with no capability: what an ordinary user has."""
    return ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--"] if os.getuid() == 0 else []


def as_same(script: str, *arguments: str) -> Any:
    """Run a script as this uid without privileges; its JSON."""
    return _json([*without_privileges(), sys.executable, *SCRIPT, script, *arguments])


def _json(command: Sequence[str]) -> Any:
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60, cwd="/")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def everything(*roots: Path) -> list[Path]:
    return [path for root in roots for path in (root, *sorted(root.rglob("*")))]


def open_to_others(paths: Iterable[Path]) -> list[list[str]]:
    """Those that group or others have any right to, by mode or by access list, or that belong to somebody else."""
    return [[str(path), f"rights {mode:o}"] for path in paths for mode in [_rights(path)] if mode]


def _rights(path: Path) -> int:
    try:
        found = path.lstat()
        lists = [name for name in os.listxattr(path, follow_symlinks=False) if name.startswith("system.posix_acl")]
    except FileNotFoundError:
        return 0
    mode = stat.S_IMODE(found.st_mode)
    return mode if mode & 0o7077 or lists or found.st_uid != os.getuid() else 0


def got_through(paths: Iterable[Path]) -> list[list[str]]:
    """What somebody else can do with these paths: by trying, where there is somebody else, and by their rights."""
    wanted = list(paths)
    tried = as_other(PROBE, json.dumps([str(path) for path in wanted])) if second_uid() is not None else []
    return [*tried, *open_to_others(wanted)]


def limits(pid: int) -> Mapping[str, str]:
    """Name of a limit -> its soft and hard value, as the kernel tells them."""
    lines = Path(f"/proc/{pid}/limits").read_text().splitlines()[1:]
    return {line[:26].strip(): " ".join(line[26:].split()[:2]) for line in lines}
