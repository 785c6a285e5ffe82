"""Gives up, for this process and for good, what recording never needs: the network, core dumps, being traced.

A seccomp filter (no library, no root) refuses to make network sockets and io_uring rings, through which sockets can be
made past the filter. Unix sockets keep working: X11, D-Bus. Landlock is left out on purpose: whoever is in one of its
domains may not look at processes outside (ptrace_may_access), and so can't tell any more which program a window belongs
to, nor whether a terminal has its echo off.
Sources: seccomp(2), prctl(2), Linux Documentation/userspace-api/{seccomp_filter,landlock}.rst.
"""

import ctypes
import errno
import os
import resource
import socket
import stat
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from recorder.errors import PlatformError

_PR_SET_DUMPABLE, _PR_GET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 4, 3, 38
_SECCOMP_SET_MODE_FILTER, _SECCOMP_FILTER_FLAG_TSYNC = 1, 1
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM  # SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO
# Classic BPF: load a word of seccomp_data; jump if equal, if at least; return a constant.
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ARCH_AT, _NUMBER_AT, _FIRST_ARGUMENT_AT = 4, 0, 16  # offsets in struct seccomp_data, both machines little-endian
_X32_BIT = 0x40000000
_IO_URING = (425, 426, 427)  # setup, enter, register: the same number on every architecture


class _SockFprog(ctypes.Structure):
    """struct sock_fprog of linux/filter.h."""

    _fields_ = (("len", ctypes.c_ushort), ("filter", ctypes.c_void_p))


@dataclass(frozen=True, slots=True)
class _Machine:
    """What the filter has to know about an architecture."""

    audit_arch: int
    socket: int
    seccomp: int


_MACHINES: Mapping[str, _Machine] = {
    "x86_64": _Machine(audit_arch=0xC000003E, socket=41, seccomp=317),
    "aarch64": _Machine(audit_arch=0xC00000B7, socket=198, seccomp=277),
}


def enter() -> list[str]:
    """Lock the process in, with all threads that it has and will have; what was given up, in words.

    Raises: PlatformError when the network is still reachable afterwards, or the kernel can't filter.
    """
    machine_name = os.uname().machine
    if machine_name not in _MACHINES:
        raise PlatformError("this processor's system calls can't be filtered", hint="x86_64 and aarch64 can")
    libc = ctypes.CDLL(None, use_errno=True)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _prctl(libc, _PR_SET_DUMPABLE, 0)
    _prctl(libc, _PR_SET_NO_NEW_PRIVS, 1)
    _install(libc, program(machine_name), _MACHINES[machine_name].seccomp)
    _prove(libc)
    return ["core dumps", "being traced", "new privileges", "network sockets", "io_uring"]


def program(machine_name: str) -> bytes:
    """The filter as an array of struct sock_filter: AF_UNIX sockets only, no io_uring, no other system call table.

    Jumps name their target; what is not a jump's target comes next. 32-bit calls (another architecture, x32) have other
    numbers, so they are refused as a whole.
    """
    machine = _MACHINES[machine_name]
    rules: list[tuple[int, str, str, int]] = [
        (_LOAD, "", "", _ARCH_AT),
        (_IF_EQUAL, "", "refuse", machine.audit_arch),
        (_LOAD, "", "", _NUMBER_AT),
        (_IF_AT_LEAST, "refuse", "", _X32_BIT),
        *((_IF_EQUAL, "refuse", "", number) for number in _IO_URING),
        (_IF_EQUAL, "", "allow", machine.socket),
        (_LOAD, "", "", _FIRST_ARGUMENT_AT),
        (_IF_EQUAL, "allow", "refuse", socket.AF_UNIX),
    ]
    targets = {"allow": len(rules), "refuse": len(rules) + 1}
    jumps = [
        struct.pack("=HBBI", code, targets.get(true, i + 1) - i - 1, targets.get(false, i + 1) - i - 1, value)
        for i, (code, true, false, value) in enumerate(rules)
    ]
    return b"".join([*jumps, *(struct.pack("=HBBI", _RETURN, 0, 0, value) for value in (_ALLOW, _REFUSE))])


def _prctl(libc: ctypes.CDLL, option: int, value: int) -> int:
    result = int(libc.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)))
    if result < 0:
        raise PlatformError("the kernel refused to lock the recorder in")
    return result


def _install(libc: ctypes.CDLL, filter_program: bytes, seccomp: int) -> None:
    """Give the filter to all threads at once. Source: seccomp(2), SECCOMP_FILTER_FLAG_TSYNC."""
    code = ctypes.create_string_buffer(filter_program, len(filter_program))
    header = _SockFprog(len(filter_program) // 8, ctypes.addressof(code))
    arguments = (_SECCOMP_SET_MODE_FILTER, _SECCOMP_FILTER_FLAG_TSYNC)
    if libc.syscall(ctypes.c_long(seccomp), *map(ctypes.c_ulong, arguments), ctypes.byref(header)) != 0:
        raise PlatformError("the kernel can't filter system calls", hint="it needs CONFIG_SECCOMP_FILTER")


def _prove(libc: ctypes.CDLL) -> None:
    """Raises: PlatformError unless no network socket can be made, none is open already, and memory can't be read."""
    for family in (socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK, socket.AF_VSOCK):
        try:
            socket.socket(family, socket.SOCK_DGRAM).close()
        except PermissionError:
            continue
        except OSError:
            pass  # refused, but not by the filter: that proves nothing
        raise PlatformError("the network is still reachable from the recorder")
    ring = libc.syscall(ctypes.c_long(_IO_URING[0]), ctypes.c_uint(1), ctypes.c_void_p(None))
    if ring != -1 or ctypes.get_errno() != errno.EPERM:
        raise PlatformError("the network is still reachable from the recorder")
    if any(_is_network_socket(int(fd.name)) for fd in Path("/proc/self/fd").iterdir()):
        raise PlatformError("the recorder was started with an open network connection")
    if _prctl(libc, _PR_GET_DUMPABLE, 0) != 0:
        raise PlatformError("the recorder's memory can still be read")


def _is_network_socket(fd: int) -> bool:
    try:
        if not stat.S_ISSOCK(os.fstat(fd).st_mode):
            return False
        with socket.socket(fileno=os.dup(fd)) as held:
            return held.family != socket.AF_UNIX
    except OSError:
        return False  # closed meanwhile: the listing's own
