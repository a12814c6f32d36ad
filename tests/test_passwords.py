"""Passwords: what is stored of them, and what a login costs."""

from __future__ import annotations

import base64
import threading
import time
import unicodedata

import pytest

from device.errors import Busy, PeopleError
from device.passwords import COST, Cost, Hasher
from device.people import checked_password, clean_name, fingerprint, name_key, new_secret

CHEAP = Cost(n=4, p=1)
OWASP = {(17, 1), (16, 2), (15, 3), (14, 5), (13, 10)}
"""n and p at r = 8, of the same strength: the Password Storage Cheat Sheet, scrypt."""


def test_the_parameters_are_those_of_owasp_and_spare_the_memory() -> None:
    assert COST.r == 8
    assert (COST.n, COST.p) in OWASP
    assert COST.bytes < 9 * 1024**2


def test_a_real_hash_is_right_for_its_password_only() -> None:
    hasher = Hasher()
    stored = hasher.hash("correct horse")
    assert hasher.verify("correct horse", stored)
    assert not hasher.verify("correct horsf", stored)
    assert not hasher.is_outdated(stored)
    kind, n, r, p, salt, _ = stored.split("$")
    assert (kind, int(n), int(r), int(p)) == ("scrypt", COST.n, COST.r, COST.p)
    assert len(salt) == 24
    assert stored != hasher.hash("correct horse")
    assert "horse" not in stored


def test_it_is_the_scrypt_of_the_rfc() -> None:
    """RFC 7914, section 12, the second vector: the first 32 of its bytes."""
    key = bytes.fromhex("fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162")
    salted = "$".join(base64.b64encode(part).decode() for part in (b"NaCl", key))
    assert Hasher().verify("password", f"scrypt$10$8$16${salted}")


def test_an_unknown_name_takes_as_long() -> None:
    hasher = Hasher(Cost(n=10, p=4))
    stored = hasher.hash("correct horse")
    hasher.verify("x", None)  # makes the hash of nobody

    def seconds(hashed: str | None) -> float:
        times = []
        for _ in range(7):
            begin = time.process_time()
            assert not hasher.verify("wrong", hashed)
            times.append(time.process_time() - begin)
        return min(times)

    assert 0.5 < seconds(None) / seconds(stored) < 2


@pytest.mark.parametrize(
    "stored",
    ["", "scrypt", "scrypt$4$8$1$AAAA$AAAA", "md5$4$8$1$AAAA$AAAA", "scrypt$40$8$1$AA==$AA==",
     "scrypt$4$8$1$!$!", "scrypt$20$8$64$AAAA$" + "A" * 43 + "=", "scrypt$4$-8$1$AAAA$AAAA"],
)  # fmt: skip
def test_a_hash_that_is_none_lets_nobody_in(stored: str) -> None:
    hasher = Hasher(CHEAP)
    assert not hasher.verify("", stored)
    assert hasher.is_outdated(stored)


def test_another_cost_is_told() -> None:
    stored = Hasher(CHEAP).hash("correct horse")
    other = Hasher(Cost(n=5, p=1))
    assert other.is_outdated(stored)
    assert other.verify("correct horse", stored)


def test_the_same_letters_from_another_keyboard() -> None:
    hasher = Hasher(CHEAP)
    stored = hasher.hash(unicodedata.normalize("NFD", "Bärenhöhle"))
    assert hasher.verify(unicodedata.normalize("NFC", "Bärenhöhle"), stored)
    assert hasher.verify("half \ud800 a pair", hasher.hash("half \ud800 a pair"))


def test_more_than_a_few_at_once_are_turned_away_before_any_work() -> None:
    hasher = Hasher(Cost(n=14, p=8))
    stored = Hasher(CHEAP).hash("x")
    outcomes: list[str] = []
    started = threading.Barrier(12)

    def log_in() -> None:
        started.wait()
        try:
            hasher.verify("wrong", None)
            outcomes.append("hashed")
        except Busy:
            outcomes.append("busy")

    threads = [threading.Thread(target=log_in) for _ in range(12)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert 1 <= outcomes.count("hashed") <= 6
    assert outcomes.count("busy") >= 6
    assert hasher.verify("x", stored)


@pytest.mark.parametrize(
    "password", ["", "short", "x" * 1025, "aaaaaaaaaa", "anna berg", "ANNA BERG"]
)
def test_passwords_that_are_refused(password: str) -> None:
    with pytest.raises(PeopleError, match="password"):
        checked_password(password, "Anna Berg")


@pytest.mark.parametrize(
    "name",
    ["", "   ", "x" * 65, "a\0b", "a\u202eb", "a\u200bb", "\ud800", "This Machine", "nobody"],
)
def test_names_that_are_refused(name: str) -> None:
    with pytest.raises(PeopleError):
        clean_name(name)


def test_names_that_look_alike_are_the_same() -> None:
    assert clean_name("  Anna \n Berg ") == "Anna Berg"
    assert name_key("ＡＮＮＡ  berg") == name_key("Anna Berg")
    assert clean_name("<img src=x onerror=alert(1)>")  # a text is a text


def test_secrets_have_256_bits_and_are_not_stored() -> None:
    made = {new_secret() for _ in range(100)}
    assert len(made) == 100
    assert {len(one) for one in made} == {43}
    assert len(fingerprint("x")) == 32
    assert fingerprint("\ud800")
