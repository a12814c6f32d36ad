"""Logging in and out over HTTP, by those who may and those who guess."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from people_rig import COOKIE, PASSWORD, add, entered, locked
from starlette.exceptions import HTTPException
from web_helpers import PICTURES, Site, problem

from device.passwords import Cost, Hasher
from device.web import credentials
from device.web.logins import Logins

LOGIN = "/api/v1/login"


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Site]:
    with locked(tmp_path / "data") as site:
        add(site, "anna", "administrator")
        yield site


def done(site: Site) -> list[tuple[str, str, int]]:
    """Who did what how often, the oldest first."""
    site.access.audit.close()  # writes what waits
    entries = site.access.audit.page(None, 500)
    return [(one["who"], one["what"], one["times"]) for one in reversed(entries)]


def test_in_and_out(closed: Site) -> None:
    with closed.client() as client:
        answer = client.post(LOGIN, json={"name": " ANNA ", "password": PASSWORD})
        assert answer.json() == {
            "name": "anna", "role": "administrator", "sources": None, "kind": "person",
        }  # fmt: skip
        kept = client.cookies[COOKIE]
        assert client.get(PICTURES).status_code == 200
        out = client.post("/api/v1/logout", headers={"Origin": closed.server.url})
        assert out.json() == {"everywhere": False}
        assert COOKIE not in client.cookies
        problem(client.get(PICTURES, headers={"Cookie": f"{COOKIE}={kept}"}), 401)
    assert done(closed) == [("anna", "login", 1), ("anna", "logout", 1)]


def test_the_cookie(closed: Site) -> None:
    with closed.client() as client:
        answer = client.post(LOGIN, json={"name": "anna", "password": PASSWORD})
        value, *flags = answer.headers["set-cookie"].split("; ")
    assert value.startswith(f"{COOKIE}=")
    assert set(flags) == {"HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=2592000"}
    over_tls = credentials.cookie({"scheme": "https"}, "x", 5)
    assert over_tls.startswith("__Host-tagd_session=x; ")
    assert over_tls.endswith("; Secure")
    assert "Domain" not in over_tls


def test_a_session_that_a_thief_has_planted_is_worth_nothing(closed: Site) -> None:
    planted = closed.access.sessions.begin(closed.access.persons.named("anna").id)
    with closed.client(headers={"Cookie": f"{COOKIE}={planted}"}) as client:
        origin = {"Origin": closed.server.url}
        body = {"name": "anna", "password": PASSWORD}
        fresh = client.post(LOGIN, json=body, headers=origin)
        assert planted not in fresh.headers["set-cookie"]
    assert closed.access.sessions.who(planted) is None


def test_wrong_and_unknown_are_told_alike(closed: Site) -> None:
    add(closed, "bert", "viewer")
    number = closed.access.persons.named("bert").id
    closed.access.persons.change(number, lambda p: replace(p, disabled=True))
    closed.access.persons.add("cleo", "viewer", None)  # invited, without a password
    with closed.client() as client:
        told = {
            problem(client.post(LOGIN, json={"name": name, "password": word}), 401)["detail"]
            for name, word in (("anna", "wrong"), ("bert", PASSWORD), ("cleo", ""), ("nix", "x"))
        }
    assert len(told) == 1


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", "null", '{"name": 1, "password": 2}', '{"name": "anna"}',
     '{"name": "anna", "password": null}', '{"name": {"$gt": ""}, "password": "x"}'],
)  # fmt: skip
def test_bodies_that_are_none(closed: Site, body: str) -> None:
    with closed.client() as client:
        problem(client.post(LOGIN, content=body), 422)
        problem(client.post(LOGIN, content="x" * 5000), 413)


@pytest.mark.parametrize(
    "name", ["' OR 1=1 --", "anna' --", "anna\x00", "../anna", "<script>", "x" * 1000, "\u202eanna"]
)
def test_names_that_are_attacks(closed: Site, name: str) -> None:
    with closed.client() as client:
        problem(client.post(LOGIN, json={"name": name, "password": PASSWORD}), 401)
    assert [one.name for one in closed.access.persons.all()] == ["anna"]
    [(shown, what, _)] = done(closed)
    assert shown.isprintable()
    assert what == "login refused"


def test_who_guesses_has_to_wait_and_the_owner_elsewhere_does_not(closed: Site) -> None:
    with closed.client() as client:
        statuses = [
            client.post(LOGIN, json={"name": "anna", "password": f"guess {n}"}).status_code
            for n in range(9)
        ]
        assert statuses[:5] == [401] * 5
        assert 429 in statuses[5:]
        answer = client.post(LOGIN, json={"name": "anna", "password": PASSWORD})
        assert int(answer.headers["retry-after"]) >= 1
        problem(answer, 429)
    logins = Logins(closed.access)
    for number in range(100):
        with contextlib.suppress(HTTPException):
            assert logins.person("anna", f"guess {number}", "192.0.2.1") is None
    assert logins.person("anna", PASSWORD, "192.0.2.2") is not None


def test_one_machine_has_one_ipv6_network(closed: Site) -> None:
    assert credentials.neighbourhood("2001:db8::1") == credentials.neighbourhood("2001:db8::2")
    assert credentials.neighbourhood("::ffff:192.0.2.1") == "192.0.2.1"
    assert credentials.neighbourhood("fe80::1%eth0") == "fe80::/64"


def test_a_thousand_logins_cost_a_few_hashes(closed: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[int] = []
    verify = closed.access.hasher.verify
    monkeypatch.setattr(
        closed.access.hasher, "verify", lambda *given: (hashed.append(1), verify(*given))[1]
    )
    statuses: list[int] = []

    def hammer() -> None:
        with closed.client() as client:
            for number in range(125):
                body = {"name": f"name {number}", "password": "x"}
                statuses.append(client.post(LOGIN, json=body).status_code)

    threads = [threading.Thread(target=hammer) for _ in range(8)]
    begin = time.monotonic()
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    seconds = time.monotonic() - begin
    assert len(statuses) == 1000
    assert set(statuses) <= {401, 429, 503}
    # Five are free, then one a second, two, four, ...
    assert len(hashed) <= 8 + 3 + seconds
    with closed.client() as client:
        assert client.get("/").status_code == 200


def test_a_new_password(closed: Site) -> None:
    with entered(closed, "anna") as here, entered(closed, "anna") as there:
        change = {"old": "wrong", "new": "another long one"}
        assert problem(here.put("/api/v1/me/password", json=change), 403)
        change["old"] = PASSWORD
        for bad in ("short", "anna", "x" * 1500):
            problem(here.put("/api/v1/me/password", json={**change, "new": bad}), 422)
        assert here.put("/api/v1/me/password", json=change).status_code == 200
        assert here.get(PICTURES).status_code == 200
        problem(there.get(PICTURES), 401)
    with entered(closed, "anna", "another long one"):
        pass


def test_out_everywhere(closed: Site) -> None:
    with entered(closed, "anna") as here, entered(closed, "anna") as there:
        here.post("/api/v1/logout?everywhere=true")
        problem(there.get(PICTURES), 401)


def test_the_first_administrator(tmp_path: Path) -> None:
    with locked(tmp_path / "data") as site, site.client() as client:
        secret = site.access.links.invite(None)
        path = f"/api/v1/invitations/{secret}"
        assert client.get(path).json() == {"name": None, "role": "administrator"}
        problem(client.post(path, json={"name": "Anna", "password": "short"}), 422)
        problem(client.post(path, json={"name": " ", "password": PASSWORD}), 422)
        answer = client.post(path, json={"name": "Anna", "password": PASSWORD})
        assert answer.json()["name"] == "Anna"
        assert client.get("/api/v1/people").json()["people"][0]["role"] == "administrator"
        problem(client.get(path), 404)
        problem(client.post(path, json={"name": "Eve", "password": PASSWORD}), 404)


def test_an_invited_guest_cannot_choose_another_name(closed: Site) -> None:
    with entered(closed, "anna") as anna:
        body = {"name": "Gast", "role": "viewer", "sources": ["garden"]}
        invited = anna.post("/api/v1/people", json=body)
        assert invited.status_code == 201
        link = invited.json()["link"]
        assert invited.json()["person"]["invited"] is True
    with closed.client() as guest:
        answer = guest.post(
            f"/api/v1/invitations/{link.partition('=')[2]}",
            json={"name": "anna", "password": PASSWORD},
        )
        assert answer.json() == {
            "name": "Gast", "role": "viewer", "sources": ["garden"], "kind": "person",
        }  # fmt: skip


def test_an_older_hash_is_renewed_by_a_login(closed: Site) -> None:
    old = Hasher(Cost(n=5, p=1)).hash(PASSWORD)
    number = closed.access.persons.named("anna").id
    closed.access.persons.set_password(number, old)
    with entered(closed, "anna"), entered(closed, "anna"):
        found = closed.access.persons.password("anna")
    assert found is not None
    assert found[1] != old
    assert not closed.access.hasher.is_outdated(found[1])
