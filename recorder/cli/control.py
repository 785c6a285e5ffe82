"""`recorder pause`, `resume`, `stop`, `status`: act on the running recorder of the same person."""

import time
from typing import Any

import click

from recorder.cli import output
from recorder.control import Request, ask, is_listening
from recorder.errors import PlatformError, UsageError
from recorder.store.home import recorder_home

STOP_TIMEOUT_S = 35.0


@click.command(epilog="Example:  recorder pause")
def pause() -> None:
    """Stop listening at once; nothing from now on is stored. The hotkey and a click on the badge do the same."""
    _tell(Request.PAUSE)
    output.answer("paused; go on with: recorder resume")


@click.command(epilog="Example:  recorder resume")
def resume() -> None:
    """Go on after a pause."""
    _tell(Request.RESUME)
    output.answer("recording again")


@click.command(epilog="Example:  recorder stop")
def stop() -> None:
    """Stop the running recorder; returns once what it recorded is sealed."""
    home = recorder_home()
    session = _tell(Request.STOP).get("session", "")
    until = time.monotonic() + STOP_TIMEOUT_S
    while is_listening(home):  # closed as the recorder's last act
        if time.monotonic() > until:
            raise PlatformError("the recorder has not stopped yet", hint="look at its terminal")
        time.sleep(0.02)
    output.answer(f"stopped: {session}")


@click.command(epilog="Example:  recorder status --json")
@click.option("--json", "as_json", is_flag=True, help="One JSON value.")
def status(as_json: bool) -> None:
    """Say what the running recorder is doing: counts and states, never content."""
    now = _present()
    if as_json:
        output.answer_json(now)
    elif now["state"] == "stopped":
        output.answer("not recording")
    else:
        output.answer(
            f"{now['state']} for {now['duration_s']:.0f} s: {now['events']} events, {now['frames']} pictures, "
            f"{now['withheld']} withheld, {output.size(now['bytes'])}; session {now['session']}"
        )


def _tell(request: Request) -> dict[str, Any]:
    """Raises: as `ask`; PlatformError in the recorder's own words when it could not do it."""
    answer = ask(recorder_home(), request)
    if not answer.get("ok"):
        raise PlatformError(str(answer.get("error", "the recorder could not do it")), hint="recorder status")
    return answer


def _present() -> dict[str, Any]:
    try:
        now = ask(recorder_home(), Request.STATUS)
    except UsageError:  # nobody listens: not an error when asking how things stand
        return {"state": "stopped", "session": None}
    now.pop("ok", None)
    return now
