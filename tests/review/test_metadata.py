"""What the page says leaves beside the rows is what an export really writes."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from recorder.model.tables import KEPT_HOME
from recorder.review.metadata import metadata
from recorder.store.session import SessionReader
from tests.recorded import RecordedHome, Story, home
from tests.review.looked import reader, typed

__all__ = ["home"]
COMMON = {"session_id", "consent_id", "consent_revision", "purpose"}


@pytest.fixture
def exported(home: RecordedHome, tmp_path: Path) -> tuple[SessionReader, dict[str, set[str]]]:
    """A session, and the columns of each table of its export that hold anything or may."""
    here = reader(home, Story(extra=[typed(5_000_000, "dear all")]))
    home.run("review", "approve", here.session_id)
    folder = tmp_path / "out"
    home.run("export", here.session_id, "--out", str(folder))
    files = sorted((folder / "data").glob("*.parquet"))
    return here, {file.name.split("-")[-2]: set(pq.read_schema(file).names) for file in files}


def test_the_columns_that_are_named_are_those_of_a_real_export(
    exported: tuple[SessionReader, dict[str, set[str]]],
) -> None:
    here, tables = exported
    named = {one.table: {name for name, _ in one.columns} for one in metadata(here).tables}

    assert named == {table: names - COMMON for table, names in tables.items() if table != "sessions"}


def test_the_facts_are_the_columns_of_the_exported_session(
    exported: tuple[SessionReader, dict[str, set[str]]],
) -> None:
    here, tables = exported
    facts = {one.name for one in metadata(here).facts}

    assert facts == tables["sessions"] - {"task_outcome"}  # nothing asks for it yet, so that it leaves empty


def test_a_fact_tells_its_value_and_what_stays_is_named(home: RecordedHome) -> None:
    here = reader(home)
    found = metadata(here)
    values = {one.name: one.value for one in found.facts}

    assert values["task"] == "write a note"
    assert values["consent_sha256"] == here.start.consent_sha256
    assert values["screens"] == "screen 0: 160 x 90 at 0, 0, scale 1"
    assert here.session_id not in "".join(values.values())
    assert {name for name, _ in found.stays} == KEPT_HOME - {"image"}
