"""The demonstration as a person runs it: it ends well, keeps what it says, and no secret of its person is in that."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from PIL import Image

from recorder.cli import main
from recorder.cli.demo import report_rows
from recorder.demo import story
from recorder.demo.keystrokes import scan_tables
from recorder.demo.person import Canaries
from recorder.demo.scan import scan
from recorder.errors import ExitCode, RecorderError
from tests.ocr import assert_unreadable

SECRETS = Canaries()
THE_SCREEN = "the-real-screen.png"


@pytest.fixture
def temp(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where everything temporary goes, so that what is left there can be seen. Short: sockets lie in it."""
    with tempfile.TemporaryDirectory(prefix="rd-") as folder:
        monkeypatch.setenv("TMPDIR", folder)
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


@pytest.mark.desktop
def test_the_demo_keeps_pictures_and_an_export_and_none_of_its_secrets(
    tmp_path: Path, temp: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(story, "Canaries", lambda: SECRETS)
    secrets = list(SECRETS.all().values())
    folder = tmp_path / "demo"

    code = main(["demo", "--keep", str(folder)])

    said = capsys.readouterr()
    assert code == ExitCode.GOOD, said.err
    assert "none of the four secrets was found" in said.out
    assert "pictures: text like" in said.out
    assert "█" in said.out
    (drawn,) = [line.split()[-1] for line in said.out.splitlines() if line.startswith("What was left out of it:")]
    with Image.open(drawn) as picture:
        assert picture.width == 1200
    assert list(temp.iterdir()) == []
    _check_export(folder / "export", secrets)
    assert scan([path for path in folder.iterdir() if path.name != THE_SCREEN], secrets) == []
    _check_pictures(sorted((folder / "pictures").glob("*.png")), secrets)


def _check_export(export: Path, secrets: list[str]) -> None:
    tables = {path.parent.name: pq.read_table(path) for path in export.rglob("*.parquet")}
    assert any(table.num_rows for table in tables.values())
    assert scan_tables(tables, secrets) == []


def _check_pictures(pictures: list[Path], secrets: list[str]) -> None:
    """Two readers take many seconds for each, so they get the one that shows most."""
    richest = max(pictures, key=lambda path: path.stat().st_size)
    assert_unreadable({richest.name: richest}, secrets)


def test_without_chromium_the_demo_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "tmp").mkdir()

    done = subprocess.run(
        [sys.executable, "-m", "recorder", "demo"],
        env={"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path), "TMPDIR": str(tmp_path / "tmp")},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert done.returncode == ExitCode.ENVIRONMENT
    assert "the demonstration needs chromium" in done.stderr
    assert "sudo apt install chromium" in done.stderr
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_folder_that_holds_something_is_not_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").write_text("mine")

    assert main(["demo", "--keep", str(tmp_path)]) == ExitCode.USAGE
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    assert "not empty" in capsys.readouterr().err


def test_a_secret_that_was_kept_fails_the_demo_without_being_said_again(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "leak.bin").write_bytes(b"..." + SECRETS.password.encode() + b"...")
    told: list[str] = []

    with pytest.raises(RecorderError, match="password in ") as leak:
        story._search(story.Outcome(folder=tmp_path), SECRETS, told.append)

    assert SECRETS.password not in leak.value.message


def test_the_report_is_shown_as_bars_of_one_scale_for_each_kind_of_figure() -> None:
    report = {
        "taken_out": [
            {"rule": "mask_all/1", "category": "text_like", "channel": "frames.image", "count": 400},
            {"rule": "text/1", "category": "name", "channel": "contexts.window_title", "count": 1},
        ],
        "not_recorded": [{"channel": "keys", "reason": "app_not_allowed", "seconds": 2.5}],
        "secret_entries": 0,
    }

    rows = report_rows(report)

    assert [row[0] for row in rows] == [
        "pictures: text like",
        "window titles: name",
        "keys: app not allowed",
        "visits to secret fields",
    ]
    assert [(row[2], len(row[3])) for row in rows] == [("400 ×", 24), ("1 ×", 1), ("2.5 s", 24), ("0", 0)]
