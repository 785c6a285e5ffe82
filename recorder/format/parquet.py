"""Segment tables: rows to encrypted Parquet bytes and back (Parquet Modular Encryption, AES_GCM_V1, 256 bit).

AES_GCM_CTR_V1 is forbidden: it gives tampered pages back without a word. No statistics and no bloom filters on text and
pictures, no Arrow dictionary types anywhere: both keep what was deleted.
"""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow.parquet import encryption

from recorder.errors import DamagedError
from recorder.format.names import SegmentName as SegmentName
from recorder.format.schema import arrow_schema, closed_columns, integer_leaves
from recorder.model.tables import SCHEMA_VERSION

DEK_BYTES = 32
# Rows of successive frames share bytes, so zstd must see many frames at once; one row group a page, so that one frame
# costs one page.
FRAMES_PER_PAGE = 20


def table_of(table: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> pa.Table:
    """Rows (tuples in the order of `names`) as Arrow, columns in table order."""
    schema = arrow_schema(table, list(names))
    columns = dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(names, ())
    return pa.Table.from_arrays([pa.array(columns[f.name], f.type) for f in schema], schema=schema)


def encode(rows: pa.Table, name: SegmentName, dek: bytes) -> bytes:
    """One encrypted file. The footer is encrypted too: names, types and counts show nothing."""
    sink = pa.BufferOutputStream()
    rows = rows.replace_schema_metadata({"version": str(SCHEMA_VERSION)})
    with pq.ParquetWriter(sink, rows.schema, **_layout(name.table, rows.schema), **_cipher(name, dek)) as writer:
        writer.write_table(rows, row_group_size=FRAMES_PER_PAGE if name.table == "frames" else None)
    return bytes(sink.getvalue())


def open_file(source: Any, name: SegmentName, dek: bytes) -> pq.ParquetFile:
    """`source`: bytes or anything pyarrow reads. Only the footer is read and verified. Raises: DamagedError."""
    keys = encryption.create_decryption_properties(dek, aad_prefix=name.aad_prefix, allow_plaintext_files=False)
    try:
        source = pa.BufferReader(source) if isinstance(source, bytes) else source
        file = pq.ParquetFile(source, decryption_properties=keys, page_checksum_verification=True, pre_buffer=False)
    except (pa.ArrowException, OSError, ValueError):
        raise DamagedError(f"{name} does not verify") from None
    _check_version(file, name)
    return file


def read(
    file: pq.ParquetFile, name: SegmentName, columns: Sequence[str] | None = None, groups: Sequence[int] | None = None
) -> pa.Table:
    """Rows of an opened file; `columns` that it does not have are left out. Raises: DamagedError."""
    try:
        groups = range(file.num_row_groups) if groups is None else groups
        # Threads take longer to be woken than a minute of rows takes to be read.
        return file.read_row_groups(list(groups), columns=columns, use_threads=False).replace_schema_metadata(None)
    except (pa.ArrowException, OSError, ValueError):
        raise DamagedError(f"{name} does not verify") from None


def decode(data: bytes, name: SegmentName, dek: bytes) -> pa.Table:
    """All of a file, checked against the schema. Raises: DamagedError."""
    return read(open_file(data, name, dek), name)


def _check_version(file: pq.ParquetFile, name: SegmentName) -> None:
    version = (file.metadata.metadata or {}).get(b"version")
    if version != str(SCHEMA_VERSION).encode():
        raise DamagedError(f"{name} is of an unknown version", hint="a newer recorder may read it")
    found = file.schema_arrow
    if not found.equals(arrow_schema(name.table, found.names)):
        raise DamagedError(f"{name} has a column that is not in the schema")


def _cipher(name: SegmentName, dek: bytes) -> dict[str, Any]:
    if len(dek) != DEK_BYTES:
        raise ValueError("a data key has 32 bytes")
    # The prefix is not stored: a reader must know where the file belongs.
    properties = encryption.create_encryption_properties(
        dek, aad_prefix=name.aad_prefix, store_aad_prefix=False, encryption_algorithm="AES_GCM_V1"
    )
    return {"encryption_properties": properties}


def _layout(table: str, schema: pa.Schema) -> dict[str, Any]:
    integers = integer_leaves(schema)
    layout: dict[str, Any] = {
        "compression": "zstd",
        "compression_level": 9 if table == "frames" else 3,
        "use_dictionary": [name for name in closed_columns(table) if name in schema.names],
        "column_encoding": dict.fromkeys(integers, "DELTA_BINARY_PACKED"),
        "write_statistics": integers or False,
        "data_page_version": "1.0",
        "write_page_checksum": True,
    }
    if table == "frames":
        layout |= {"max_rows_per_page": FRAMES_PER_PAGE, "write_batch_size": 1, "data_page_size": 1 << 30}
    return layout
