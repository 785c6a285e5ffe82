"""Addresses on networks and disks: e-mail, URL, domain, IP, MAC, file paths that name a user. `text` is folded."""

import re
from collections.abc import Iterator

from recorder.guard.text.spans import Span

_MARK = re.compile(r"[@:/\\]|\.\w")
_STOP = r"\s\"<>{}|`"
_EMAIL = re.compile(rf"[^{_STOP},;()\[\]]{{1,64}} ?(?:@|\(at\)|\[at\]) ?[^{_STOP},;()\[\]@]{{1,63}}")
_URL = re.compile(rf"(?<![a-z])(?:[a-z][a-z0-9+-]{{1,11}}://|www\.|mailto:|tel:|data:)[^{_STOP}]{{1,100}}", re.I)
_IP4 = re.compile(r"(?<![\d.])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?::\d{1,5}|/\d{1,2})?(?!\w)")
_IP6 = re.compile(
    r"(?<![\w:])(?=[:.]{0,2}[0-9A-Fa-f])(?=[0-9A-Fa-f:.]{0,40}::|(?:[0-9A-Fa-f]{1,4}:){7})[0-9A-Fa-f:.]{2,45}"
    r"(?:%\w{1,15})?(?:/\d{1,3})?(?!\w)"
)
_MAC = re.compile(
    r"(?<!\w)(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}(?!\w)|(?<!\w)(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}(?!\w)"
)
# Second-level and country domains; those that are also endings of files are left to the rule for unknown words.
_TLD = (
    "com|org|net|edu|gov|mil|int|info|biz|name|pro|mobi|app|dev|io|ai|co|me|tv|eu|uk|us|ca|au|nz|ie|"
    "za|in|de|at|ch|fr|be|"
    "nl|lu|es|pt|it|gr|se|no|dk|fi|is|ee|lv|lt|cz|sk|hu|ro|bg|hr|si|rs|ua|ru|by|tr|il|ir|ae|sa|eg|ma|"
    "dz|tn|ng|ke|gh|jp|cn|"
    "tw|hk|kr|sg|my|id|th|vn|ph|pk|bd|lk|br|ar|cl|mx|pe|ve|uy|cloud|online|site|shop|store|blog|tech|xyz|local|lan|"
    "internal|corp|home|test|example|invalid|onion|museum|travel|jobs|news|live|space|website|club|top|vip|work"
)
_DOMAIN = re.compile(
    rf"(?<![\w.-])(?:[^\W_](?:[\w-]{{0,61}})\.){{1,6}}(?:{_TLD}|"
    rf"xn--[a-z0-9-]{{2,40}})(?![\w-])(?::\d+)?(?:/[^{_STOP}]{{0,60}})?",
    re.I,
)
_PATH = re.compile(
    rf"(?:[/\\](?:home|users|user|documents and settings|mnt|media|run/user|var/mail)[/\\]|~[/\\]?|"
    rf"[a-z]:[/\\]|\\\\)[^{_STOP},;()]{{1,100}}",
    re.I,
)
_HOST = re.compile(
    r"(?:[a-z][a-z0-9+-]{1,11}://)?(?=[a-z0-9.-]{0,90}[a-z])[a-z0-9][a-z0-9.-]{0,90}\.[a-z]{2,20}(?![a-z0-9.@:-])", re.I
)


def find_addresses(text: str) -> Iterator[Span]:
    if not _MARK.search(text):
        return
    for pattern, category in _PATTERNS:
        for match in pattern.finditer(text):
            yield Span(match.start(), match.end(), category, category)


_PATTERNS = (
    (_URL, "url"),
    (_EMAIL, "email"),
    (_IP4, "ip"),
    (_IP6, "ip"),
    (_MAC, "mac"),
    (_DOMAIN, "domain"),
    (_PATH, "path"),
)


def hosts(text: str) -> Iterator[tuple[int, int]]:
    """Where scheme and host of URLs stand that name neither a user nor a numeric address."""
    for url in _URL.finditer(text):
        host = _HOST.match(url[0])
        if host and "@" not in url[0]:
            yield url.start(), url.start() + host.end()
