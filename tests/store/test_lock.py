"""One recorder per home; a lock dies with its process."""

import subprocess
import sys
from pathlib import Path

import pytest

from recorder.errors import BusyError
from recorder.store.lock import RunLock, is_running

ROOT = Path(__file__).parents[2]


def test_a_second_recorder_is_refused_and_the_next_is_not(home: Path) -> None:
    with RunLock(home):
        assert is_running(home)
        with pytest.raises(BusyError):
            RunLock(home).acquire()

    assert not is_running(home)
    RunLock(home).acquire().release()


def test_a_killed_recorder_holds_nothing(home: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from recorder.store.lock import RunLock\n"
        "held = RunLock(Path(sys.argv[1])).acquire(); print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(home)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        assert is_running(home)
        child.kill()

    assert not is_running(home)
