"""Of an address only what is known to be harmless stays, and never more than host and path."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.guard.address import LONGEST, MASK, MOST_PARTS, NOWHERE, Address, Addresses
from recorder.guard.text import Detector, Masker, Memory

DETECTOR = Detector(lambda: 0.0)


def read(url: str | None, *sites: str) -> Address:
    return Addresses(Masker(DETECTOR, Memory(bytes(32)))).read(url, sites)


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [
        ("https://docs.wikipedia.org/help/page", "docs.wikipedia.org", "/help/page"),
        ("HTTPS://Docs.Wikipedia.ORG", "docs.wikipedia.org", "/"),
        ("http://user:word@docs.wikipedia.org:8080/a?q=secret#here", "docs.wikipedia.org", "/a"),
        ("https://jane-doe.example.org/", f"{MASK}.example.org", "/"),
        ("https://mary.smith.co.uk/", f"{MASK}.{MASK}.co.uk", "/"),
        ("https://docs.wikipedia.org/janedoe/settings", "docs.wikipedia.org", f"/{MASK}/settings"),
        ("https://docs.wikipedia.org/help/%2Fetc", "docs.wikipedia.org", f"/help/{MASK}"),
        ("https://docs.wikipedia.org/%ff", "docs.wikipedia.org", f"/{MASK}"),
        ("https://docs.wikipedia.org/555/123/4567", "docs.wikipedia.org", f"/{MASK}/{MASK}/{MASK}"),
        ("https://münchen.de/", f"{MASK}.de", "/"),
    ],
)
def test_what_is_told_of_an_address(url: str, host: str, path: str) -> None:
    address = read(url)

    assert (address.host, address.path) == (host, path)


@pytest.mark.parametrize(
    "url",
    [
        "file:///home/jane/letter",
        "about:blank",
        "chrome://settings",
        "data:text/html,help",
        "blob:https://docs.wikipedia.org/help",
        "javascript:help",
        "http://192.168.1.1/help",
        "http://0x7f.1/help",
        "http://2130706433/help",
        "http://[::1]/help",
        "http://[::1",
        "http://localhost/help",
        "http://intranet/help",
        "http://wiki.corp/help",
        "http://printer.local/help",
        "https://",
        "",
        None,
    ],
)
def test_what_has_no_public_host_is_not_told(url: str | None) -> None:
    assert read(url) == NOWHERE


def test_a_site_that_was_chosen_by_name_stands_as_it_is_and_what_lies_below_does_not() -> None:
    assert read("https://jane-doe.org/", "jane-doe.org").host == "jane-doe.org"
    assert read("https://jane-doe.org/", "*.example.org").host == f"{MASK}.org"
    assert read("https://mary.jane-doe.org/", "*.jane-doe.org").host == f"{MASK}.jane-doe.org"


def test_without_a_detector_nothing_is_told() -> None:
    assert Addresses(None).read("https://docs.wikipedia.org/help", ()) == NOWHERE


def test_what_was_masked_elsewhere_is_masked_in_an_address_from_then_on() -> None:
    masker = Masker(DETECTOR, Memory(bytes(32)))
    addresses = Addresses(masker)
    assert addresses.read("https://docs.wikipedia.org/weather", ()).path == "/weather"
    masker.keep_in_mind("weather")
    assert addresses.read("https://docs.wikipedia.org/weather", ()).path == f"/{MASK}"


def test_long_paths_are_cut() -> None:
    assert read("https://docs.wikipedia.org/" + "help/" * 40).path == "/help" * MOST_PARTS
    assert read("https://docs.wikipedia.org/help/" + "a" * LONGEST).path == f"/help/{MASK}"


def test_what_is_masked_is_counted() -> None:
    address = read("https://jane-doe.example.org/help/jane-doe/jane-doe")

    assert (address.host_taken, address.path_taken) == ({"name": 1}, {"name": 2})


@given(st.text(max_size=80), st.text(max_size=40))
def test_no_address_raises_or_tells_more_than_a_host_and_a_path(path: str, query: str) -> None:
    address = read(f"https://user:word@docs.wikipedia.org:80/{path}?marker{query}#marker{query}")

    assert address.host in (None, "docs.wikipedia.org")
    assert "marker" not in (address.path or "") or "marker" in path
    assert "word" not in (address.host or "")
