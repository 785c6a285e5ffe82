"""What every schema must hold, and that `schemas/` says what the model says."""

from pathlib import Path

import pyarrow as pa
import pytest

from recorder.format import emit
from recorder.format.schema import SCALARS, arrow_schema, columns_of, every_column, granted_columns
from recorder.model.consent import Category
from recorder.model.redacted import RedactedContext, RedactedEvent, RedactedFrame, Redaction
from recorder.model.tables import STORED, TABLES, ConsentColumns

ROOT = Path(__file__).parents[2]
ROWS = [*TABLES.values(), ConsentColumns]


def _types(found: pa.DataType) -> list[pa.DataType]:
    inner = [found.field(n).type for n in range(found.num_fields)] if pa.types.is_nested(found) else []
    return [found, *(deeper for one in inner for deeper in _types(one))]


@pytest.mark.parametrize("row", ROWS)
def test_every_text_column_says_what_made_it_safe(row: type) -> None:
    for path, column in every_column(row):
        if column.col.arrow in ("string", "binary"):
            assert column.col.redacted or column.col.closed, path
        assert column.col.doc, path


@pytest.mark.parametrize("row", ROWS)
def test_times_and_positions_name_their_unit(row: type) -> None:
    for path, column in every_column(row):
        name = path.rsplit(".")[-1]
        if name.endswith("_us"):
            assert column.col.unit == "us", path
        if name in ("x", "y", "x2", "y2", "width", "height"):
            assert column.col.unit == "px", path


@pytest.mark.parametrize("table", TABLES)
def test_no_schema_has_a_dictionary_type(table: str) -> None:
    for field in arrow_schema(table):
        assert not any(pa.types.is_dictionary(one) for one in _types(field.type))


@pytest.mark.parametrize(
    ("table", "source"),
    [("events", RedactedEvent), ("contexts", RedactedContext), ("frames", RedactedFrame), ("redactions", Redaction)],
)
def test_the_tables_follow_what_the_guard_mints(table: str, source: type) -> None:
    import dataclasses

    added = {"seq", "t_end_us", "sha256", "codec", "image"}
    minted = [field.name for field in dataclasses.fields(source) if field.name != "rgb"]
    stored = [column.name for column in columns_of(STORED[table])]
    assert [name for name in stored if name not in added] == [name for name in minted if name not in added]


def test_without_any_category_nothing_of_the_person_has_a_column() -> None:
    assert granted_columns("frames", frozenset()) == []
    assert granted_columns("events", frozenset()) == [
        "seq", "t_us", "kind", "t_end_us", "injected", "reason", "channel", "context_id",
    ]  # fmt: skip
    assert granted_columns("contexts", frozenset()) == ["context_id", "t_us", "t_end_us", "screen", "source"]


@pytest.mark.parametrize("category", sorted(Category))
def test_more_categories_never_mean_fewer_columns(category: Category) -> None:
    everything = frozenset(Category)
    for table in STORED:
        assert set(granted_columns(table, everything - {category})) <= set(granted_columns(table, everything))


def test_the_generated_files_are_byte_for_byte_what_the_model_says() -> None:
    assert [path.name for path, _ in emit.differing(ROOT / "schemas" / "v1")] == []


def test_every_scalar_has_a_json_type() -> None:
    from recorder.format.schema import JSON_TYPES

    assert set(SCALARS) == set(JSON_TYPES)


def test_writing_takes_away_what_no_table_says_any_more(tmp_path: Path) -> None:
    folder = tmp_path / "v1"
    emit.main([str(folder)])
    assert emit.main(["--check", str(folder)]) == 0
    (folder / "gone.arrow.txt").write_text("# a table of before")
    (folder / "events.arrow.txt").write_text("# edited")
    assert emit.main(["--check", str(folder)]) == 1
    emit.main([str(folder)])

    assert emit.main(["--check", str(folder)]) == 0
    assert not (folder / "gone.arrow.txt").exists()
