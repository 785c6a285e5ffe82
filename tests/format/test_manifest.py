"""A manifest's bytes are JSON with sorted keys and an indent of one, however they are put together."""

import dataclasses
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.errors import DamagedError
from recorder.format import manifest
from recorder.format.manifest import FileEntry, Manifest, SegmentEntry, SegmentSecret, seal_json
from recorder.format.seal import Identity

IDENTITY = Identity(bytes(range(96)))
TEXTS = st.text(max_size=12) | st.sampled_from(['"segments": []', '\n "segments": []', '"', "\\", "\u2028", ","])
NUMBERS = st.integers(-(2**63), 2**63)
FILES = st.builds(FileEntry, name=TEXTS, table=TEXTS, size_bytes=NUMBERS, sha256=TEXTS)
SEGMENTS = st.builds(
    SegmentEntry,
    segment=NUMBERS,
    t_us=NUMBERS,
    t_end_us=NUMBERS,
    sealed=TEXTS,
    files=st.lists(FILES, max_size=3).map(tuple),
)
MANIFESTS = st.builds(
    Manifest,
    session_id=TEXTS,
    started_at_us=NUMBERS,
    ended_at_us=st.none() | NUMBERS,
    stage=st.sampled_from(list(manifest.Stage)),
    consent_id=TEXTS,
    consent_revision=NUMBERS,
    key_id=TEXTS,
    public=TEXTS,
    start=TEXTS,
    end=st.none() | TEXTS,
    segments=st.lists(SEGMENTS, max_size=3).map(tuple),
)


@given(MANIFESTS)
def test_the_bytes_are_those_of_plain_json(made: Manifest) -> None:
    plain = json.dumps(dataclasses.asdict(made), sort_keys=True, indent=1).encode() + b"\n"

    assert manifest.encode(made) == plain
    assert manifest.encode(made) == plain  # from what was kept
    assert manifest.encode(replace(made, end=None)) != plain or made.end is None


@given(st.integers(0, 600))
def test_the_length_of_what_is_sealed_tells_next_to_nothing(letters: int) -> None:
    sealed = seal_json({"a": "x" * letters}, IDENTITY.recipient, "start|x")

    assert len(manifest.unbase64(sealed)) - len(IDENTITY.recipient.seal(b"", "x")) in (256, 512, 768)
    assert manifest.open_json(sealed, IDENTITY, "start|x") == {"a": "x" * letters}


@pytest.mark.parametrize(
    "fields",
    [
        {"keys": {}, "rows": {}, "apps": [], "gaps": 0},  # of a version before this one
        {"keys": {}, "rows": {}, "apps": [], "gaps": 0, "frames": [1]},
        {"keys": {}, "rows": {}, "apps": [], "gaps": 0, "frames": "12"[:1]},
        {"keys": [], "rows": {}, "apps": [], "gaps": 0, "frames": None},
        [],
    ],
)
def test_a_secret_of_another_shape_is_refused_by_name(fields: Any) -> None:
    sealed = seal_json(fields, IDENTITY.recipient, "segment|0|1")

    with pytest.raises(DamagedError, match="session 0, segment 0001: its keys do not parse"):
        SegmentSecret.open(sealed, IDENTITY, "0", 1)


@given(st.none() | st.tuples(NUMBERS, NUMBERS), st.dictionaries(TEXTS, st.binary(max_size=32), max_size=3))
def test_a_secret_comes_back_as_it_was(frames: tuple[int, int] | None, keys: dict[str, bytes]) -> None:
    made = SegmentSecret(keys=keys, rows={"events": 3}, apps=("Editor",), gaps=1, frames=frames)

    assert SegmentSecret.open(made.seal(IDENTITY.recipient, "0", 1), IDENTITY, "0", 1) == made
