"""Everybody who is not the volunteer, at the page's door. Each test is named after its row of the threat model."""

import json
import time
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recorder.cli.opened import Opened
from recorder.cli.outlets import ExportOutlets
from recorder.page import door
from recorder.page.door import Keys
from recorder.review.shelf import Shelf
from recorder.review.web.app import calls_of
from tests.recorded import RecordedHome, Story
from tests.review.web.calling import Answer, Caller
from tests.review.web.serving import Served, served

EVIL = "https://evil.example"
ODD_PATHS = (
    "/static/page/../../../../../../etc/passwd",
    "/static/page/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/static/page/..%2f..%2fserver.py",
    "/static/page//etc/passwd",
    "/static/review/../../../vault.json",
    "/s/..%2f..%2fvault.json",
    "/s/%00",
    "/s/" + "a" * 5000,
    "/api/sessions/..%2F..%2Fvault.json/frames",
    "/api/sql",
    "/api/raw",
    "/raw_sql",
    "/docs",
    "/redoc",
)


@pytest.fixture(scope="module")
def module_home(tmp_path_factory: pytest.TempPathFactory) -> RecordedHome:
    from tests.recorded import make_home

    home = make_home(tmp_path_factory.mktemp("doors") / "home")
    home.record(Story(size_px=(320, 200)))
    return home


@pytest.fixture(scope="module")
def site(module_home: RecordedHome) -> Iterator[Served]:
    with served(module_home) as running:
        yield running


@pytest.fixture(scope="module")
def volunteer(site: Served) -> Caller:
    """Let in."""
    return Caller(site.url).let_in()


@pytest.fixture
def stranger(site: Served) -> Caller:
    """Knows everything but the secrets: also the whole address with its used code."""
    return Caller(site.url)


@pytest.fixture(scope="module")
def all_calls(module_home: RecordedHome, volunteer: Caller) -> list[tuple[str, str]]:
    """Method and path of every call and page there is, with something for each parameter."""
    session_id = Shelf(module_home.path, module_home.unlocked).ids()[0]
    shelf = Shelf(module_home.path, module_home.unlocked)
    outlets = ExportOutlets(Opened(module_home.path, module_home.unlocked))
    found = [(call.method, call.path) for call in calls_of(shelf, outlets, lambda: None)]
    assert len(found) > 20
    filled = [
        (method, path.replace("{session_id}", session_id).split("{")[0] + ("1" if "{" in path[1:] else ""))
        for method, path in found
    ]
    pages = ("/", "/leaving", "/storage", "/history", f"/s/{session_id}", "/api/openapi.json")
    return [*filled, *(("GET", path) for path in (*pages, "/static/page/style.css", "/static/review/main.js"))]


def nothing_told(answer: Answer, status: int) -> bool:
    return answer.status == status and answer.body == b"" and "set-cookie" not in answer.headers


def test_b2_it_listens_on_the_loopback_address_alone(site: Served) -> None:
    import subprocess

    port = site.url.split(":")[2].split("/")[0]
    listed = subprocess.run(["ss", "-Hltn"], capture_output=True, text=True, check=True).stdout

    mine = [line.split()[3] for line in listed.splitlines() if line.split()[3].endswith(f":{port}")]
    assert mine == [f"127.0.0.1:{port}"]


def test_b3_without_the_cookie_every_route_is_the_same_empty_401(
    stranger: Caller, all_calls: list[tuple[str, str]]
) -> None:
    for method, path in [*all_calls, ("GET", "/nothing"), ("DELETE", "/"), ("OPTIONS", "/api/sessions"), ("HEAD", "/")]:
        answer = stranger.ask(method, stranger.prefix + path)
        assert nothing_told(answer, 401), (method, path, answer.status)


def test_b4_another_sites_page_gets_nothing_and_no_leave_to_ask(
    volunteer: Caller, all_calls: list[tuple[str, str]]
) -> None:
    for method, path in all_calls:
        for headers in (
            {"origin": EVIL},
            {"origin": "null"},
            {"origin": f"http://{volunteer.host}", "sec_fetch_site": "cross-site"},
            {"sec_fetch_site": "cross-site", "sec_fetch_dest": "image"},
            {"sec_fetch_site": "same-site", "sec_fetch_dest": "document"},
        ):
            answer = volunteer.ask(method, volunteer.prefix + path, None, **headers)
            assert nothing_told(answer, 403), (method, path, headers)
    preflight = volunteer.ask(
        "OPTIONS", f"{volunteer.prefix}/api/cuts", origin=EVIL, access_control_request_method="POST"
    )
    assert preflight.status == 403
    assert not [name for name in preflight.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "host", ["evil.com:{port}", "localhost:{port}", "127.0.0.1", "127.0.0.1:1", "[::1]:{port}", ""]
)
def test_b5_another_name_for_the_host_is_refused_on_every_route(
    volunteer: Caller, all_calls: list[tuple[str, str]], host: str
) -> None:
    name = host.format(port=volunteer.host.split(":")[1])
    for method, path in all_calls:
        assert nothing_told(volunteer.ask(method, volunteer.prefix + path, host=name), 421), (method, path)


def test_b6_a_change_needs_the_header_and_a_get_changes_nothing(
    volunteer: Caller, all_calls: list[tuple[str, str]], module_home: RecordedHome
) -> None:
    def bytes_now() -> dict[str, bytes]:
        return {str(file): file.read_bytes() for file in module_home.path.rglob("*") if file.is_file()}

    before = bytes_now()
    for method, path in all_calls:
        if method == "POST":
            for token in ("", "x" * 43, (volunteer.csrf or "")[:-1]):
                answer = volunteer.ask("POST", volunteer.prefix + path, b"{}", x_recorder_page=token)
                assert nothing_told(answer, 403), path
        else:
            assert volunteer.get(path).status < 500
            assert volunteer.ask("HEAD", volunteer.prefix + path).status < 500
    assert bytes_now() == before


@pytest.mark.parametrize("token", ["", "x", "anonymous", "x" * 43, "x" * 9000, "\u00fc" * 20, "same", "cut"])
def test_b7_any_other_token_is_the_same_401(stranger: Caller, volunteer: Caller, token: str) -> None:
    assert volunteer.cookie is not None
    stranger.cookie = {"same": Keys().cookie, "cut": volunteer.cookie[:-1]}.get(token, token)

    answers = [stranger.get(path) for path in ("/", "/api/sessions", "/nothing")]

    assert all(nothing_told(one, 401) for one in answers)
    assert len({tuple(sorted(one.headers.items())) for one in answers}) == 1


def test_b7_the_code_is_good_once_and_not_for_long(module_home: RecordedHome, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = Keys()
    assert not keys.exchange(keys.code[:-1])
    assert keys.exchange(keys.code)
    assert not keys.exchange(keys.code)

    late = Keys()
    soon = time.monotonic() + door.CODE_LIVES_S + 1
    monkeypatch.setattr(time, "monotonic", lambda: soon)
    assert not late.exchange(late.code)


@pytest.mark.parametrize("path", ODD_PATHS)
def test_b8_no_path_leads_out_of_what_is_offered(volunteer: Caller, path: str) -> None:
    answer = volunteer.get(path)

    assert answer.status in (400, 404, 405)
    assert b"root:" not in answer.body
    assert b"wrapped" not in answer.body


def test_b8_a_link_planted_among_the_sessions_is_no_session(volunteer: Caller, module_home: RecordedHome) -> None:
    planted = module_home.path / "sessions" / "0199c82c-c000-7add-886c-000000000000"
    planted.symlink_to("/etc")
    try:
        assert volunteer.get(f"/s/{planted.name}").status == 404
        assert volunteer.get(f"/api/sessions/{planted.name}/frames").status in (400, 404, 422)
        assert (
            planted.name.encode() not in volunteer.get("/api/sessions").body
            or b"damaged" in volunteer.get("/api/sessions").body
        )
    finally:
        planted.unlink()


@given(st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_b8_whatever_path_is_asked_for_it_is_no_failure_of_ours(volunteer: Caller, text: str) -> None:
    assert volunteer.get("/" + quote(text, safe="/%?#[]@!$&'()*+,;=")).status < 500


def test_b11_no_answer_carries_a_token_and_the_cookie_is_kept_from_scripts(
    module_home: RecordedHome,
) -> None:
    with served(module_home) as running:
        person = Caller(running.url)
        code = running.url.split("code=")[1]
        answer = person.ask("GET", f"{person.prefix}/open?code={code}")

        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert f"path={person.prefix.lower()}/" in cookie
        assert code.encode() not in answer.body
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert nothing_told(person.ask("GET", f"{person.prefix}/open?code={code}"), 401)


def test_b12_every_answer_says_that_it_is_not_to_be_kept(volunteer: Caller, all_calls: list[tuple[str, str]]) -> None:
    for method, path in all_calls:
        if method == "GET":
            answer = volunteer.get(path)
            assert answer.headers["cache-control"] == "no-store", path
            assert answer.headers["content-security-policy"].startswith("default-src 'none'"), path
            assert "unsafe" not in answer.headers["content-security-policy"]
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "server" not in answer.headers


@pytest.mark.parametrize("length", ["5000000", "99999999999999999999", "-1", "many"])
def test_a_body_that_is_too_long_is_not_read(volunteer: Caller, length: str) -> None:
    answer = volunteer.ask(
        "POST", f"{volunteer.prefix}/api/search", None, content_length=length, x_recorder_page=volunteer.csrf or ""
    )

    assert answer.status in (400, 413)


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{", b'{"text": 1}', b"\xff\xfe", b"[" * 100_000, b'{"a":1}'])
def test_a_body_that_makes_no_sense_is_said_to_be_so(volunteer: Caller, body: bytes) -> None:
    answer = volunteer.post("/api/search", body)

    assert answer.status == 400
    assert json.loads(answer.body)["error"] == "that is not what this call takes"


def test_after_it_was_left_alone_nothing_listens(module_home: RecordedHome) -> None:
    with served(module_home, idle_s=0.3) as running:
        person = Caller(running.url)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                person.get("/")
            except OSError:
                return
            time.sleep(0.3)  # strangers who knock do not keep it open
    pytest.fail("it goes on")
