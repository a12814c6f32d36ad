"""Key pairs for AWS's clients: made, listed, ended, revoked; by command, API and store."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from aws_rig import Rekognition, Signer, encoded, refused
from daemon_rig import Daemon
from people_rig import Clocks, as_program
from sqlite_utils import Database
from test_people_daemon import tagd
from test_people_store import DAY
from web_helpers import CHEAP, Site, png, problem

from device.errors import PeopleConflict
from device.store.access import Access
from device.store.people_schema import migrations

TOKENS = "/api/v1/tokens"


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def access(tmp_path: Path, clocks: Clocks) -> Iterator[Access]:
    with Access(tmp_path, clocks, CHEAP) as opened:
        yield opened


def test_a_pair_is_found_by_its_id_until_it_ends(access: Access, clocks: Clocks) -> None:
    seen = frozenset({"rekognition"})
    token, secret = access.tokens.add_aws("app", "reviewer", seen, "anna", 60.0)
    assert token.access is not None
    assert re.fullmatch("TAGD[A-Z2-7]{16}", token.access)
    assert re.fullmatch("[A-Za-z0-9_-]{40}", secret)
    pair = access.aws_keys.pair(token.access)
    assert pair is not None
    assert (pair.secret, pair.who.name, pair.who.role) == (secret, "app", "reviewer")
    assert (pair.who.sources, pair.who.token) == (seen, True)
    for other in (token.access.lower(), "", "%", secret):
        assert access.aws_keys.pair(other) is None
    clocks.wall = 0.0  # a clock that steps back makes nothing live longer
    clocks.uptime += 61
    assert access.aws_keys.pair(token.access) is None
    assert [one.access for one in access.tokens.all()] == [token.access]


def test_a_name_is_one_tokens_or_one_pairs(access: Access) -> None:
    access.tokens.add("app", "viewer", None, "anna")
    with pytest.raises(PeopleConflict, match="called App"):
        access.tokens.add_aws("App", "reviewer", None, "anna")
    assert len(access.tokens.all()) == 1


def test_use_is_noted_to_the_minute(access: Access, clocks: Clocks) -> None:
    token, _ = access.tokens.add_aws("app", "reviewer", None, "anna")
    found = access.aws_keys.pair(token.access or "")
    assert found is not None
    assert access.tokens.all()[0].used_at is None
    access.aws_keys.note_used(found)
    first = access.tokens.all()[0].used_at
    assert first is not None
    clocks.pass_(DAY)
    again = access.aws_keys.pair(token.access or "")
    assert again is not None
    assert again.used is not None


def test_a_pair_used_while_it_is_revoked(access: Access) -> None:
    """Whatever comes first: nothing breaks, and in the end nobody gets in."""
    for number in range(20):
        token, _ = access.tokens.add_aws(f"app {number}", "reviewer", None, "anna")
        pair = access.aws_keys.pair(token.access or "")
        assert pair is not None
        revoking = threading.Thread(target=access.tokens.revoke, args=(token.id,))
        revoking.start()
        access.aws_keys.note_used(pair)
        revoking.join()
        assert access.aws_keys.pair(token.access or "") is None


def test_a_database_from_before_takes_pairs(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "people.db")) as old:
        migrations.apply(Database(old), stop_before="m002_aws_keys")
        old.execute(
            "INSERT INTO token (hash, name, key, role, made_ms, made_by)"
            " VALUES (x'00', 'old', 'old', 'viewer', 1, 'anna')"
        )
        old.commit()
    with Access(tmp_path, Clocks(), CHEAP) as access:
        token, _ = access.tokens.add_aws("new", "reviewer", None, "anna")
        assert [(one.name, one.access) for one in access.tokens.all()] == [
            ("new", token.access),
            ("old", None),
        ]


def test_the_file_is_for_the_daemon_alone_and_forgets(access: Access, tmp_path: Path) -> None:
    token, secret = access.tokens.add_aws("app", "reviewer", None, "anna")
    file = tmp_path / "people.db"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert secret.encode() in file.read_bytes()
    access.tokens.revoke(token.id)
    assert secret.encode() not in file.read_bytes()
    assert (token.access or "").encode() not in file.read_bytes()


# -- the API


def test_made_used_and_revoked_over_the_network(site: Site) -> None:
    picture = encoded(png(3))
    with as_program(site, "boss", "administrator") as owner:
        body = {"name": "shop", "kind": "aws", "expires": "30d"}
        answer = owner.post(TOKENS, json=body)
        assert answer.status_code == 201, answer.text
        made, secret = answer.json()["token"], answer.json()["secret"]
        assert (made["kind"], made["role"]) == ("aws", "reviewer")
        signer = Signer(made["access_key_id"], secret)
        with Rekognition(site.server.url, signer) as aws:
            assert aws.call(Image=picture).status_code == 200
            listed = owner.get(TOKENS).text
            assert made["access_key_id"] in listed
            assert secret not in listed
            gone = owner.delete(f"{TOKENS}/{made['id']}")
            assert gone.json()["access_key_id"] == made["access_key_id"]
            refused(aws.call(Image=picture), "UnrecognizedClientException")
        problem(owner.post(TOKENS, json={"name": "x", "kind": "gcp"}), 422)
    with as_program(site, "reader", "reviewer") as other:
        problem(other.post(TOKENS, json=body), 403)


# -- the command


def listed(daemon: Daemon, *options: str) -> str:
    return tagd(daemon, "token", "list", *options).stdout


def test_the_command_beside_the_daemon(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, web={"listen": "127.0.0.1:0", "trust_loopback": False})
    daemon.start()
    daemon.port()
    printed = tagd(daemon, "token", "add", "van", "--aws").stdout
    lines = dict(line.split("=", 1) for line in printed.splitlines())
    assert list(lines) == ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]
    signer = Signer(*lines.values())
    with Rekognition(f"http://127.0.0.1:{daemon.port()}", signer) as aws:
        told = aws.labels(png(200))
        assert [label["Name"] for label in told["Labels"]] == ["Red"]
        found = [json.loads(line) for line in listed(daemon, "--json").splitlines()]
        assert [(one["kind"], one["role"]) for one in found] == [("aws", "reviewer")]
        assert "aws" in listed(daemon)
        assert tagd(daemon, "token", "revoke", "van").returncode == 0
        refused(aws.call(Image=encoded(png(3))), "UnrecognizedClientException")
    assert daemon.stop() == 0, daemon.said()
    assert signer.secret not in daemon.said()
