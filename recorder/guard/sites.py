"""Which site an address belongs to, and whether a rule chose it. An address in, a host or nothing out; never raises."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from recorder.guard.text.spans import words_of

LONGEST_HOST = 253  # characters (RFC 1035 section 2.3.4)
# A label of a host name (RFC 1123 section 2.1); the underscore is not in it and stands in real names.
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
# A last label that is a number makes an IPv4 address, however it is written (WHATWG URL, "ends in a number checker").
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# Names that lead into a home, an office or a machine (RFC 6762, 6761, 8375, 7686 and what is used beside them): who
# knows one knows whose network it is; an onion name is an address that only those know whom it was given to.
_INSIDE = frozenset(
    words_of("localhost local localdomain internal intranet private corp home lan arpa onion test invalid example")
)


def host_of(url: str | None) -> str | None:
    """The host of a page of the web: lower case, IDN as punycode. None for what has none that may be told: other
    schemes, IP addresses, names of the local network, and what can't be read."""
    if url is None:
        return None
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname if parts.scheme in ("http", "https") else None
    except ValueError:
        return None
    return None if host is None else plain_host(host)


def plain_host(host: str) -> str | None:
    """A host name in its one spelling; None when it is no public host name."""
    name = host.lower().removesuffix(".")
    if not name.isascii():
        name = _punycode(name) or ""
    labels = name.split(".")
    if len(name) > LONGEST_HOST or len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        return None
    return None if _NUMBER.fullmatch(labels[-1]) or labels[-1] in _INSIDE else name


def _punycode(name: str) -> str | None:
    try:
        return name.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None


def chosen(host: str | None, sites: Iterable[str]) -> str | None:
    """The site of a rule that the host is on: itself, or `*.` and what it lies below. None: on none."""
    if host is None:
        return None
    return next((site for site in sites if site == host or _below(host, site)), None)


def _below(host: str, site: str) -> bool:
    return site.startswith("*.") and host.endswith(site[1:]) and len(host) >= len(site)
