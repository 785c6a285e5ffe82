"""The second detector points at what it should, leaves alone what programs write, and is independent of the first."""

import ast
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.review.audit import second
from recorder.review.audit.second import LONGEST, look

POINTED_AT = [
    ("write to a.b@example.org now", "a.b@example.org", "email"),
    ("write to a.b (at) example.org now", "a.b (at) example.org", "email"),
    ("call 0151 / 234-5678", "0151 / 234-5678", "long_number"),
    ("plan of 12345", "12345", "long_number"),
    ("pay 4111 1111 1111 1111 today", "4111 1111 1111 1111", "card_number"),
    ("from DE89 3704 0044 0532 0130 00.", "DE89 3704 0044 0532 0130 00", "iban"),
    ("ssh 10.20.30.40", "10.20.30.40", "ip_address"),
    ("ping fe80::1:2:3:4 there", "fe80::1:2:3:4", "ip_address"),
    ("/find?who=zelda&n=1", "/find?who=zelda&n=1", "address_with_query"),
    ("ftp://zelda:pw@example.org/x", "ftp://zelda:pw@example.org/x", "address_with_query"),
    ("export AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE", "key_prefix"),
    ("-----BEGIN OPENSSH PRIVATE KEY-----", "-----BEGIN OPENSSH PRIVATE KEY-----", "key_prefix"),
    ("took xK9f2Lq0Wv7 out", "xK9f2Lq0Wv7", "random_token"),
    ("see qWmZrTbXkPvNsLdJ there", "qWmZrTbXkPvNsLdJ", "random_token"),
    ("password: correct-horse", "password: correct-horse", "after_a_secret_word"),
    ("das Passwort ist sommer", "Passwort ist sommer", "after_a_secret_word"),
    ("mot de passe = soleil", "mot de passe = soleil", "after_a_secret_word"),
    ("token: abcdef", "token: abcdef", "after_a_secret_word"),
    ("lunch with Zelda Qhktfzt at noon", "Zelda Qhktfzt", "capitalised_pair"),
    ("Zelda van der Qhktfzt - Chat", "Zelda van der Qhktfzt", "capitalised_pair"),
    ("from Zelda Q. Qhktfzt there", "Zelda Q. Qhktfzt", "capitalised_pair"),
    ("Frau Gęślą-Jaźń Żółw", "Frau Gęślą-Jaźń Żółw", "capitalised_pair"),
]
LEFT_ALONE = [
    "",
    "the quick brown fox jumps over the lazy dog",
    "Untitled Document 1 - Mousepad",
    "Inbox (3) - Mozilla Firefox",
    "How To Write A Good Headline For Everybody",
    "password: [secret]",
    "Password: ********",
    "the secret garden and a token of love",
    "[name] wrote to [email] about 12 boxes",
    "internationalization-of-everything",
    "1920x1080, 60 Hz",
]


@pytest.mark.parametrize(("text", "found", "rule"), POINTED_AT, ids=lambda value: str(value)[:20])
def test_it_points_at(text: str, found: str, rule: str) -> None:
    assert [(text[start:end], said) for start, end, said in look(text)] == [(found, rule)]


@pytest.mark.parametrize("text", LEFT_ALONE, ids=lambda value: value[:20])
def test_it_leaves_alone(text: str) -> None:
    assert look(text) == []


@given(st.text(max_size=300))
def test_stretches_are_sorted_disjoint_inside_the_text_and_not_empty(text: str) -> None:
    found = look(text)

    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert all(one.end <= other.start for one, other in pairwise(found))


@given(st.text("abc .,;\n", max_size=40), st.integers(10**9, 10**12), st.text("abc .,;\n", max_size=40))
def test_a_long_number_is_seen_wherever_it_stands(before: str, number: int, after: str) -> None:
    text = f"{before} {number} {after}"

    assert any(text[start:end].count(str(number)) for start, end, _ in look(text))


PARTS = ["a", "1", "1 ", "a.", "a@", "1:", "[a", "a-", "password ", "pin: ", "eyJ", "x?a=", "DE12 ", "Ab de ", "(at)"]


@pytest.mark.parametrize("part", PARTS, ids=ascii)
def test_no_text_takes_long(part: str) -> None:
    begun = time.process_time()
    look((part * LONGEST)[:LONGEST])

    assert time.process_time() - begun < 1.0


def test_a_text_too_long_to_look_at_is_pointed_at_as_a_whole() -> None:
    assert look("a " * LONGEST) == [(0, 2 * LONGEST, "too_long")]


def test_it_shares_no_code_with_the_guards_detector() -> None:
    folder = Path(second.__file__).parent
    imported = {
        name
        for module in folder.glob("*.py")
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names])
    }

    assert "recorder.review.audit" in imported  # the walk sees what is imported
    assert not {name for name in imported if name.startswith("recorder.guard")}
