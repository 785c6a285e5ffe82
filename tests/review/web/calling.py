"""Asking the page's server without a browser: every header is the caller's own."""

import http.client
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.review.web.serving import Served

COOKIE = re.compile(r"recorder_page=([^;]+)")
CSRF = re.compile(r'data-csrf="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers`: lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Caller:
    """Somebody who asks. `cookie` and `csrf` are theirs once they are let in."""

    url: str
    cookie: str | None = None
    csrf: str | None = None
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def prefix(self) -> str:
        return urlsplit(self.url).path.removesuffix("/open")

    def let_in(self) -> "Caller":
        """Exchange the one-time code, as a browser does."""
        parts = urlsplit(self.url)
        answer = self.ask("GET", f"{parts.path}?{parts.query}")
        assert answer.status == 200
        found = COOKIE.search(answer.headers["set-cookie"])
        assert found is not None
        self.cookie = found[1]
        page = CSRF.search(self.get("/").body.decode())
        assert page is not None
        self.csrf = page[1]
        return self

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", self.prefix + path, None, **headers)

    def post(self, path: str, body: bytes = b"{}", **headers: str) -> Answer:
        """With the header that a change needs, if this caller has it."""
        mine = {} if self.csrf is None else {"x-recorder-page": self.csrf}
        return self.ask("POST", self.prefix + path, body, **(mine | headers))

    def ask(self, method: str, target: str, body: bytes | None = None, **headers: str) -> Answer:
        """`headers`: an underscore stands for a hyphen. `target` is sent as it is."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookie is not None:
            given.setdefault("cookie", f"recorder_page={self.cookie}")
        connection = http.client.HTTPConnection(self.host, timeout=10)
        try:
            connection.putrequest(method, target, skip_host="host" in given, skip_accept_encoding=True)
            if body is not None:
                given.setdefault("content-length", str(len(body)))
            for name, value in given.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, found, response.read())
        finally:
            connection.close()


def caller(site: Served) -> Caller:
    return Caller(site.url)
