"""`recorder pause`, `resume`, `stop`, `status`: what they say, with a recorder and without."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recorder.cli import main
from recorder.control import ControlServer, Request
from recorder.errors import ExitCode

NOW = {
    "state": "recording",
    "session": "s-1",
    "duration_s": 61.2,
    "events": 5,
    "frames": 2,
    "withheld": 3,
    "bytes": 999,
}


class Running:
    """Stands for the recorder of this home at the other end of the real socket."""

    def __init__(self, home: Path) -> None:
        self.asked: list[str] = []
        self.refusal: str | None = None
        self.server = ControlServer(home, self._answer)
        self._thread = threading.Thread(target=self.server.serve, daemon=True)
        self._thread.start()

    def _answer(self, request: Request, fields: dict[str, Any]) -> dict[str, Any]:
        self.asked.append(str(request))
        if request is Request.STOP:
            threading.Timer(0.1, self.server.close).start()
        return {"ok": True, **NOW} if self.refusal is None else {"ok": False, "error": self.refusal}

    def close(self) -> None:
        self.server.close()
        self._thread.join(2)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("RECORDER_HOME", str(folder))
    return folder


@pytest.fixture
def recorder(home: Path) -> Iterator[Running]:
    running = Running(home)
    yield running
    running.close()


@pytest.mark.parametrize("command", ["pause", "resume", "stop"])
def test_with_nobody_running_it_is_a_usage_error(home: Path, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command]) == ExitCode.USAGE
    said = capsys.readouterr()
    assert said.out == ""
    assert "no recording is running" in said.err
    assert "recorder record" in said.err
    assert list(home.iterdir()) == []


def test_with_nobody_running_the_status_is_stopped(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--json"]) == ExitCode.GOOD
    assert json.loads(capsys.readouterr().out) == {"state": "stopped", "session": None}
    assert main(["status"]) == ExitCode.GOOD
    assert capsys.readouterr().out == "not recording\n"


def test_the_status_is_what_the_recorder_says(recorder: Running, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--json"]) == ExitCode.GOOD
    assert json.loads(capsys.readouterr().out) == NOW
    assert main(["status"]) == ExitCode.GOOD
    assert "recording for 61 s: 5 events, 2 pictures, 3 withheld" in capsys.readouterr().out


@pytest.mark.parametrize(("command", "words"), [("pause", "paused"), ("resume", "recording again")])
def test_pause_and_resume_arrive_and_are_confirmed(
    recorder: Running, command: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command]) == ExitCode.GOOD
    assert recorder.asked == [command]
    assert words in capsys.readouterr().out


@pytest.mark.parametrize("command", ["pause", "resume", "stop"])
def test_what_the_recorder_could_not_do_is_not_confirmed(
    recorder: Running, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    recorder.refusal = "the display is gone"

    assert main([command]) == ExitCode.ENVIRONMENT
    said = capsys.readouterr()
    assert said.out == ""
    assert "the display is gone" in said.err


def test_stop_returns_when_the_recorder_has_sealed(recorder: Running, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stop"]) == ExitCode.GOOD
    assert capsys.readouterr().out == "stopped: s-1\n"
    assert recorder.asked == ["stop"]
