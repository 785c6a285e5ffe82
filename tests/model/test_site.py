"""Names of sites: one spelling, and only those that are public."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.model.site import public_host, read_site


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("Example.ORG", "example.org"),
        ("example.org.", "example.org"),
        ("münchen.de", "xn--mnchen-3ya.de"),
        ("a_b.example.org", "a_b.example.org"),
    ],
)
def test_a_host_has_one_spelling(host: str, name: str) -> None:
    assert public_host(host) == name


@pytest.mark.parametrize(
    "host",
    [
        *(
            "",
            ".",
            "org",
            "localhost",
            "a.localhost",
            "printer.local",
            "x.onion",
            "127.0.0.1",
            "0x7f.1",
            "1.2.3.0x4",
            "::1",
        ),
        *(
            "a..b",
            "-a.org",
            "a-.org",
            "a b.org",
            "a%62.org",
            "a" * 64 + ".org",
            "a." * 130 + "org",
            "ex\u00adample..org",
        ),
    ],
)
def test_what_is_no_public_host_has_no_name(host: str) -> None:
    assert public_host(host) is None


@given(st.text(max_size=40))
def test_a_site_that_is_read_reads_as_itself(text: str) -> None:
    try:
        site = read_site(text)
    except ValueError:
        return
    assert read_site(site) == site
    assert site == site.lower()
    assert public_host(site.removeprefix("*.")) is not None


@pytest.mark.parametrize("text", ["*", "*.org", "a*.org", "*.*.org", "https://a.org", "a.org/", "a@a.org", "", None, 3])
def test_what_names_no_site_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"^(must|holds)"):
        read_site(text)
