"""decode(encode(x)) == x, and any damaged byte is refused: for journals, tables, sealed values, pictures."""

import hashlib
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.errors import DamagedError
from recorder.format import image, journal, parquet
from recorder.format.journal import Encoder, Header, Op
from recorder.format.parquet import SegmentName
from recorder.format.schema import granted_columns
from recorder.format.seal import Identity
from recorder.model.consent import Category
from recorder.model.tables import Codec

DEK = bytes(32)
IDENTITY = Identity(bytes(range(96)))
HEADER = Header(session_id="0", segment=1, key="", nonce_prefix="00000000", columns={"events": []})
NAME = SegmentName("0", 1, "contexts")
NAMES = granted_columns("contexts", frozenset(Category))
values = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.text(), st.floats(allow_nan=False), st.booleans())
batches = st.lists(st.lists(st.tuples(st.sampled_from("ecrs"), st.lists(values)), min_size=1), max_size=4)
texts = st.one_of(st.none(), st.text(st.characters(codec="utf-8")))
contexts = st.lists(st.tuples(st.integers(0, 2**62), st.integers(0, 2**62), texts, texts), max_size=30)


def _encoded(batches: list[list[tuple[str, list[object]]]], picture: bytes) -> bytes:
    encoder = Encoder(HEADER, DEK)
    return encoder.head + b"".join(encoder.batch(batch) for batch in batches) + encoder.frame([1, "x"], picture)


@given(batches, st.binary(max_size=200))
def test_a_journal_gives_back_what_it_was_given(batches: list[list[tuple[str, list[object]]]], picture: bytes) -> None:
    found = journal.decode(_encoded(batches, picture), DEK)

    expected = [Op(kind, row) for batch in batches for kind, row in batch] + [Op("f", [1, "x"], picture)]
    assert found == (expected, 0)


@given(batches, st.data())
def test_any_damaged_byte_of_a_journal_is_refused(
    batches: list[list[tuple[str, list[object]]]], data: st.DataObject
) -> None:
    good = _encoded(batches, b"picture")
    position = data.draw(st.integers(0, len(good) - 1))
    bad = bytearray(good)
    bad[position] ^= data.draw(st.integers(1, 255))

    with pytest.raises(DamagedError):
        journal.decode(bytes(bad), DEK)


@given(batches, st.data())
def test_a_torn_journal_gives_a_prefix_and_nothing_else(
    batches: list[list[tuple[str, list[object]]]], data: st.DataObject
) -> None:
    good = _encoded(batches, b"picture")
    whole = journal.decode(good, DEK).ops
    cut = data.draw(st.integers(len(journal.encode_header(HEADER)), len(good)))

    found = journal.decode(good[:cut], DEK, torn_tail=True)

    assert found.ops == whole[: len(found.ops)]
    assert found.lost_bytes < cut


def test_records_can_not_change_places() -> None:
    encoder = Encoder(HEADER, DEK)
    first, second = encoder.batch([("e", [1])]), encoder.batch([("e", [2])])

    with pytest.raises(DamagedError):
        journal.decode(encoder.head + second + first, DEK)


@settings(max_examples=30, deadline=None)
@given(contexts)
def test_a_table_gives_back_what_it_was_given(rows: list[tuple[int, int, str | None, str | None]]) -> None:
    whole = [(n, t, t, app, title, None, None, None, 0, "fake") for n, t, app, title in rows]
    table = parquet.table_of("contexts", NAMES, whole)

    assert parquet.decode(parquet.encode(table, NAME, DEK), NAME, DEK).equals(table)


def test_any_damaged_byte_of_a_table_is_refused_or_changes_nothing() -> None:
    """Lengths of padding may be unused; what is read back is the original or nothing."""
    table = parquet.table_of("contexts", NAMES, [(n, n, n, "a", "t", None, None, None, 0, "f") for n in range(50)])
    good = parquet.encode(table, NAME, DEK)
    for position in range(0, len(good), 3):
        bad = bytearray(good)
        bad[position] ^= 1 << position % 8
        try:
            found = parquet.decode(bytes(bad), NAME, DEK)
        except DamagedError:
            continue
        assert found.equals(table)


@pytest.mark.parametrize(
    "other", [NAME._replace(session_id="1"), NAME._replace(segment=2), NAME._replace(table="events")]
)
def test_a_table_is_read_only_where_it_belongs(other: SegmentName) -> None:
    good = parquet.encode(parquet.table_of("contexts", NAMES, []), NAME, DEK)

    with pytest.raises(DamagedError):
        parquet.decode(good, other, DEK)
    with pytest.raises(DamagedError):
        parquet.decode(good, NAME, b"\1" * 32)


@given(st.binary(max_size=300), st.text(max_size=20))
@settings(deadline=None)
def test_a_sealed_value_opens_under_its_context_alone(plain: bytes, context: str) -> None:
    sealed = IDENTITY.recipient.seal(plain, context)

    assert IDENTITY.open(sealed, context) == plain
    with pytest.raises(DamagedError):
        IDENTITY.open(sealed, context + "x")
    with pytest.raises(DamagedError):
        Identity.generate().open(sealed, context)


def test_any_damaged_byte_of_a_sealed_value_is_refused() -> None:
    sealed = IDENTITY.recipient.seal(b"plain", "context")
    for position in range(len(sealed)):
        bad = bytearray(sealed)
        bad[position] ^= 1
        with pytest.raises(DamagedError):
            IDENTITY.open(bytes(bad), "context")
    with pytest.raises(DamagedError):
        IDENTITY.open(sealed[:-1], "context")


@given(st.integers(1, 40), st.integers(1, 40), st.data())
@settings(deadline=None)
def test_a_picture_gives_back_every_pixel(width: int, height: int, data: st.DataObject) -> None:
    rgb = data.draw(st.binary(min_size=width * height * 3, max_size=width * height * 3))

    encoded = image.encode(rgb, width, height)

    assert encoded.codec is Codec.QOI
    assert encoded.sha256 == hashlib.sha256(encoded.data).hexdigest()
    assert image.decode(encoded.data).tobytes() == rgb


def test_what_qoi_can_not_compress_becomes_lossless_webp() -> None:
    rgb = os.urandom(800 * 600 * 3)

    encoded = image.encode(rgb, 800, 600)

    assert encoded.codec is Codec.WEBP
    assert image.decode(encoded.data).tobytes() == rgb


def test_without_the_qoi_wheel_pictures_are_webp_and_qoi_can_still_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    rgb = bytes(range(48))
    old = image.encode(rgb, 4, 4)
    monkeypatch.setattr(image, "qoi", None)

    new = image.encode(rgb, 4, 4)

    assert new.codec is Codec.WEBP
    assert image.decode(new.data).tobytes() == image.decode(old.data).tobytes() == rgb


@given(st.binary(max_size=100))
def test_bytes_that_are_no_picture_are_refused(data: bytes) -> None:
    for magic in (b"", b"qoif", b"RIFF0000WEBP", b"\x89PNG\r\n\x1a\n"):
        with pytest.raises(DamagedError):
            image.decode(magic + data)


def test_a_secret_key_shows_nothing_and_travels_nowhere() -> None:
    import pickle

    assert repr(IDENTITY) == "<Identity>"
    with pytest.raises(TypeError):
        pickle.dumps(IDENTITY)
