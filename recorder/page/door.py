"""What stands before every request: who may ask, from where, and what every answer carries.

The order is fixed: the name of the host (a rebound DNS name ends here), where the request comes from, who asks, and for
everything that changes something a header that no other site's page can set. Whoever is not let in gets the same answer
whatever they asked for. Sources: Fetch Metadata (W3C), RFC 9110 sections 7.2 and 15.5.20, RFC 6265bis, CSP level 3.
"""

import hmac
import html
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.requests import cookie_parser
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "recorder_page"
CSRF_HEADER = "x-recorder-page"
CODE_LIVES_S = 300.0
BODY_LIMIT_BYTES = 4 * 1024 * 1024
_STEP = '<!doctype html><html lang="en"><title>recorder</title>'
SAFE = frozenset({"GET", "HEAD"})
EVERY_ANSWER = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), clipboard-read=()",
}


def _token() -> str:
    return secrets.token_urlsafe(32)


@dataclass(slots=True)
class Keys:
    """The secrets of one page's life; none of them is ever on a disk. `prefix`: the folder of every address, to which
    the cookie is bound, because a browser sends cookies to every port of a host. `landing`: the page below it to which
    the one-time address leads."""

    landing: str = ""
    prefix: str = field(default_factory=lambda: "/" + secrets.token_urlsafe(16))
    code: str = field(default_factory=_token)
    cookie: str = field(default_factory=_token)
    csrf: str = field(default_factory=_token)
    code_until: float = field(default_factory=lambda: time.monotonic() + CODE_LIVES_S)
    used: bool = False

    def exchange(self, code: str) -> bool:
        """Whether this is the code, in time and for the first time."""
        fits = _same(code, self.code) and not self.used and time.monotonic() < self.code_until
        self.used = self.used or fits
        return fits


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "surrogateescape"), other.encode())


class Door:
    """ASGI, around the page's own application. `heard` is called for each request of the person who was let in."""

    def __init__(self, app: ASGIApp, keys: Keys, host: str, heard: Callable[[], None]) -> None:
        self._app, self._keys, self._host, self._heard = app, keys, host, heard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # no web sockets
            await send({"type": "websocket.close", "code": 1008})
            return
        answer = _Answer(send)
        headers = Headers(scope=scope)
        try:
            refusal = self._refusal(scope, headers)
            if refusal is not None:
                await refusal(scope, receive, answer.send)
                return
            self._heard()
            await self._app(scope, _limited(receive), answer.send)
        except _TooLong:
            await answer.instead(Response(status_code=413), scope, receive)
        except Exception as failure:  # noqa: BLE001 - its message may carry what was captured: the server must not print it
            await answer.instead(_failed(failure), scope, receive)

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        opening = scope["path"] == f"{self._keys.prefix}/open" and scope["method"] == "GET"
        if headers.getlist("host") != [self._host]:
            return Response(status_code=421)
        if not self._own_origin(headers, opening=opening):
            return Response(status_code=403)
        if opening:
            return self._opened(scope)
        if not self._knows(headers) or not _inside(scope["path"], self._keys.prefix):
            return Response(status_code=401)
        if scope["method"] not in SAFE and not _same(headers.get(CSRF_HEADER, ""), self._keys.csrf):
            return Response(status_code=403)
        return Response(status_code=413) if _too_long(headers) else None

    def _own_origin(self, headers: Headers, *, opening: bool) -> bool:
        if any(origin != f"http://{self._host}" for origin in headers.getlist("origin")):
            return False
        site = headers.get("sec-fetch-site", "none")
        # The first visit may come from a terminal or from the file that the browser was given.
        return site in ("none", "same-origin") or (opening and headers.get("sec-fetch-dest") == "document")

    def _opened(self, scope: Scope) -> Response:
        code = QueryParams(scope["query_string"]).get("code", "")
        if not self._keys.exchange(code):
            return Response(status_code=401)
        # Not a redirect: a strict cookie isn't sent on one that another program began.
        here = f"{self._keys.prefix}/"
        there = html.escape(here + self._keys.landing)
        answer = HTMLResponse(f'{_STEP}<meta http-equiv="refresh" content="0; url={there}">')
        answer.set_cookie(COOKIE, self._keys.cookie, path=here, httponly=True, samesite="strict")
        return answer

    def _knows(self, headers: Headers) -> bool:
        return any(
            _same(cookie_parser(value).get(COOKIE, ""), self._keys.cookie) for value in headers.getlist("cookie")
        )


def _inside(path: str, prefix: str) -> bool:
    return _same(path[: len(prefix)], prefix) and path[len(prefix) : len(prefix) + 1] == "/"


def _too_long(headers: Headers) -> bool:
    told = headers.get("content-length", "0")
    return not told.isdecimal() or int(told[:12]) > BODY_LIMIT_BYTES or len(told) > 12


def _failed(failure: Exception) -> Response:
    return Response(f'{{"error":"internal error: {type(failure).__name__}"}}', 500, media_type="application/json")


class _TooLong(Exception):
    """More body than the limit came."""


def _limited(receive: Receive) -> Receive:
    came = 0

    async def counted() -> Message:
        nonlocal came
        message = await receive()
        came += len(message.get("body", b""))
        if came > BODY_LIMIT_BYTES:
            raise _TooLong
        return message

    return counted


class _Answer:
    """Puts the headers on every answer; knows whether one was begun."""

    def __init__(self, send: Send) -> None:
        self._send, self._begun = send, False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._begun = True
            headers = MutableHeaders(scope=message)
            for name, value in EVERY_ANSWER.items():
                headers[name] = value
        await self._send(message)

    async def instead(self, response: Response, scope: Scope, receive: Receive) -> None:
        if not self._begun:
            await response(scope, receive, self.send)
