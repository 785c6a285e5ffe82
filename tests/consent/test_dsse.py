"""Envelopes: the encoding of the specification, and nothing that was not signed gets through."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.consent.dsse import pre_authentication_encoding, seal, unseal
from recorder.errors import DamagedError
from tests.consent.people import Device

DEVICE = Device()


def test_what_is_signed_is_encoded_as_the_specification_says() -> None:
    # The test vector of the DSSE protocol document.
    encoded = pre_authentication_encoding("http://example.com/HelloWorld", b"hello world")

    assert encoded == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


@given(st.binary(max_size=300), st.text(max_size=30))
def test_what_is_sealed_comes_back(payload: bytes, payload_type: str) -> None:
    assert unseal(seal(payload, payload_type, DEVICE), payload_type, DEVICE.verify_key) == payload


def test_another_type_or_key_or_no_signature_is_refused() -> None:
    envelope = seal(b"content", "a", DEVICE)
    stripped = json.dumps(json.loads(envelope) | {"signatures": []}).encode()
    renamed = json.dumps(json.loads(envelope) | {"payloadType": "b"}).encode()

    for content, payload_type, key in [
        (envelope, "b", DEVICE.verify_key),
        (renamed, "b", DEVICE.verify_key),
        (envelope, "a", Device().verify_key),
        (stripped, "a", DEVICE.verify_key),
    ]:
        with pytest.raises(DamagedError):
            unseal(content, payload_type, key)


def test_one_good_signature_among_several_is_enough() -> None:
    mine, other = (json.loads(seal(b"content", "a", device)) for device in (DEVICE, Device()))
    both = mine | {"signatures": other["signatures"] + mine["signatures"]}

    assert unseal(json.dumps(both).encode(), "a", DEVICE.verify_key) == b"content"


@given(st.binary(max_size=100) | st.text(max_size=100).map(str.encode))
def test_other_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(DamagedError):
        unseal(content, "a", DEVICE.verify_key)
