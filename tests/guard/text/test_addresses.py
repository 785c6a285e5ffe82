"""Addresses on networks and disks are masked as a whole, those made of ordinary words too."""

import pytest

from recorder.guard.text.addresses import find_addresses
from tests.guard.text.made import is_hidden


@pytest.mark.parametrize(
    ("value", "category"),
    [
        ("info@example.com", "email"),
        ("open.file+new@mail.example.org", "email"),
        ("info (at) example.com", "email"),
        ("https://www.example.org/the/file?name=open#top", "url"),
        ("www.example.org/page", "url"),
        ("file:///tmp/page", "url"),
        ("example.com", "domain"),
        ("office.home.example.co", "domain"),
        ("1.2.3.4", "ip"),
        ("10.0.0.1:80", "ip"),
        ("fe80::1", "ip"),
        ("2001:db8:0:0:0:0:0:1", "ip"),
        ("00:1A:2B:3C:4D:5E", "mac"),
        ("001a.2b3c.4d5e", "mac"),
        ("/home/rose/file", "path"),
        ("C:\\Users\\rose\\file", "path"),
        ("~/notes", "path"),
        ("\\\\server\\share", "path"),
    ],
)
def test_an_address_is_masked(value: str, category: str) -> None:
    assert category in {span.category for span in find_addresses(value)}
    assert is_hidden(value)
    assert is_hidden(value, "the page {} is open")


def test_two_colons_in_code_are_no_address() -> None:
    assert list(find_addresses("list::sort and a : b")) == []
