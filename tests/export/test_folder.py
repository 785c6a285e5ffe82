"""The export folder: what is in it, what is not, and when there is none."""

import getpass
import hashlib
import json
import os
import socket
import stat
import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from recorder.consent import act
from recorder.consent.keeper import VaultKeeper
from recorder.demo.scan import scan
from recorder.errors import NoConsentError, PolicyError, UsageError
from recorder.export.allowed import check_consent
from recorder.export.folder import Exported, write
from recorder.model.consent import Category
from recorder.model.redacted import Channel, EventKind, GapReason
from recorder.review.decide import approve
from recorder.store.session import SessionReader
from tests.recorded import STARTED_US, RecordedHome, S, Story, event, gap, home, picture

__all__ = ["home"]

TABLES = ("steps", "frames", "events", "contexts", "redactions", "sessions")


def _export(home: RecordedHome, out: Path, *session_ids: str) -> Exported:
    readers = {session_id: SessionReader(home.path, session_id, home.unlocked) for session_id in session_ids}
    reviewed = [approve(home.unlocked, reader) for reader in readers.values()]
    return write(home.grant(), reviewed, readers, out)


def _read(out: Path, name: str) -> pa.Table:
    return pa.concat_tables([pq.read_table(path) for path in sorted((out / "data").glob(f"*-{name}-*.parquet"))])


def test_an_export_holds_every_stored_row_and_every_picture_bit_for_bit(home: RecordedHome, tmp_path: Path) -> None:
    session_id = home.record(Story(frames=6))
    reader = SessionReader(home.path, session_id, home.unlocked)

    exported = _export(home, tmp_path / "out", session_id)
    events, frames = _read(tmp_path / "out", "events"), _read(tmp_path / "out", "frames")
    assert events.num_rows == exported.rows["events"] == reader.table("events").num_rows
    assert events["t_us"].to_pylist() == reader.table("events")["t_us"].to_pylist()
    assert frames["frame_id"].to_pylist() == list(range(6))
    for row in frames.to_pylist():
        assert Image.open(BytesIO(row["image"]["bytes"])).tobytes() == picture(row["frame_id"])


def test_a_session_gives_steps_with_the_picture_from_before_them(home: RecordedHome, tmp_path: Path) -> None:
    _export(home, tmp_path / "out", home.record(Story(seconds=60, frames=6)))

    steps = _read(tmp_path / "out", "steps").to_pylist()
    first = [(s["action"], s["obs_frame_id"], s["next_frame_id"], s["app"]) for s in steps[:3]]
    assert first == [("click", 0, 1, "Editor"), ("hotkey", 0, 1, "Editor"), ("type", 0, 3, "Editor")]
    assert [s["app"] for s in steps if s["action"] == "switch"] == ["Browser"]


def test_every_row_carries_consent_revision_and_purpose(home: RecordedHome, tmp_path: Path) -> None:
    _export(home, tmp_path / "out", home.record(purpose="hci_research"))

    grant = home.grant()
    for name in TABLES:
        table = _read(tmp_path / "out", name)
        assert set(table["consent_id"].to_pylist()) == {grant.consent_id}, name
        assert set(table["consent_revision"].to_pylist()) == {grant.revision}, name
        assert set(table["purpose"].to_pylist()) == {"hci_research"}, name


def test_datasets_opens_every_table_offline_and_decodes_the_pictures(home: RecordedHome, tmp_path: Path) -> None:
    _export(home, tmp_path / "out", home.record(), home.record(started_us=STARTED_US + 3600 * S))
    program = """
import datasets, json, sys
path, cache, names = sys.argv[1], sys.argv[2], sys.argv[3:]
found = {n: datasets.load_dataset(path, n, split="train", cache_dir=cache) for n in names}
default = datasets.load_dataset(path, split="train", cache_dir=cache)
image = found["frames"][7]["image"]
print(json.dumps({"rows": {n: len(d) for n, d in found.items()}, "mode": image.mode, "size": image.size,
    "pixel": image.getpixel((12, 12)), "feature": str(found["frames"].features["image"]), "default": len(default)}))
"""
    offline = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_HOME": str(tmp_path / "hf")}

    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "out"), str(tmp_path / "cache"), *TABLES],
        env=os.environ | offline,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found = json.loads(done.stdout)
    assert found["rows"] == {name: _read(tmp_path / "out", name).num_rows for name in TABLES}
    assert (found["mode"], found["size"], found["pixel"]) == ("RGB", [160, 90], [20, 90, 200])
    assert found["feature"].startswith("Image(")
    assert found["default"] == found["rows"]["steps"]


def test_nothing_in_an_export_names_the_person_the_machine_or_the_time(home: RecordedHome, tmp_path: Path) -> None:
    session_id = home.record()
    _export(home, tmp_path / "out", session_id)

    named = [session_id, str(home.path), str(Path.home()) + "/", socket.gethostname(), "2025-10-09", str(STARTED_US)]
    named += [session_id[:13], getpass.getuser() + "@", str(STARTED_US // 1000)]
    assert scan([tmp_path / "out"], [name for name in named if len(name) >= 6]) == []
    for path in (tmp_path / "out").rglob("*.parquet"):
        metadata = pq.read_metadata(path)
        assert metadata.created_by.strip() == "recorder version 1.0.0"
        assert set(metadata.metadata or {}) <= {b"ARROW:schema", b"huggingface"}


def test_times_of_files_and_permissions_say_nothing_and_let_nobody_in(home: RecordedHome, tmp_path: Path) -> None:
    _export(home, tmp_path / "out", home.record())

    found = [tmp_path / "out", *(tmp_path / "out").rglob("*")]
    assert {path.stat().st_mtime for path in found} == {315_532_800}
    assert {stat.S_IMODE(path.stat().st_mode) for path in found if path.is_dir()} == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in found if path.is_file()} == {0o600}


def test_the_manifest_hashes_every_other_file(home: RecordedHome, tmp_path: Path) -> None:
    exported = _export(home, tmp_path / "out", home.record())

    manifest = (tmp_path / "out" / "export-manifest.json").read_bytes()
    listed = {entry["path"]: entry["sha256"] for entry in json.loads(manifest)["files"]}
    present = {p.relative_to(exported.path).as_posix(): p for p in exported.path.rglob("*") if p.is_file()}
    assert set(listed) == set(present) - {"export-manifest.json"}
    assert all(hashlib.sha256(present[name].read_bytes()).hexdigest() == digest for name, digest in listed.items())
    assert hashlib.sha256(manifest).hexdigest() == exported.manifest_sha256


def test_two_exports_of_the_same_session_are_the_same_bytes(home: RecordedHome, tmp_path: Path) -> None:
    session_id = home.record()

    first, second = _export(home, tmp_path / "a", session_id), _export(home, tmp_path / "b", session_id)
    assert first.manifest_sha256 == second.manifest_sha256


def test_the_report_counts_what_was_left_out(home: RecordedHome, tmp_path: Path) -> None:
    _export(home, tmp_path / "out", home.record(Story(frames=6)))

    report = json.loads((tmp_path / "out" / "redaction-report.json").read_text())
    taken = {"rule": "mask_all/1", "category": "text_region", "channel": "frames.image", "method": "solid", "count": 12}
    assert report["taken_out"] == [taken]
    assert report["not_recorded"] == [{"channel": "all", "reason": "not_shared", "times": 2, "seconds": 0.2}]
    with Image.open(tmp_path / "out" / "redaction-report.png") as drawn:
        assert drawn.width == 1200
        assert drawn.info == {}


def test_pausing_and_deleting_leave_nothing_that_travels(home: RecordedHome, tmp_path: Path) -> None:
    chosen = [gap(10 * S, 12 * S, GapReason.PAUSED), gap(40 * S, 41 * S, GapReason.FORGOTTEN, Channel.KEYS)]
    pause = event(14 * S, EventKind.PAUSE, t_end_us=15 * S)

    _export(home, tmp_path / "out", home.record(Story(extra=[*chosen, pause])))
    events = _read(tmp_path / "out", "events").to_pylist()
    assert {row["reason"] for row in events} == {None, "not_shared"}
    assert {row["kind"] for row in events if row["reason"]} == {"gap"}
    assert [row["seq"] for row in events] == list(range(len(events)))
    everything = b"".join(path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file())
    assert not any(word in everything for word in (b"paused", b"forgotten"))


def test_what_was_narrowed_away_since_does_not_leave(home: RecordedHome, tmp_path: Path) -> None:
    session_id = home.record(Story(titles=("canary-title-1", "canary-title-2")))
    out = frozenset({Category.WINDOW_TITLES, Category.SCREENSHOTS, Category.POINTER_PATH})
    keeper = VaultKeeper(home.unlocked)
    act.narrow(home.path, keeper, act.Narrowing(categories=out))
    home.head = act.read_head(keeper)

    exported = _export(home, tmp_path / "out", session_id)
    assert exported.rows["frames"] == 0
    assert "window_title" not in _read(tmp_path / "out", "contexts").column_names
    assert "obs_frame_id" not in _read(tmp_path / "out", "steps").column_names
    assert "pointermove" not in set(_read(tmp_path / "out", "events")["kind"].to_pylist())
    assert scan([tmp_path / "out"], ["canary-title"]) == []
    assert not any("frames" in path.name for path in (tmp_path / "out" / "data").iterdir())


def test_a_session_of_a_study_does_not_leave_under_another_consent_than_its_own(home: RecordedHome) -> None:
    start = SessionReader(home.path, home.record(), home.unlocked).start
    of_others = replace(start, study_id="study-of-others")
    for one in (of_others, replace(of_others, consent_id="another")):
        with pytest.raises(NoConsentError):
            check_consent(one, frozenset(), home.grant(), frozenset())


def test_an_app_that_was_taken_back_keeps_its_sessions_here(home: RecordedHome, tmp_path: Path) -> None:
    session_id = home.record()
    keeper = VaultKeeper(home.unlocked)
    act.narrow(home.path, keeper, act.Narrowing(apps=frozenset({"browser"})))
    home.head = act.read_head(keeper)

    with pytest.raises(NoConsentError):
        _export(home, tmp_path / "out", session_id)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["home"]


def test_a_folder_with_something_in_it_is_left_alone(home: RecordedHome, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")

    with pytest.raises(UsageError):
        _export(home, tmp_path / "out", home.record())
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["mine.txt"]


def test_an_export_that_fails_half_way_leaves_nothing(home: RecordedHome, tmp_path: Path) -> None:
    session_id = home.record()
    reader = SessionReader(home.path, session_id, home.unlocked)
    reviewed = approve(home.unlocked, reader)

    def change(*_: Any) -> None:
        """Somebody edits the store while it is being read."""
        file = next((home.path / "sessions" / session_id / "segments").glob("*redactions*"))
        file.write_bytes(file.read_bytes()[:-1] + b"\0")

    with pytest.raises(PolicyError):
        write(home.grant(), [reviewed], {session_id: reader}, tmp_path / "out", progress=change)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["home"]


def test_what_a_killed_export_left_goes_with_the_next_one_and_what_is_being_written_stays(
    home: RecordedHome, tmp_path: Path
) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    dead, living = (tmp_path / f".out.{pid}-{'0' * 16}.partial" for pid in (gone.pid, os.getpid()))
    others = [tmp_path / ".out.notes.partial", tmp_path / f".out2.{gone.pid}-{'0' * 16}.partial"]
    for folder in (dead, living, *others):
        folder.mkdir()
        (folder / "data").write_bytes(b"synthetic")

    _export(home, tmp_path / "out", home.record())

    assert not dead.exists()
    assert all((folder / "data").exists() for folder in (living, *others))
