"""The file-system calls of this process, counted, and at a chosen one: a kill, a torn write, an error, a power cut.

What is called is Python's `os` (through which pathlib and shutil go as well), under the watched folders alone; all else
goes to the real file system untouched. Meant for a process that is thrown away.
"""

import io
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from recorder.store import session, steps
from recorder.store.steps import Step
from tests.crash.files import buffered
from tests.crash.points import Call, How, Point, hit_by
from tests.crash.power import Power

real = {name: getattr(os, name) for name in ("open", "write", "fsync", "close", "link", "listdir")}


@dataclass(slots=True)
class Disk:
    """Counts the calls below `root`, and strikes once. `log`: every call with the name of what it was about; `passes`:
    every step."""

    root: Path
    point: Point
    stash: Path
    log: list[tuple[Call, str]] = field(default_factory=list)
    passes: list[tuple[Step, int]] = field(default_factory=list)
    struck: bool = False
    paths: dict[int, str] = field(default_factory=dict)
    power: Power = field(init=False)

    def __post_init__(self) -> None:
        self.power = Power(self.stash)

    # At every call

    def around(self, call: Call, path: str, act: Callable[[], Any]) -> Any:
        number = len(self.log)
        self.log.append((call, Path(path).name))
        here = number == self.point.at and self.point.how is not How.STEP
        if here and self.point.how is How.BEFORE:
            self.die()
        self._maybe_fail(call, here)
        done = act()
        if here and self.point.how is How.AFTER:
            self.die()
        return done

    def _maybe_fail(self, call: Call, here: bool) -> None:
        how = self.point.how
        if how is How.ONCE and here:
            self.struck = True
            raise OSError(self.point.error, os.strerror(self.point.error))
        if how is How.FROM_THEN_ON and len(self.log) > self.point.at and call in hit_by(self.point.error):
            self.struck = True
            raise OSError(self.point.error, os.strerror(self.point.error))

    def passed(self, name: Step) -> None:
        self.passes.append((name, len(self.log)))
        if self.point.how is How.STEP and len(self.passes) - 1 == self.point.at:
            self.die()

    def die(self) -> None:
        if self.point.power:
            self.power.cut()
        os.kill(os.getpid(), signal.SIGKILL)

    # Which paths

    def watched(self, path: Any, dir_fd: int | None = None) -> str | None:
        """The absolute path, if it is one of ours."""
        if isinstance(path, int):
            return self.paths.get(path)
        text = os.fspath(path)
        if dir_fd is not None:
            text = os.path.join(os.readlink(f"/proc/self/fd/{dir_fd}"), text)  # noqa: PTH115, PTH118
        text = os.path.abspath(text)  # noqa: PTH100
        return text if text == str(self.root) or text.startswith(f"{self.root}/") else None

    # The calls

    def open(self, path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        mine = self.watched(path, dir_fd)
        if mine is None or flags & os.O_DIRECTORY:
            descriptor = int(real["open"](path, flags, mode, dir_fd=dir_fd))
            self.paths.pop(descriptor, None)  # a number that C code closed and the kernel gave out again
            return descriptor
        call = Call.OPEN if flags & os.O_CREAT else Call.READ
        made = call is Call.OPEN and not os.path.exists(mine)  # noqa: PTH110

        def act() -> int:
            descriptor = int(real["open"](path, flags, mode, dir_fd=dir_fd))
            self.paths[descriptor] = mine
            if made:
                self.power.created(mine)
            return descriptor

        return int(self.around(call, mine, act))

    def write(self, descriptor: int, content: Any) -> int:
        mine = self.paths.get(descriptor)
        if mine is None:
            return int(real["write"](descriptor, content))
        here = len(self.log) == self.point.at
        half = memoryview(content)[: max(len(content) // 2, 1)]

        def act() -> int:
            self.power.dirty(descriptor)
            if here and self.point.how in (How.TORN, How.SHORT):
                done = int(real["write"](descriptor, half))
                if self.point.how is How.TORN:
                    self.die()
                self.struck = True
                return done
            return int(real["write"](descriptor, content))

        return int(self.around(Call.WRITE, mine, act))

    def fsync(self, descriptor: int) -> None:
        mine = self.paths.get(descriptor)
        if mine is None:
            return  # what a sync means is what power.py says; a real one only costs time

        def act() -> None:
            self.power.synced(descriptor)

        self.around(Call.FSYNC, mine, act)

    def close(self, descriptor: int) -> None:
        self.paths.pop(descriptor, None)
        real["close"](descriptor)

    def opened(self, file: Any, mode: str = "r", *rest: Any, **more: Any) -> Any:
        if isinstance(file, int) and file in self.paths:
            return buffered(file, mode, self)
        mine = None if isinstance(file, int) else self.watched(file)
        if mine is None:
            return _io_open(file, mode, *rest, **more)
        call = Call.READ if set(mode) <= set("rbt") else Call.OPEN
        return self.around(call, mine, lambda: _io_open(file, mode, *rest, **more))


_io_open = io.open
_watching: Disk | None = None


def around(call: Call, name: str, act: Callable[[], Any]) -> Any:
    """For what is no file of this process and may fail or be cut all the same. Its own calls are not watched."""
    if _watching is None:
        return act()
    return _watching.around(call, name, lambda: _unwatched(act))


def _unwatched(act: Callable[[], Any]) -> Any:
    disk = _watching
    root, disk.root = disk.root, Path("/nowhere")  # type: ignore[union-attr]
    try:
        return act()
    finally:
        disk.root = root  # type: ignore[union-attr]


@contextmanager
def watching(disk: Disk) -> Iterator[Disk]:
    """All calls of this process go through `disk`."""
    two = {name: getattr(os, name) for name in ("rename", "replace")}
    one = {name: getattr(os, name) for name in ("unlink", "remove", "mkdir", "rmdir", "truncate", "utime")}
    lists = {name: getattr(os, name) for name in ("listdir", "scandir")}
    calls = {"remove": Call.UNLINK}

    def moving(name: str) -> Callable[..., Any]:
        def call(source: Any, target: Any, **more: Any) -> Any:
            mine = disk.watched(target)
            if mine is None:
                return two[name](source, target, **more)

            def act() -> Any:
                undo = disk.power.before_rename(os.fspath(source), mine)
                two[name](source, target, **more)
                disk.power.done(mine, undo)

            return disk.around(Call.RENAME, mine, act)

        return call

    def touching(name: str) -> Callable[..., Any]:
        def call(path: Any, *rest: Any, dir_fd: int | None = None, **more: Any) -> Any:
            with_folder = more if dir_fd is None else more | {"dir_fd": dir_fd}
            mine = disk.watched(path, dir_fd)
            if mine is None:
                return one[name](path, *rest, **with_folder)

            def act() -> Any:
                undo = disk.power.before(name, mine)
                one[name](path, *rest, **with_folder)
                disk.power.done(mine, undo)

            return disk.around(calls.get(name) or Call(name), mine, act)

        return call

    def listing(name: str) -> Callable[..., Any]:
        def call(path: Any = ".") -> Any:
            mine = disk.watched(path)
            if mine is None:
                return lists[name](path)
            return disk.around(Call.LIST, mine, lambda: lists[name](path))

        return call

    patches: dict[str, Any] = {"open": disk.open, "write": disk.write, "close": disk.close}
    patches |= {"fsync": disk.fsync, "fdatasync": disk.fsync}
    patches |= {name: listing(name) for name in lists}
    patches |= {name: moving(name) for name in two} | {name: touching(name) for name in one}
    before = {name: getattr(os, name) for name in patches}
    open_source = vars(session)["open_source"]
    sources = lambda path: disk.around(Call.READ, str(path), lambda: open_source(path))  # noqa: E731
    setattr(session, "open_source", sources)  # noqa: B010 - the name is another module's
    for name, patch in patches.items():
        setattr(os, name, patch)
    io.open = disk.opened
    global _watching
    _watching = disk
    steps.watch(disk.passed)
    try:
        yield disk
    finally:
        _watching = None
        steps.watch(None)
        io.open = _io_open
        setattr(session, "open_source", open_source)  # noqa: B010
        for name, call in before.items():
            setattr(os, name, call)
