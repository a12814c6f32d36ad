"""`people.db`: persons, links and tokens on a real file, through damage and other processes."""

from __future__ import annotations

import contextlib
import sqlite3
import stat
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from people_rig import Clocks
from web_helpers import CHEAP

from device.errors import PeopleConflict, StoreDamaged, StoreNewer, UnknownPerson
from device.store.access import Access

DAY = 86400.0
YEAR = 365 * DAY


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def access(tmp_path: Path, clocks: Clocks) -> Iterator[Access]:
    with Access(tmp_path, clocks, CHEAP) as opened:
        yield opened


def person(access: Access, name: str = "anna", role: str = "viewer") -> int:
    return access.persons.add(name, role, None, CHEAP.hash("x")).id  # type: ignore[arg-type]


# -- links and tokens


def test_a_link_works_once_and_not_for_ever(access: Access, clocks: Clocks) -> None:
    number = access.persons.add("anna", "viewer", None).id
    secret = access.links.invite(number)
    assert access.links.invitation(secret).name == "anna"
    access.links.accept(secret, "anna", "hash")
    with pytest.raises(UnknownPerson, match="used up"):
        access.links.accept(secret, "anna", "other")
    old = access.links.invite(number)
    newer = access.links.invite(number)
    with pytest.raises(UnknownPerson):
        access.links.invitation(old)
    clocks.pass_(DAY + 1)
    with pytest.raises(UnknownPerson):
        access.links.invitation(newer)


def test_two_who_follow_the_first_link_at_once(access: Access) -> None:
    secret = access.links.invite(None)
    outcomes: list[str] = []
    started = threading.Barrier(2)

    def follow(name: str) -> None:
        started.wait()
        try:
            access.links.accept(secret, name, "hash")
            outcomes.append(name)
        except UnknownPerson:
            outcomes.append("")

    threads = [threading.Thread(target=follow, args=(name,)) for name in ("anna", "eve")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert outcomes.count("") == 1
    assert len(access.persons.all()) == 1


def test_the_first_link_is_nothing_once_there_is_an_administrator(access: Access) -> None:
    secret = access.links.invite(None)
    person(access, role="administrator")
    with pytest.raises(UnknownPerson):
        access.links.accept(secret, "eve", "hash")


def test_a_token_ends_by_the_age_of_the_device(access: Access, clocks: Clocks) -> None:
    _, secret = access.tokens.add("ha", "viewer", None, "anna", 60.0)
    _, endless = access.tokens.add("nr", "reviewer", frozenset({"garden"}), "anna")
    assert clocks.wall is not None
    clocks.wall -= YEAR
    assert access.tokens.who(secret) is not None
    clocks.pass_(61)
    assert access.tokens.who(secret) is None
    who = access.tokens.who(endless)
    assert who is not None
    assert (who.token, who.sources) == (True, frozenset({"garden"}))
    access.tokens.revoke(access.tokens.named("NR").id)
    assert access.tokens.who(endless) is None


def test_that_a_token_is_used_is_noted_once_a_minute(access: Access, clocks: Clocks) -> None:
    _, secret = access.tokens.add("ha", "viewer", None, "anna")
    assert access.tokens.all()[0].used_at is None

    def written() -> float:
        with access._db.read() as db:
            return float(db.execute("SELECT used FROM token").fetchone()[0])

    access.tokens.who(secret)
    first = written()
    clocks.pass_(59)
    access.tokens.who(secret)
    assert written() == first
    clocks.pass_(2)
    access.tokens.who(secret)
    assert written() > first


def test_names_are_taken_once(access: Access) -> None:
    person(access, "Anna")
    with pytest.raises(PeopleConflict):
        person(access, "ＡＮＮＡ")
    access.tokens.add("ha", "viewer", None, "anna")
    with pytest.raises(PeopleConflict):
        access.tokens.add("HA", "viewer", None, "anna")


def test_the_last_administrator_stays(access: Access) -> None:
    number = person(access, role="administrator")
    for edit in (lambda p: replace(p, role="viewer"), lambda p: replace(p, disabled=True)):
        with pytest.raises(PeopleConflict, match="last administrator"):
            access.persons.change(number, edit)
    with pytest.raises(PeopleConflict):
        access.persons.remove(number)
    assert access.persons.one(number).role == "administrator"
    person(access, "bert", "administrator")
    access.persons.remove(number)


# -- the file


def test_nobody_else_may_read_it_and_nothing_secret_is_in_it(
    tmp_path: Path, access: Access
) -> None:
    number = person(access)
    secrets = [
        access.sessions.begin(number),
        access.links.invite(number),
        access.tokens.add("ha", "viewer", None, "anna")[1],
    ]
    file = tmp_path / "people.db"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    content = file.read_bytes()
    assert not [one for one in secrets if one.encode() in content]
    file.chmod(0o644)
    Access(tmp_path).close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("damage", ["head", "middle", "cut"])
def test_a_damaged_file_keeps_everybody_out(tmp_path: Path, damage: str) -> None:
    with Access(tmp_path, hasher=CHEAP) as access:
        for number in range(200):
            person(access, f"person {number}", "administrator")
        secret = access.sessions.begin(1)
    file = tmp_path / "people.db"
    content = file.read_bytes()
    spoilt = {
        "head": b"\0" * 100 + content[100:],
        "middle": content[:8192] + b"\xff" * 8192 + content[16384:],
        "cut": content[: len(content) // 2],
    }[damage]
    file.write_bytes(spoilt)
    with Access(tmp_path, hasher=CHEAP) as access:
        assert access.sessions.who(secret) is None
        assert access.persons.all() == []
        [problem] = access.look()[1]
        assert "tagd user add" in problem
        assert (tmp_path / "quarantine/1/people.db").read_bytes() == spoilt
        person(access, role="administrator")
        assert access.look()[1] == []


def test_damage_while_it_is_open(tmp_path: Path, access: Access) -> None:
    number = person(access, role="administrator")
    secret = access.sessions.begin(number)
    (tmp_path / "people.db").write_bytes(b"no database at all" * 1000)
    for _ in range(3):
        with contextlib.suppress(StoreDamaged):  # whoever meets it first
            assert access.sessions.who(secret) is None
    assert (tmp_path / "quarantine/1/people.db").exists()
    assert access.persons.all() == []


def test_a_file_that_is_taken_away(tmp_path: Path, access: Access) -> None:
    secret = access.sessions.begin(person(access))
    (tmp_path / "people.db").unlink()
    assert access.sessions.who(secret) is None
    assert access.persons.all() == []


def test_another_process_changes_it(tmp_path: Path, access: Access) -> None:
    secret = access.sessions.begin(person(access))
    assert access.sessions.who(secret) is not None
    with Access(tmp_path, hasher=CHEAP) as command:
        command.persons.remove(command.persons.named("anna").id)
    assert access.sessions.who(secret) is None


def test_a_newer_tagd_wrote_it(tmp_path: Path) -> None:
    Access(tmp_path).close()
    db = sqlite3.connect(tmp_path / "people.db")
    db.execute("INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
               " VALUES ('people', 'm999_later', '')")  # fmt: skip
    db.commit()
    db.close()
    with pytest.raises(StoreNewer, match="m999_later"):
        Access(tmp_path)
