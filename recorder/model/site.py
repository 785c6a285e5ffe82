"""The names of sites: one spelling for what a person writes and what a browser says. Pure; nothing is looked up."""

import re

LONGEST_SITES = 200  # sites of one rule
LONGEST_HOST = 253  # characters (RFC 1035 section 2.3.4)
# A label of a host name (RFC 1123 section 2.1); the underscore is not in it and stands in real names.
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
# A last label that is a number makes an IPv4 address, however it is written (WHATWG URL, "ends in a number checker").
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# Names that lead into a home, an office or a machine (RFC 6762, 6761, 8375, 7686 and what is used beside them): who
# knows one knows whose network it is; an onion name is an address that only those know whom it was given to.
_INSIDE = frozenset(
    (
        *("localhost", "local", "localdomain", "internal", "intranet", "private", "corp", "home", "lan", "arpa"),
        *("onion", "test", "invalid", "example"),
    )
)


def public_host(host: str) -> str | None:
    """A host name in its one spelling: lower case, IDN as punycode, no dot at the end. None when it is none that may be
    told: IP addresses, names of one label or of a local network, and what is no host name at all."""
    name = host.lower().removesuffix(".")
    if not name.isascii():
        name = _punycode(name)
    labels = name.split(".")
    if len(name) > LONGEST_HOST or len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        return None
    return None if _NUMBER.fullmatch(labels[-1]) or labels[-1] in _INSIDE else name


def read_site(text: object) -> str:
    """A site of a rule: `example.org` is that host alone, `*.example.org` every host below it.

    Raises: ValueError whose text completes "sites ...".
    """
    if not isinstance(text, str) or not text.strip():
        raise ValueError("holds something that is no text in quotes")
    site = text.strip()
    if any(sign in site for sign in "/:?#@\\"):
        raise ValueError("must name hosts alone: no scheme, no port, no path, such as example.org")
    below = site.startswith("*.")
    host = public_host(site.removeprefix("*."))
    if host is None or "*" in host:
        raise ValueError("must name public hosts, such as example.org, or *.example.org for all below it")
    return f"*.{host}" if below else host


def is_on(host: str, site: str) -> bool:
    """Whether a host is the one that a site names, or one of those below it."""
    return host == site or (site.startswith("*.") and host.endswith(site[1:]) and len(host) >= len(site))


def _punycode(name: str) -> str:
    try:
        return name.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""
