"""Sessions on a real file, through clocks that step, restarts and other rights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from people_rig import Clocks
from web_helpers import CHEAP

from device.store.access import Access
from device.store.people_keys import IDLE_DAYS, LONGEST_DAYS

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


# -- sessions and clocks


def test_a_session_ends_when_it_is_not_used(access: Access, clocks: Clocks) -> None:
    secret = access.sessions.begin(person(access))
    for _ in range(3):
        clocks.pass_((IDLE_DAYS - 1) * DAY)
        assert access.sessions.who(secret) is not None
    clocks.pass_(IDLE_DAYS * DAY + 1)
    assert access.sessions.who(secret) is None


def test_and_in_any_case_at_last(access: Access, clocks: Clocks) -> None:
    secret = access.sessions.begin(person(access))
    for _ in range(LONGEST_DAYS):
        assert access.sessions.who(secret) is not None
        clocks.pass_(DAY)
    assert access.sessions.who(secret) is None


def test_a_clock_that_steps_back_ends_nothing_and_prolongs_nothing(
    access: Access, clocks: Clocks
) -> None:
    secret = access.sessions.begin(person(access))
    assert clocks.wall is not None
    clocks.wall -= 50 * YEAR
    assert access.sessions.who(secret) is not None
    clocks.pass_(IDLE_DAYS * DAY + 1)
    assert access.sessions.who(secret) is None


def test_the_first_time_from_the_network_ends_nothing(access: Access, clocks: Clocks) -> None:
    clocks.wall = None
    secret = access.sessions.begin(person(access))
    clocks.wall = 1_800_000_000.0
    assert access.sessions.who(secret) is not None


def test_a_device_that_was_off_for_long(tmp_path: Path, clocks: Clocks) -> None:
    with Access(tmp_path, clocks, CHEAP) as access:
        secret = access.sessions.begin(person(access))
    assert clocks.wall is not None
    clocks.wall += IDLE_DAYS * DAY + 1
    clocks.boot, clocks.uptime = "second", 5.0
    with Access(tmp_path, clocks, CHEAP) as access:
        assert access.sessions.who(secret) is None


def test_a_restart_ends_nothing(tmp_path: Path, clocks: Clocks) -> None:
    with Access(tmp_path, clocks, CHEAP) as access:
        secret = access.sessions.begin(person(access))
    clocks.boot, clocks.uptime, clocks.wall = "second", 5.0, None
    with Access(tmp_path, clocks, CHEAP) as access:
        assert access.sessions.who(secret) is not None


def test_one_person_has_only_so_many_sessions(access: Access, clocks: Clocks) -> None:
    number = person(access)
    secrets = []
    for _ in range(60):
        clocks.pass_(1)
        secrets.append(access.sessions.begin(number))
    alive = [access.sessions.who(one) is not None for one in secrets]
    assert alive == [False] * 10 + [True] * 50


@pytest.mark.parametrize(
    "edit",
    [
        lambda p: replace(p, role="reviewer"),
        lambda p: replace(p, sources=frozenset({"garden"})),
        lambda p: replace(p, disabled=True),
    ],
)
def test_other_rights_end_the_sessions(access: Access, edit: object) -> None:
    number = person(access)
    secret = access.sessions.begin(number)
    access.persons.change(number, edit)  # type: ignore[arg-type]
    assert access.sessions.who(secret) is None


def test_another_name_does_not(access: Access) -> None:
    number = person(access)
    secret = access.sessions.begin(number)
    access.persons.change(number, lambda p: replace(p, name="Anne"))
    who = access.sessions.who(secret)
    assert who is not None
    assert (who.name, who.person) == ("Anne", number)


def test_a_new_password_ends_all_sessions_but_one_and_a_removal_all(access: Access) -> None:
    from device.people import fingerprint

    number = person(access)
    here, there = access.sessions.begin(number), access.sessions.begin(number)
    access.persons.set_password(number, "hash", fingerprint(here))
    assert access.sessions.who(there) is None
    assert access.sessions.who(here) is not None
    access.persons.remove(number)
    assert access.sessions.who(here) is None
