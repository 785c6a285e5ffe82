"""From the dataclasses of `model/tables.py` to Arrow schemas and JSON Schemas; nothing else says what a column is."""

import dataclasses
from collections.abc import Iterator
from functools import cache, lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin, get_type_hints

import pyarrow as pa

from recorder.model.consent import Category
from recorder.model.tables import SCHEMA_VERSION, TABLES, Col

SCALARS: dict[str, pa.DataType] = {
    "int64": pa.int64(),
    "int32": pa.int32(),
    "float32": pa.float32(),
    "bool": pa.bool_(),
    "string": pa.string(),
    "binary": pa.binary(),
}
JSON_TYPES: dict[str, dict[str, Any]] = {
    "int64": {"type": "integer"},
    "int32": {"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1},
    "float32": {"type": "number"},
    "bool": {"type": "boolean"},
    "string": {"type": "string"},
    "binary": {"type": "string", "contentEncoding": "base64"},
}


class Column(NamedTuple):
    """One column: `hint` is its bare Python type, None taken out; `nullable` says that it was there."""

    name: str
    hint: Any
    nullable: bool
    col: Col


def _parse(name: str, annotated: Any) -> Column:
    """Raises: TypeError for a field without a `Col` (a programming error in tables.py)."""
    if get_origin(annotated) is not Annotated:
        raise TypeError(f"column {name} says nothing about itself")
    hint, *notes = get_args(annotated)
    (col,) = (note for note in notes if isinstance(note, Col))
    options = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    (bare,) = (option for option in options if option is not NoneType)
    return Column(name, bare, NoneType in options, col)


def columns_of(row: type) -> list[Column]:
    """The columns of a row type (or of a struct inside one), in order."""
    return list(_columns_of(row))


@cache  # a class says the same for ever, and reading its hints takes longer than opening the file they describe
def _columns_of(row: type) -> tuple[Column, ...]:
    hints = get_type_hints(row, include_extras=True)
    return tuple(_parse(field.name, hints[field.name]) for field in dataclasses.fields(row))


def every_column(row: type, prefix: str = "") -> Iterator[tuple[str, Column]]:
    """Each column and each leaf inside structs and lists, with its dotted path."""
    for column in columns_of(row):
        path = prefix + column.name
        yield path, column
        inner = _item(column) if _is_list(column) else column
        if inner is not column:
            yield path + "[]", inner
        if _is_struct(inner):
            yield from every_column(inner.hint, (path + "[]." if inner is not column else path + "."))


def granted_columns(table: str, categories: frozenset[Category]) -> list[str]:
    """No category, no column: the names that may be written. Empty when no fact of the table may be."""
    names = [c.name for c in columns_of(TABLES[table]) if not c.col.needs or categories & set(c.col.needs)]
    return [] if table == "frames" and Category.SCREENSHOTS not in categories else names


def arrow_schema(table: str, names: list[str] | None = None) -> pa.Schema:
    """The Arrow schema of a table, or of some of its columns in table order. Never a dictionary type."""
    return _arrow_schema(table, None if names is None else frozenset(names))


@lru_cache(maxsize=256)
def _arrow_schema(table: str, names: frozenset[str] | None) -> pa.Schema:
    columns = [c for c in columns_of(TABLES[table]) if names is None or c.name in names]
    return pa.schema([_field(column) for column in columns])


def json_schema(table: str) -> dict[str, Any]:
    """JSON Schema 2020-12 of one row. Columns whose category is not granted are absent, so none is required but those
    that need no category."""
    columns = columns_of(TABLES[table])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{table}, one row, version {SCHEMA_VERSION}",
        "description": _first_sentence(TABLES[table]),
        "type": "object",
        "properties": {column.name: _json(column) for column in columns},
        "required": [c.name for c in columns if not c.col.needs and not c.nullable],
        "additionalProperties": False,
    }


def arrow_text(table: str) -> str:
    """The Arrow schema as stable text, one column a line: name, type, null, unit, category, meaning."""
    lines = [f"# {table}, version {SCHEMA_VERSION}: {_first_sentence(TABLES[table])}"]
    for column in columns_of(TABLES[table]):
        needs = "|".join(column.col.needs) or "-"
        null = "null" if column.nullable else "not null"
        lines.append(f"{column.name}\t{_arrow(column)}\t{null}\t{column.col.unit or '-'}\t{needs}\t{column.col.doc}")
    return "\n".join(lines) + "\n"


def closed_columns(table: str) -> list[str]:
    """Columns with few values: the only ones that Parquet may encode with a dictionary page."""
    return [column.name for column in columns_of(TABLES[table]) if column.col.closed]


def integer_leaves(schema: pa.Schema) -> list[str]:
    """Parquet leaf paths of the integers outside lists."""
    found = [field.name for field in schema if pa.types.is_integer(field.type)]
    for field in schema:
        if pa.types.is_struct(field.type):
            found += [f"{field.name}.{child.name}" for child in field.type if pa.types.is_integer(child.type)]
    return found


def _is_list(column: Column) -> bool:
    return get_origin(column.hint) is tuple


def _is_struct(column: Column) -> bool:
    return bool(dataclasses.is_dataclass(column.hint))


def _item(column: Column) -> Column:
    inner = get_args(column.hint)[0]
    return _parse("item", inner if get_origin(inner) is Annotated else Annotated[inner, Col(doc=column.col.doc)])


def _field(column: Column) -> pa.Field:
    return pa.field(column.name, _arrow(column), nullable=column.nullable)


def _arrow(column: Column) -> pa.DataType:
    if _is_list(column):
        return pa.list_(_field(_item(column)))
    if _is_struct(column):
        return pa.struct([_field(inner) for inner in columns_of(column.hint)])
    return SCALARS[column.col.arrow]


def _json(column: Column) -> dict[str, Any]:
    schema = _json_bare(column) | {"description": column.col.doc}
    notes = {"unit": column.col.unit, "x-redacted": column.col.redacted, "x-needs": list(column.col.needs)}
    schema |= {key: note for key, note in notes.items() if note}
    if not column.nullable:
        return schema
    if "enum" in schema:
        schema["enum"] = [*schema["enum"], None]
    return schema | {"type": [schema["type"], "null"]}


def _json_bare(column: Column) -> dict[str, Any]:
    if _is_list(column):
        return {"type": "array", "items": _json(_item(column))}
    if _is_struct(column):
        inner = columns_of(column.hint)
        return {"type": "object", "properties": {c.name: _json(c) for c in inner}, "additionalProperties": False}
    schema: dict[str, Any] = {**JSON_TYPES[column.col.arrow]}
    return schema | {"enum": list(column.col.closed)} if column.col.closed else schema


def _first_sentence(row: type) -> str:
    return " ".join((row.__doc__ or "").split()).split(". ")[0].removesuffix(".") + "."
