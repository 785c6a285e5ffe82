"""One listener on the loopback address while a page is open, and none before or after. Nothing can bind it wider."""

import asyncio
import gc
import logging
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import uvicorn
from starlette.types import ASGIApp

from recorder.errors import PlatformError
from recorder.page.door import Door, Keys

LOOPBACK = "127.0.0.1"
IDLE_S = 900.0
_LOOK_EVERY_S = 0.5
MakeApp = Callable[[Keys], ASGIApp]


@dataclass(slots=True)
class Life:
    """When the page ends: nobody came while the code was good, nobody asked for `idle_s`, or `close` was called."""

    idle_s: float = IDLE_S
    closing: bool = False
    last_heard: float = field(default_factory=time.monotonic)

    def heard(self) -> None:
        self.last_heard = time.monotonic()

    def close(self) -> None:
        self.closing = True

    def is_over(self) -> bool:
        return self.closing or time.monotonic() - self.last_heard > self.idle_s


def serve(app: MakeApp, opened: Callable[[str], None], life: Life) -> None:
    """Serve until the page's life is over or Ctrl+C. `app` makes the application; `opened` is told the one-time URL as
    soon as connections are taken.

    Raises: PlatformError when no port can be had; KeyboardInterrupt.
    """
    gc.freeze()  # what is loaded by now stays: looking through it again and again takes a tenth of a long call
    keys = Keys()
    with _listener() as listener:
        host = f"{LOOPBACK}:{listener.getsockname()[1]}"
        _keep_quiet()
        config = uvicorn.Config(
            Door(app(keys), keys, host, life.heard),
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            lifespan="off",
            ws="none",
            proxy_headers=False,
            timeout_graceful_shutdown=1,
        )
        asyncio.run(_run(uvicorn.Server(config), listener, life, lambda: opened(_url(host, keys))))


def _url(host: str, keys: Keys) -> str:
    return f"http://{host}{keys.prefix}/open?code={keys.code}"


def _listener() -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.bind((LOOPBACK, 0))
        listener.listen(64)
    except OSError:
        listener.close()
        raise PlatformError("no port on the loopback address can be had", hint="recorder doctor") from None
    return listener


async def _run(server: uvicorn.Server, listener: socket.socket, life: Life, opened: Callable[[], None]) -> None:
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not (server.started or serving.done()):
        await asyncio.sleep(0.01)
    if server.started:
        opened()
    while not serving.done():
        server.should_exit = server.should_exit or life.is_over()
        await asyncio.wait([serving], timeout=_LOOK_EVERY_S)
    await serving


def _keep_quiet() -> None:
    """A server's log would hold addresses, and with a traceback what was captured."""
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [logging.NullHandler()], False
