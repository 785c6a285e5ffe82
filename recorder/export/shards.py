"""One exported table of one session in, numbered Parquet files out. Knows nothing of what is in the columns."""

import json
import os
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from recorder.export.place import Place

GROUP_ROWS = 131_072
IMAGE_GROUP_ROWS = 100  # what the viewers and loaders of image datasets expect
GROUP_BYTES = 90_000_000
SHARD_BYTES = 450_000_000
CREATED_BY = b"recorder version 1.0.0"

IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def image_metadata(column: str) -> dict[bytes, bytes]:
    """Schema metadata that makes `datasets` decode a `struct<bytes, path>` column as pictures."""
    return {b"huggingface": json.dumps({"info": {"features": {column: {"_type": "Image"}}}}).encode()}


class Shards:
    """Writes `<stem>-00000.parquet`, `-00001` and so on, each at most about `SHARD_BYTES`. `stem`: a path.

    Text and picture columns get no statistics: a minimum is a value. No dictionary-typed column is accepted.
    """

    def __init__(self, place: Place, stem: str, schema: pa.Schema) -> None:
        if any(pa.types.is_dictionary(field.type) for field in schema):
            raise TypeError("dictionary columns keep deleted values")
        self.rows = 0
        self._place, self._stem, self._schema = place, stem, schema
        self._files = 0
        self._file: BinaryIO | None = None
        self._writer: pq.ParquetWriter | None = None

    def write(self, table: pa.Table, *, group_rows: int = GROUP_ROWS) -> None:
        """Append `table` as whole row groups of at most `group_rows` rows and `GROUP_BYTES` bytes."""
        for part in _groups(table.cast(self._schema), group_rows):
            self._place.wrote(self._stem, part)
            self._open_writer().write_table(part, row_group_size=group_rows)
            self.rows += part.num_rows
            if self._file is not None and self._file.tell() >= SHARD_BYTES:
                self._finish()

    def close(self) -> None:
        self._finish()

    def _open_writer(self) -> pq.ParquetWriter:
        if self._writer is None:
            self._file = self._place.create(f"{self._stem}-{self._files:05d}.parquet")
            self._files += 1
            self._writer = pq.ParquetWriter(self._file, self._schema, **_options(self._schema))
        return self._writer

    def _finish(self) -> None:
        if self._writer is None or self._file is None:
            return
        self._writer.close()
        _normalise_created_by(self._file)
        self._place.close(self._file)
        self._writer = self._file = None


def _groups(table: pa.Table, group_rows: int) -> Iterator[pa.Table]:
    """Slices that keep both limits; a slice that is too heavy is halved."""
    for start in range(0, table.num_rows, group_rows):
        yield from _light(table.slice(start, group_rows))


def _light(part: pa.Table) -> Iterable[pa.Table]:
    if part.num_rows <= 1 or part.nbytes <= GROUP_BYTES:
        return [part]
    half = part.num_rows // 2
    return [*_light(part.slice(0, half)), *_light(part.slice(half))]


def _options(schema: pa.Schema) -> dict[str, object]:
    """How columns are encoded: numbers as deltas, closed sets as dictionaries, pictures as they are."""
    numbers = [field.name for field in schema if pa.types.is_integer(field.type)]
    texts = [field.name for field in schema if pa.types.is_string(field.type)]
    images = [field.name for field in schema if field.type == IMAGE]
    codecs = {leaf: "NONE" if leaf.split(".")[0] in images else "ZSTD" for leaf in _leaves(schema)}
    return {
        "compression": codecs,
        "compression_level": {leaf: 3 for leaf, codec in codecs.items() if codec == "ZSTD"},
        "use_dictionary": texts,
        "column_encoding": dict.fromkeys(numbers, "DELTA_BINARY_PACKED"),
        "write_statistics": numbers,
        "write_page_index": True,
        "write_page_checksum": True,
        "use_content_defined_chunking": True,
    }


def _leaves(schema: pa.Schema) -> list[str]:
    """Paths of the leaf columns as Parquet names them (`image.bytes`, `keys.list.element`)."""
    return [leaf for field in schema for leaf in _paths(field.name, field.type)]


def _paths(name: str, kind: pa.DataType) -> list[str]:
    if pa.types.is_struct(kind):
        inner = [kind.field(index) for index in range(kind.num_fields)]
        return [leaf for field in inner for leaf in _paths(f"{name}.{field.name}", field.type)]
    if pa.types.is_list(kind):
        return _paths(f"{name}.list.element", kind.value_type)
    return [name]


def _normalise_created_by(file: BinaryIO) -> None:
    """Overwrite the writer's name and version in the footer with ours, padded to the same length.

    The Parquet footer is `metadata | uint32 length | PAR1`; `created_by` is a plain length-prefixed string in it (see
    parquet.thrift, FileMetaData), so a same-length change keeps every offset.
    """
    file.flush()
    end = file.seek(0, os.SEEK_END)
    file.seek(end - 8)
    length = int.from_bytes(file.read(4), "little")
    file.seek(end - 8 - length)
    footer = file.read(length)
    start = footer.rfind(b"parquet-cpp-arrow version ")
    if start < 0:
        raise RuntimeError("the Parquet footer names an unknown writer")
    written = footer[start : start + footer[start - 1]]
    file.seek(end - 8 - length + start)
    file.write(CREATED_BY.ljust(len(written))[: len(written)])
    file.seek(0, os.SEEK_END)
