"""Each file of `schemas/v1/vectors/` ends as `cases.json` says."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from recorder.errors import DamagedError
from recorder.format import image, journal, manifest, parquet
from recorder.format.parquet import SegmentName
from recorder.format.seal import Identity

FOLDER = Path(__file__).parents[2] / "schemas" / "v1" / "vectors"
CASES = json.loads((FOLDER / "cases.json").read_bytes())
KEYS = CASES["keys"]
DEK = bytes.fromhex(KEYS["data_key"])
NAME = SegmentName(KEYS["session_id"], KEYS["segment"], KEYS["table"])
READERS: dict[str, Callable[[bytes], object]] = {
    "journal": lambda data: journal.decode(data, DEK),
    "manifest": manifest.decode,
    "image": image.decode,
    "sealed": lambda data: Identity(bytes.fromhex(KEYS["identity"])).open(data, KEYS["sealed_context"]),
    "segment": lambda data: parquet.decode(data, NAME, DEK),
}
SAYS = {
    "bad-seal": ("does not verify", "does not open", "cut short"),
    "bad-schema": ("does not parse", "not in the schema", "no segment", "does not decode"),
    "unknown-version": ("unknown version", "no known kind"),
}


@pytest.mark.parametrize(("name", "outcome"), CASES["outcomes"].items())
def test_a_vector_ends_as_expected(name: str, outcome: str) -> None:
    data, read = (FOLDER / name).read_bytes(), READERS[name.split("-")[0]]
    if outcome == "ok":
        assert read(data)
        return
    with pytest.raises(DamagedError) as caught:
        read(data)

    assert any(words in caught.value.message for words in SAYS[outcome])


def test_every_vector_has_a_case_and_every_case_a_vector() -> None:
    assert {path.name for path in FOLDER.iterdir()} - {"cases.json"} == set(CASES["outcomes"])
