"""Which calls of a page run beside which, and what a page waits for."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from recorder.errors import BusyError
from recorder.page import calls
from recorder.page.calls import Call, Turn, routes, while_nothing_changes

WITHIN_S = 10


class Work:
    """A call that goes on until it is let go; how many are in it, at most."""

    def __init__(self) -> None:
        self.go, self.begun = threading.Event(), threading.Semaphore(0)
        self._lock, self._now, self.most = threading.Lock(), 0, 0

    def __call__(self) -> dict[str, str]:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        self.begun.release()
        self.go.wait(WITHIN_S)
        with self._lock:
            self._now -= 1
        return {}

    def wait_until_begun(self) -> None:
        assert self.begun.acquire(timeout=WITHIN_S)


@pytest.fixture
def several() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as threads:
        yield threads


def page_with(work: Callable[[], object], turn: Turn, *, changes: bool = False) -> Starlette:
    quick = Call(method="GET", path="/now", does="At once.", run=lambda: {"now": True}, turn=Turn.BESIDE)
    call = Call(method="POST", path="/work", does="Work.", run=work, turn=turn, changes=changes)
    return Starlette(routes=routes([call, quick]))


@pytest.mark.parametrize(("turn", "most"), [(Turn.ALONE, 1), (Turn.QUICK, 2), (Turn.BESIDE, 4)])
def test_as_many_run_at_once_as_their_turn_says(several: ThreadPoolExecutor, turn: Turn, most: int) -> None:
    work = Work()
    with TestClient(page_with(work, turn)) as client:
        asked = [several.submit(client.post, "/work") for _ in range(4)]
        for _ in range(most):
            work.wait_until_begun()
        assert client.get("/now").json() == {"now": True}
        work.go.set()

        assert [one.result(WITHIN_S).status_code for one in asked] == [200] * 4
    assert work.most == most


def test_who_waits_too_long_is_told_that_the_page_is_busy(
    several: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "_PATIENCE_S", 0.1)
    work = Work()
    with TestClient(page_with(work, Turn.ALONE)) as client:
        first: Future[object] = several.submit(client.post, "/work")
        work.wait_until_begun()

        refused = client.post("/work")
        work.go.set()
        first.result(WITHIN_S)

        assert refused.status_code == 409
        assert "busy" in refused.json()["error"]
        assert client.post("/work").status_code == 200


@pytest.mark.parametrize("changes", [False, True])
def test_a_page_waits_for_what_changes_something_and_for_nothing_else(
    several: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch, changes: bool
) -> None:
    monkeypatch.setattr(calls, "_PATIENCE_S", 0.1)
    work = Work()
    with TestClient(page_with(work, Turn.ALONE, changes=changes)) as client:
        first = several.submit(client.post, "/work")
        work.wait_until_begun()

        began = time.monotonic()
        waited = False
        try:
            with while_nothing_changes():
                pass
        except BusyError:
            waited = True
        took_s = time.monotonic() - began
        work.go.set()

        assert first.result(WITHIN_S).status_code == 200
    assert waited == changes
    assert changes == (took_s >= 0.1)
    with while_nothing_changes():
        pass


def test_what_a_long_call_took_is_given_back_before_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    monkeypatch.setattr(calls, "_LONG_S", 0.0)
    monkeypatch.setattr(calls, "give_back", lambda: order.append("given back"))
    with TestClient(page_with(lambda: order.append("worked"), Turn.ALONE)) as client:
        client.post("/work")
        client.post("/work")

    assert order[:3] == ["worked", "given back", "worked"]
