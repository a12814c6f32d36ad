"""Nothing is for everybody: every route, as nobody, with forged keys, as each role."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from people_rig import COOKIE, PASSWORD, add, entered, locked, routes, with_token
from web_helpers import EVENTS, PICTURES, Site, png, problem, running, until

from device.web import guard
from device.who import ROLES

OPEN = {
    ("GET", "/"),
    ("POST", "/api/v1/login"),
    ("POST", "/api/v1/logout"),
    ("GET", "/api/v1/invitations/{secret}"),
    ("POST", "/api/v1/invitations/{secret}"),
    ("GET", "/healthz"),
}


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with locked(tmp_path_factory.mktemp("guard") / "data", cameras=True, pictures=1) as site:
        for role in ROLES:
            add(site, role, role)
        yield site


def test_every_route_names_a_role(closed: Site) -> None:
    found = routes(closed)
    assert len(found) > 60
    assert {route for route, role in found.items() if role is None} <= OPEN


def test_every_route_as_nobody_and_as_each_role(closed: Site) -> None:
    """Who may not is refused before anything is looked at; who may is never refused."""
    with ExitStack() as stack:
        clients = {role: stack.enter_context(entered(closed, role)) for role in ROLES}
        nobody = stack.enter_context(closed.client())
        for (method, path), needed in sorted(routes(closed).items()):
            if needed is None or (method, path) == ("PUT", "/api/v1/me/password"):
                continue
            there = re.sub(r"\{(number|[a-z]+_id)\}", "999999", path).replace("{name}", "none")
            url = there.replace("{secret}", "x").replace("{tag:path}", "none")
            answer = nobody.request(method, url)
            assert answer.status_code == 401, (method, url)
            assert answer.headers["www-authenticate"].startswith("Bearer")
            problem(answer, 401)
            for role, client in clients.items():
                may = ROLES.index(role) >= ROLES.index(needed)
                if may and method != "GET":
                    continue  # it would be done
                status = client.request(method, url).status_code
                assert (status != 403) is may, (method, url, role, status)
                assert status != 401


@pytest.mark.parametrize("path", ["/api/v1/openapi.json", "/nowhere", "/docs", "/api/v1/nothing",
                                  "/static", "/x//", "/api/v1/login/", "/healthz/"])  # fmt: skip
def test_what_is_no_route_is_closed_too(closed: Site, path: str) -> None:
    with closed.client() as nobody:
        assert nobody.get(path).status_code in (401, 405)


@pytest.mark.parametrize("path", ["/", "/static/start.mjs", "/static/style.css"])
def test_the_page_itself_is_open_and_tells_nothing(closed: Site, path: str) -> None:
    with closed.client() as nobody:
        assert nobody.get(path).status_code == 200
        assert nobody.head(path).status_code == 200


def test_no_way_around_by_the_path(closed: Site) -> None:
    with closed.client() as nobody:
        for path in ("/static/../api/v1/pictures", "/static/..%2fapi/v1/pictures",
                     "/static/%2e%2e/%2e%2e/people.db", "/api/v1/invitations/../pictures",
                     "/API/v1/pictures", "/api//v1/pictures", "/;/api/v1/pictures"):  # fmt: skip
            answer = nobody.get(path)
            assert answer.status_code in (401, 404), path
            assert 'pictures":' not in answer.text


FORGED = [
    "", "tagd_", "tagd_" + "x" * 43, "x" * 43, "tagd_' OR 1=1 --", "TAGD_" + "x" * 43,
    "tagd_\u00e9", "null", "tagd_" + "x" * 3000,
]  # fmt: skip


@pytest.mark.parametrize("forged", FORGED)
def test_forged_tokens_and_sessions(closed: Site, forged: str) -> None:
    basic = base64.b64encode(f"{forged}:".encode()).decode()
    sent = forged.encode("latin-1", "replace")
    for headers in (
        {b"Authorization": b"Bearer x" + sent},
        {b"Authorization": b"Bearer " + (sent or b"-")},
        {b"Authorization": b"Basic " + basic.encode()},
        {b"Authorization": sent},
        {b"Cookie": COOKIE.encode() + b"=" + sent},
        {b"Cookie": b"__Host-" + COOKIE.encode() + b"=" + sent},
    ):
        with closed.client() as client:
            assert client.get(PICTURES, headers=headers).status_code == 401


def test_a_wrong_token_is_not_saved_by_a_right_cookie(closed: Site) -> None:
    with entered(closed, "viewer") as client:
        answer = client.get(PICTURES, headers={"Authorization": "Bearer tagd_wrong"})
    assert "revoked" in problem(answer, 401)["detail"]


def test_a_strange_cookie_of_another_does_not_hide_ours(closed: Site) -> None:
    with entered(closed, "viewer") as client:
        secret = client.cookies[COOKIE]
    headers = {"Cookie": f'a="; b=[x]; ;; ={{; {COOKIE}={secret}; c=\\'}
    with closed.client(headers=headers) as other:
        assert other.get(PICTURES).status_code == 200


def test_tokens_by_bearer_and_basic(closed: Site) -> None:
    _, secret = closed.access.tokens.add("program", "viewer", None, "test")
    with with_token(closed, secret) as client:
        assert client.get("/api/v1/me").json() == {
            "name": "program", "role": "viewer", "sources": None, "kind": "token",
        }  # fmt: skip
    with closed.client(auth=(secret, "")) as client:
        assert client.get(PICTURES).status_code == 200
    closed.access.tokens.revoke(closed.access.tokens.named("program").id)
    with with_token(closed, secret) as client:
        problem(client.get(PICTURES), 401)


def test_a_token_needs_no_origin_and_a_session_does(closed: Site) -> None:
    """What a form of another site could send, should a browser say nothing of where it is from."""
    _, secret = closed.access.tokens.add("uploader", "reviewer", None, "test")
    with with_token(closed, secret) as client:
        assert client.post(PICTURES, files={"file": png(7)}).status_code == 201
    with entered(closed, "reviewer") as client:
        del client.headers["Origin"]
        told = problem(client.post(PICTURES, files={"file": png(8)}), 403)
        assert "X-Requested-With" in told["detail"]
        headers = {"X-Requested-With": "page"}
        answer = client.post(PICTURES, files={"file": png(8)}, headers=headers)
        assert answer.status_code == 201
        foreign = {"Origin": "https://evil.example"}
        problem(client.post(PICTURES, files={"file": png(9)}, headers=foreign), 403)


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via",
                                    "X-Forwarded-Proto"])  # fmt: skip
def test_what_a_proxy_passes_on_is_not_this_machine(site: Site, header: str) -> None:
    with site.client() as client:
        assert client.get("/api/v1/me").json()["name"] == "this machine"
        problem(client.get("/api/v1/me", headers={header: "127.0.0.1"}), 401)


def test_loopback_needs_a_login_unless_the_config_says_otherwise(closed: Site) -> None:
    with closed.client() as client:
        problem(client.get("/api/v1/me"), 401)


def test_the_live_stream_ends_with_the_session(
    closed: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guard, "_AGAIN", 0.0)
    accept = {"Accept": "text/event-stream"}
    with (
        entered(closed, "viewer") as client,
        client.stream("GET", EVENTS, headers=accept) as stream,
    ):
        lines = stream.iter_lines()
        assert next(lines) == "retry: 2000"
        closed.access.sessions.end_all(closed.access.persons.named("viewer").id)
        with entered(closed, "administrator") as other:  # something to tell
            other.post(PICTURES, files={"file": png(77)})
        deadline = time.monotonic() + 20
        for _ in lines:
            assert time.monotonic() < deadline


def test_a_database_that_cannot_be_read_keeps_everybody_out(closed: Site) -> None:
    with entered(closed, "viewer") as client:
        file = closed.data / "people.db"
        file.rename(closed.data / "away")
        file.mkdir()
        try:
            problem(client.get(PICTURES), 503)
        finally:
            file.rmdir()
            (closed.data / "away").rename(file)
        assert until(lambda: client.get(PICTURES).status_code == 200)


def test_the_demo_is_open_here_only(tmp_path: Any) -> None:
    with running(tmp_path / "data") as site, site.client() as client:
        assert client.get("/api/v1/people").json() == {"people": []}
        assert client.get("/api/v1/me").json()["kind"] == "machine"


def test_passwords_never_come_back(closed: Site) -> None:
    with closed.client() as client:
        body = {"name": "viewer", "password": [PASSWORD], "extra": PASSWORD}
        answer = client.post("/api/v1/login", json=body)
    assert PASSWORD not in problem(answer, 422)["detail"]
