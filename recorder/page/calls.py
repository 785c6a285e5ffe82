"""What a page's scripts can ask for: one declaration is the route, the check of what comes in, and the description.

`openapi` describes them as OpenAPI 3.1. A call runs in a worker thread, and takes its turn first: two long ones at once
would take twice the memory, and every thread more keeps memory of its own. Pages wait for no call but one that
`changes` what is stored.
"""

import asyncio
import inspect
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from recorder.errors import BusyError, DamagedError, NoConsentError, PlatformError, PolicyError, RecorderError
from recorder.format.memory import give_back

Us = Annotated[int, Meta(ge=0, le=2**53)]  # microseconds since the session's start; a number that JavaScript holds
Number = Annotated[int, Meta(ge=0, le=2**53)]  # a row's number
Px = Annotated[int, Meta(ge=-(2**30), le=2**30)]
Text = Annotated[str, Meta(max_length=1_000_000)]

_PARAMETER = re.compile(r"{(\w+)(?::(\w+))?}")
_STATUS: tuple[tuple[type[RecorderError], int], ...] = (
    (NoConsentError, 403),
    (PolicyError, 403),
    (BusyError, 409),
    (PlatformError, 409),
    (DamagedError, 422),
)
_PATIENCE_S = 5.0
_LONG_S = 0.05  # a call that takes more has read much
_changing = threading.Lock()


class Turn(StrEnum):
    """With which others a call runs."""

    ALONE = "alone"  # one at a time
    QUICK = "quick"  # two at a time, beside the others
    BESIDE = "beside"  # beside all others, for what takes long and has to be asked about meanwhile


class NotThereError(RecorderError):
    """What was asked for is not there (any more)."""


@contextmanager
def while_nothing_changes() -> Iterator[None]:
    """Raises: BusyError when something longer is under way, such as a purge."""
    if not _changing.acquire(timeout=_PATIENCE_S):
        raise _busy()
    try:
        yield
    finally:
        _changing.release()


def _busy() -> BusyError:
    return BusyError("the page is busy with something longer", hint="try again in a moment")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`run` takes the path's parameters by name, and `body` and `query` where these are declared (msgspec Structs); it
    returns what msgspec can write as JSON, or a Response. `changes`: no page is made meanwhile."""

    method: str
    path: str
    does: str
    run: Callable[..., Any]
    body: type[msgspec.Struct] | None = None
    query: type[msgspec.Struct] | None = None
    turn: Turn = Turn.ALONE
    changes: bool = False


def routes(calls: Iterable[Call]) -> list[Route]:
    hands = {Turn.ALONE: _Hands(1, tidy=True), Turn.QUICK: _Hands(2)}
    return [Route(call.path, _endpoint(call, hands.get(call.turn)), methods=[call.method]) for call in calls]


class _Hands:
    """A few threads, always the same ones: each keeps memory of its own. `tidy`: what a long call took is given back
    before the next one."""

    def __init__(self, count: int, *, tidy: bool = False) -> None:
        self._free, self._tidy = asyncio.Semaphore(count), tidy
        self._threads = ThreadPoolExecutor(count)

    async def answer(self, call: Call, given: Mapping[str, Any]) -> Response:
        try:
            await asyncio.wait_for(self._free.acquire(), _PATIENCE_S)
        except TimeoutError:
            return _failed(_busy())
        began = time.monotonic()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, _answer, call, given)
        finally:
            if self._tidy and time.monotonic() - began > _LONG_S:
                self._threads.submit(give_back)
            self._free.release()


def _endpoint(call: Call, hands: _Hands | None) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        try:
            given = _given(call, request, await request.body())
        except (msgspec.ValidationError, msgspec.DecodeError, UnicodeError, RecursionError):
            return error(400, "that is not what this call takes")
        return await (run_in_threadpool(_answer, call, given) if hands is None else hands.answer(call, given))

    return endpoint


def _given(call: Call, request: Request, body: bytes) -> dict[str, Any]:
    given: dict[str, Any] = dict(request.path_params)
    if call.body is not None:
        given["body"] = msgspec.json.decode(body, type=call.body)
    if call.query is not None:
        given["query"] = msgspec.convert(dict(request.query_params), call.query, strict=False)
    return given


def _answer(call: Call, given: Mapping[str, Any]) -> Response:
    try:
        if any(isinstance(value, int) and value > 2**53 for value in given.values()):
            raise NotThereError("there is nothing of that number")
        with while_nothing_changes() if call.changes else nullcontext():
            found = call.run(**given)
    except NotThereError as missing:
        return error(404, missing.message, missing.hint)
    except RecorderError as failure:
        return _failed(failure)
    return found if isinstance(found, Response) else Response(msgspec.json.encode(found), media_type="application/json")


def _failed(failure: RecorderError) -> Response:
    status = next((number for kind, number in _STATUS if isinstance(failure, kind)), 400)
    return error(status, failure.message, failure.hint)


def error(status: int, message: str, hint: str | None = None) -> Response:
    return Response(msgspec.json.encode({"error": message, "hint": hint}), status, media_type="application/json")


def openapi(calls: Sequence[Call], title: str, version: str) -> dict[str, Any]:
    """OpenAPI 3.1.0 (spec.openapis.org/oas/v3.1.0)."""
    structs = [kind for call in calls for kind in (call.body, call.query) if kind is not None]
    _, components = msgspec.json.schema_components(structs, ref_template="#/components/schemas/{name}")
    paths: dict[str, Any] = {}
    for call in calls:
        paths.setdefault(_PARAMETER.sub(r"{\1}", call.path), {})[call.method.lower()] = _operation(call, components)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "paths": paths,
        "components": {"schemas": components},
    }


def _operation(call: Call, components: Mapping[str, Any]) -> dict[str, Any]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "integer" if kind == "int" else "string"}}
        for name, kind in _PARAMETER.findall(call.path)
    ]
    if call.query is not None:
        schema = components[call.query.__name__]
        parameters += [
            {"name": name, "in": "query", "required": name in schema.get("required", ()), "schema": of}
            for name, of in schema["properties"].items()
        ]
    codes = {"200": "done", "400": "not understood", "401": "not let in", "403": "refused", "404": "not there"}
    codes |= {"409": "not now", "413": "too long", "422": "damaged"}
    operation: dict[str, Any] = {
        "summary": call.does,
        "operationId": f"{inspect.getmodule(call.run).__name__.split('.')[-1]}_{call.run.__name__}"  # type: ignore[union-attr]
        if hasattr(call.run, "__name__")
        else call.path,
        "parameters": parameters,
        "responses": {code: {"description": does} for code, does in codes.items()},
    }
    if call.body is not None:
        content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{call.body.__name__}"}}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation
