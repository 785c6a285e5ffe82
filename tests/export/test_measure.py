"""What would leave is shown to the byte, before anything is written anywhere: the preview is the export."""

import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recorder.consent import act
from recorder.consent.keeper import VaultKeeper
from recorder.errors import NoConsentError, PolicyError
from recorder.export import place as places
from recorder.export.folder import Exported, Measured, measure, write
from recorder.export.place import Measure
from recorder.export.preview import Shown
from recorder.export.session_files import NAMES
from recorder.model.consent import Category
from recorder.review.decide import approve
from recorder.store import staged
from recorder.store.selector import Selector, What
from recorder.store.session import SessionReader
from tests.recorded import STARTED_US, RecordedHome, S, Story, home

__all__ = ["home"]


def _readers(home: RecordedHome, *session_ids: str) -> dict[str, SessionReader]:
    return {session_id: SessionReader(home.path, session_id, home.unlocked) for session_id in session_ids}


def _measure(home: RecordedHome, *session_ids: str) -> Measured:
    return measure(home.grant(), list(_readers(home, *session_ids).values()))


def _write(home: RecordedHome, out: Path, *session_ids: str, as_shown: str | None = None) -> Exported:
    readers = _readers(home, *session_ids)
    reviewed = [approve(home.unlocked, reader) for reader in readers.values()]
    return write(home.grant(), reviewed, readers, out, as_shown=as_shown)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_preview_equals_the_export_byte_for_byte(
    home: RecordedHome, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    stories = data.draw(
        st.lists(
            st.builds(
                Story,
                frames=st.integers(0, 4),
                moves=st.integers(0, 5),
                task=st.none() | st.sampled_from(["a task", "été 🙂"]),
                titles=st.tuples(st.text(st.characters(codec="utf-8"), max_size=8), st.just("start")),
            ),
            min_size=1,
            max_size=2,
        )
    )
    ids = [home.record(story, started_us=STARTED_US + n * 3600 * S) for n, story in enumerate(stories)]
    cut = data.draw(st.none() | st.integers(0, 3), label="a picture that is staged")
    if cut is not None:
        chosen = Selector(what=What.FRAMES, session_id=ids[0], frame_ids=(cut,))
        staged.stage(home.path, home.unlocked, chosen)

    found = _measure(home, *ids)
    out = tmp_path_factory.mktemp("export") / "out"
    done = _write(home, out, *ids, as_shown=found.manifest_sha256)
    assert (done.rows, done.size_bytes, done.sessions) == (found.rows, found.size_bytes, found.sessions)
    assert done.manifest_sha256 == found.manifest_sha256
    on_disk = {file.relative_to(out).as_posix(): file.read_bytes() for file in out.rglob("*") if file.is_file()}
    assert [entry["path"] for entry in found.files] == sorted(on_disk, key=lambda path: Path(path).parts)
    for entry in found.files:
        assert entry["size_bytes"] == len(on_disk[entry["path"]])
    assert sum(entry["size_bytes"] for entry in found.files) == found.size_bytes
    for path, content in found.place.small.items():
        assert on_disk[path] == content


def test_every_row_and_column_that_leaves_can_be_shown(home: RecordedHome, tmp_path: Path) -> None:
    ids = [home.record(Story(frames=3)), home.record(Story(frames=2, moves=200), started_us=STARTED_US + 3600 * S)]
    preview = Shown(_measure(home, *ids))
    _write(home, tmp_path / "out", *ids)

    for shape in preview.shapes:
        files = sorted((tmp_path / "out" / "data").glob(f"*-{shape.name}-*.parquet"))
        left = pa.concat_tables([pq.read_table(file) for file in files])
        shown = [row for at in range(0, shape.rows + 7, 7) for row in preview.rows(shape.name, at, 7)]
        assert shape.rows == left.num_rows == len(shown)
        assert list(shape.filled) == left.column_names
        assert shape.filled == {name: left.num_rows - left[name].null_count for name in left.column_names}
        assert shape.size_bytes == sum(file.stat().st_size for file in files)
        assert shown == [_without_pictures(row) for row in left.to_pylist()]
    assert {shape.name for shape in preview.shapes} == set(NAMES)
    for name in ("README.md", "export-manifest.json", "redaction-report.json"):
        assert preview.text(name) == (tmp_path / "out" / name).read_text()
    assert preview.report == (tmp_path / "out" / "redaction-report.png").read_bytes()
    assert preview.text("data/nothing.parquet") is None


def _without_pictures(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"image": len(row["image"]["bytes"])} if "image" in row else row


def test_a_preview_touches_no_disk(home: RecordedHome, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    session_id = home.record(Story(frames=3))
    reader = SessionReader(home.path, session_id, home.unlocked)
    grant = home.grant()
    opened = os.open

    def readonly(path: Any, flags: int, *more: Any, **named: Any) -> int:
        assert not flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT), path
        return opened(path, flags, *more, **named)

    monkeypatch.setattr(os, "open", readonly)
    monkeypatch.setattr(Path, "mkdir", _refused)
    before = sorted(home.path.rglob("*"))
    assert measure(grant, [reader]).rows["frames"] == 3
    assert sorted(home.path.rglob("*")) == before
    assert list(tmp_path.iterdir()) == [home.path]


def _refused(*_: object, **__: object) -> None:
    raise AssertionError("a preview makes no folder")


def test_what_changed_after_the_preview_is_not_exported(home: RecordedHome, tmp_path: Path) -> None:
    session_id = home.record(Story(frames=3))
    found = _measure(home, session_id)
    staged.stage(home.path, home.unlocked, Selector(what=What.FRAMES, session_id=session_id, frame_ids=(1,)))

    with pytest.raises(PolicyError, match="not what you were shown"):
        _write(home, tmp_path / "out", session_id, as_shown=found.manifest_sha256)  # approved anew, as it is now
    assert list(tmp_path.iterdir()) == [home.path]
    staged.undo(home.path, home.unlocked)
    assert _write(home, tmp_path / "out", session_id, as_shown=found.manifest_sha256)


def test_a_consent_that_was_narrowed_after_the_preview_exports_nothing_else(home: RecordedHome, tmp_path: Path) -> None:
    session_id = home.record(Story(frames=2))
    found = _measure(home, session_id)
    keeper = VaultKeeper(home.unlocked)
    act.narrow(home.path, keeper, act.Narrowing(categories=frozenset({Category.WINDOW_TITLES})))
    home.head = act.read_head(keeper)

    assert _measure(home, session_id).manifest_sha256 != found.manifest_sha256
    with pytest.raises(PolicyError, match="not what you were shown"):
        _write(home, tmp_path / "out", session_id, as_shown=found.manifest_sha256)
    assert not (tmp_path / "out").exists()


def test_a_preview_needs_no_approval_but_a_consent(home: RecordedHome) -> None:
    session_id = home.record(Story(frames=1))
    assert _measure(home, session_id).sessions == 1

    reader = SessionReader(home.path, session_id, home.unlocked)
    with pytest.raises(NoConsentError):
        measure(home.grant(), [reader], blocked=frozenset({"Editor"}))


def test_whoever_waits_can_stop_it(home: RecordedHome) -> None:
    reader = SessionReader(home.path, home.record(Story(frames=4)), home.unlocked)
    told: list[tuple[int, int]] = []

    def stop(_: str, done: int, total: int) -> None:
        told.append((done, total))
        if done == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        measure(home.grant(), [reader], progress=stop)
    assert told == [(1, 4), (2, 4)]


def test_pictures_are_measured_without_being_held(home: RecordedHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "KEPT_BACK", 4096)
    session_id = home.record(Story(frames=3))
    found = _measure(home, session_id)

    assert not any("-frames-" in path for path in found.place.small)
    (rows,) = [part for parts in found.place.rows.values() for part in parts]
    assert rows.schema.field("image").type == pa.int32()


# A file that is only measured, beside a real one


def _steps() -> st.SearchStrategy[list[tuple[str, Any]]]:
    write_ = st.tuples(st.just("write"), st.binary(max_size=40))
    change = st.tuples(st.just("change"), st.tuples(st.integers(0, 15), st.binary(min_size=1, max_size=8)))
    return st.lists(write_ | change, max_size=30)


@given(steps=_steps())
def test_a_measured_file_is_as_long_and_has_the_digest_of_one_that_was_written(steps: list[tuple[str, Any]]) -> None:
    with _kept_back(16):
        real, measured = io.BytesIO(), Measure()
        for what, given_ in steps:
            end = real.seek(0, os.SEEK_END)
            assert measured.seek(0, os.SEEK_END) == end
            if what == "write":
                assert real.write(given_) == measured.write(given_)
            elif end:
                back, content = given_
                at = max(0, end - 1 - back)
                content = content[: end - at]
                for file in (real, measured):
                    file.seek(at)
                assert real.read(3) == measured.read(3)
                for file in (real, measured):
                    file.seek(at)
                    file.write(content)
            assert real.tell() == measured.tell()
        assert measured.size == len(real.getvalue())
        assert measured.sha256() == hashlib.sha256(real.getvalue()).hexdigest()


def test_what_was_let_go_of_can_not_be_read_again() -> None:
    with _kept_back(16):
        measured = Measure()
        measured.write(bytes(100))
        measured.seek(0)
        with pytest.raises(RuntimeError):
            measured.read(1)


@contextmanager
def _kept_back(count: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(places, "KEPT_BACK", count)
        yield
