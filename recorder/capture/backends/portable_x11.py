"""Two things that pynput 1.8 gets wrong on X11, put right from outside: when it begins to listen and when it ends.

It says that it is ready before its RECORD context is enabled, and it asks the recording connection itself to stop,
which the server no longer reads: it would go on listening until the next event. Any other connection can ask and tell.
"""

import time
from contextlib import suppress
from threading import Thread
from typing import Any

from recorder.capture.backends.x11 import input_requests as requests
from recorder.capture.backends.x11.input_wire import Wire, WireClosed
from recorder.errors import PlatformError

_PATIENCE_S, _STEP_S = 2.0, 0.005


def await_start(listener: Any) -> None:
    """Return once its context records. Raises: PlatformError when it does not."""
    wire = Wire(None)
    try:
        record, _ = requests.extension(wire, "RECORD")
        deadline_s = time.monotonic() + _PATIENCE_S
        while not wire.call(requests.record_get(record, listener._context))[1]:
            if time.monotonic() > deadline_s:
                raise PlatformError("pynput does not begin to listen")
            time.sleep(_STEP_S)
    finally:
        wire.close()


def end(listener: Any) -> None:
    """Disable its context, so that its thread ends; a display that is gone has ended it already."""
    with suppress(PlatformError, WireClosed):
        wire = Wire(None)
        try:
            record, _ = requests.extension(wire, "RECORD")
            wire.send(requests.record_disable(record, listener._context))  # its thread may have freed it by now
            wire.call(requests.poke())
        finally:
            wire.close()
        Thread.join(listener, _PATIENCE_S)  # not pynput's own: it raises again what ended the listener
