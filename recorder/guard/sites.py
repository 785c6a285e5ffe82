"""Which site an address belongs to, and whether a rule chose it. An address in, a host or nothing out; never raises."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from recorder.model.site import is_on, public_host


def host_of(url: str | None) -> str | None:
    """The host of a page of the web; None for what has none that may be told: other schemes, IP addresses, names of
    the local network, and what can't be read."""
    if url is None:
        return None
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname if parts.scheme in ("http", "https") else None
    except ValueError:
        return None
    return None if host is None else public_host(host)


def chosen(host: str | None, sites: Iterable[str]) -> str | None:
    """The site of a rule that the host is on: itself, or `*.` and what it lies below. None: on none."""
    if host is None:
        return None
    return next((site for site in sites if is_on(host, site)), None)
