"""Every call of the page with odd input made from its description: no failure of ours, nothing to strangers."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.recorded import RecordedHome, Story, make_home
from tests.review.web.calling import Caller
from tests.review.web.serving import Served, served

SOAK = os.environ.get("RECORDER_SOAK") == "1"
# Ends the page, or writes where the test's own user may write.
LEFT_OUT = {"/api/close"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> RecordedHome:
    return make_home(tmp_path_factory.mktemp("schema") / "home")


@pytest.fixture(scope="module")
def session_id(home: RecordedHome) -> str:
    return home.record(Story(titles=("notes", "start page"), size_px=(320, 200)))


@pytest.fixture(scope="module")
def site(home: RecordedHome, session_id: str) -> Iterator[Served]:
    with served(home, idle_s=900) as running:
        yield running


@pytest.fixture(scope="module")
def volunteer(site: Served) -> Caller:
    return Caller(site.url).let_in()


@pytest.fixture(scope="module")
def described(volunteer: Caller) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(volunteer.get("/api/openapi.json").body)
    return found


def test_the_description_is_one(described: dict[str, Any]) -> None:
    schema = schemathesis.openapi.from_dict(described)

    assert len(list(schema.get_all_operations())) > 25


@pytest.mark.timeout(900)
def test_no_input_is_a_failure_of_ours_and_no_stranger_gets_an_answer(
    site: Served, volunteer: Caller, described: dict[str, Any], session_id: str
) -> None:
    schema = schemathesis.openapi.from_dict(described)
    stranger = Caller(site.url)
    asked: dict[str, int] = {}
    for result in schema.get_all_operations():
        operation = result.ok()  # type: ignore[union-attr]
        if operation.path in LEFT_OUT:
            continue
        _try(operation, volunteer, stranger, session_id, asked)
    assert min(asked.values()) > 0
    assert len(asked) > 25


def _try(operation: Any, volunteer: Caller, stranger: Caller, session_id: str, asked: dict[str, int]) -> None:
    name = f"{operation.method.upper()} {operation.path}"

    @given(data=st.data())
    @settings(
        max_examples=60 if SOAK else 8,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    def tried(data: st.DataObject) -> None:
        mode = data.draw(st.sampled_from(list(schemathesis.GenerationMode)))
        case = data.draw(operation.as_strategy(generation_mode=mode))
        if "session_id" in (case.path_parameters or {}) and data.draw(st.booleans()):
            case.path_parameters["session_id"] = session_id
        sent = case.as_transport_kwargs(base_url=f"http://{volunteer.host}{volunteer.prefix}")
        target, body = _target(sent), _body(sent)
        answer = volunteer.ask(sent["method"], target, body, x_recorder_page=volunteer.csrf or "")
        assert answer.status < 500, (name, target[:200], (body or b"")[:300], answer.body[:200])
        if answer.status != 401:  # an odd path may lead out of the page
            refused = stranger.ask(sent["method"], target, body, x_recorder_page=volunteer.csrf or "")
            assert refused.status in (401, 413), (name, refused.status)
            assert refused.body == b""
        asked[name] = asked.get(name, 0) + 1

    tried()


def _target(sent: dict[str, Any]) -> str:
    """As a client would send it: path and query, quoted."""
    import requests

    prepared = requests.Request(sent["method"], sent["url"], params=sent.get("params")).prepare()
    return prepared.path_url


def _body(sent: dict[str, Any]) -> bytes | None:
    if sent.get("json") is not None or "json" in sent:
        return json.dumps(sent["json"]).encode("utf-8", "surrogatepass")
    data = sent.get("data")
    if data is None:
        return b"" if sent["method"].upper() == "POST" else None
    return data if isinstance(data, bytes) else str(data).encode("utf-8", "surrogatepass")
