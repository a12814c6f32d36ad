"""Who wants more than they may: a viewer, another site's page, whoever guesses, or is slow."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from people_rig import add, entered, locked, with_token
from web_helpers import PICTURES, Site, problem, read_head, request, until

from device.web.connection import Connection


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Site]:
    with locked(tmp_path / "data") as site:
        add(site, "owner", "administrator")
        add(site, "viewer", "viewer")
        yield site


@pytest.mark.parametrize("path", ["sources/test", "mqtt/test", "retention/preview", "config/check",
                                  "erase", "import", "people", "tokens", "reviews"])  # fmt: skip
def test_a_viewer_is_refused_before_anything_is_received(house: Site, path: str) -> None:
    """Else whoever may look could fill the memory of the device."""
    with entered(house, "viewer") as client, house.connect() as connection:
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        head = request(f"/api/v1/{path}", f"Cookie: {cookie}", "X-Requested-With: x",
                       "Content-Type: application/json", "Content-Length: 4000000000",
                       method="POST")  # fmt: skip
        connection.sendall(head + b'{"url": "')
        assert read_head(connection)[0] == 403


def test_a_backup_taken_away_is_noted(house: Site) -> None:
    """It is everything but the pictures."""
    with entered(house, "owner") as owner:
        made = owner.post("/api/v1/backups").json()
        assert owner.get(f"/api/v1/backups/{made['name']}").status_code == 200

        def noted() -> list[str]:
            entries = owner.get("/api/v1/audit", params={"what": "backup taken"}).json()["entries"]
            return [one["about"] for one in entries]

        assert until(lambda: noted() == [made["name"]], 20)


def test_another_sites_page_is_not_this_machine(site: Site) -> None:
    """A browser here sends its requests from here, whoever's page has them sent."""
    for said, status in (("cross-site", 401), ("same-site", 401), ("none", 200),
                         ("same-origin", 200)):  # fmt: skip
        with site.client(headers={"Sec-Fetch-Site": said}) as client:
            assert client.get(PICTURES).status_code == status
            assert client.get("/").status_code == 200


def test_logging_out_takes_the_pictures_out_of_the_browser(house: Site) -> None:
    with entered(house, "viewer") as client:
        answer = client.post("/api/v1/logout")
    assert answer.headers["clear-site-data"] == '"cache"'


def test_a_viewer_is_not_told_of_files(house: Site) -> None:
    book = house.services.lexicon.book
    book.problem = f"{book.path}:1: there is no such key"
    with entered(house, "viewer") as viewer, entered(house, "owner") as owner:
        assert str(book.path) not in viewer.get("/api/v1/vocabulary").text
        assert viewer.get("/api/v1/vocabulary").json()["problem"]
        assert owner.get("/api/v1/vocabulary").json()["problem"] == book.problem


def test_slow_logins_keep_nobody_out(house: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is being answered as long as its body is to come, and needs no right at all."""
    monkeypatch.setattr(Connection, "most", 20)
    head = request("/api/v1/login", "Content-Type: application/json", "Content-Length: 4000",
                   method="POST")  # fmt: skip
    with ExitStack() as stack, entered(house, "viewer") as client:
        client.get(PICTURES)
        for _ in range(40):
            stack.enter_context(house.connect()).sendall(head + b"{")
        for _ in range(5):
            with house.client(cookies=client.cookies) as fresh:
                assert fresh.get(PICTURES).status_code == 200
        assert house.server.connections <= 20 + 1


def test_a_thousand_logins_at_once(house: Site) -> None:
    """They cost no more than a few hashes; whoever is in notices little."""
    statuses: list[int] = []

    def guess() -> None:
        with house.client() as client:
            for number in range(125):
                body = {"name": f"somebody{number}", "password": "wrong wrong"}
                statuses.append(client.post("/api/v1/login", json=body).status_code)

    guessing = [threading.Thread(target=guess) for _ in range(8)]
    with entered(house, "owner") as owner:
        for thread in guessing:
            thread.start()
        while any(thread.is_alive() for thread in guessing):
            assert owner.get(PICTURES).status_code == 200
        for thread in guessing:
            thread.join()
    assert len(statuses) == 1000
    assert set(statuses) <= {401, 429, 503}
    assert statuses.count(401) <= 10


def test_a_session_planted_before_the_login_is_worth_nothing(house: Site) -> None:
    with house.client(headers={"Origin": house.server.url}) as client:
        client.cookies.set("tagd_session", "planted", domain="127.0.0.1")
        body = {"name": "viewer", "password": "correct horse battery"}
        assert client.post("/api/v1/login", json=body).status_code == 200
    with house.client(headers={"Cookie": "tagd_session=planted"}) as thief:
        problem(thief.get(PICTURES), 401)


def test_no_secret_in_an_address_lets_anybody_in(house: Site) -> None:
    with entered(house, "owner") as owner:
        body = {"name": "program", "role": "viewer"}
        secret = owner.post("/api/v1/tokens", json=body).json()["secret"]
    for query in (f"token={secret}", f"access_token={secret}", f"Authorization=Bearer {secret}"):
        with house.client() as client:
            problem(client.get(f"{PICTURES}?{query}"), 401)
    with locked(house.data.parent / "other") as other, with_token(other, secret) as client:
        problem(client.get(PICTURES), 401)  # of another device
