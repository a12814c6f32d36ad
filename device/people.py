"""Persons and what lets them in: the words, and the rules that need nothing but themselves."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from device import durations
from device.config_base import is_name
from device.errors import PeopleError
from device.who import ROLES, Role

TOKEN_PREFIX = "tagd_"
"""Of every token, so that scanners for leaked secrets and people know one when they see it."""

MACHINE, NOBODY = "this machine", "nobody"
"""Who acts where no person and no program with a token does."""

ACCESS_PREFIX = "TAGD"
"""Of the id of every access key, where AWS has `AKIA`."""

_LONGEST_LIFE = 10 * 366 * 86400.0  # s
_TAKEN = (MACHINE, NOBODY)
_BYTES = 32  # of chance in a session, a link and a token: 256 bits
_LONGEST_NAME = 64  # characters
_SHORTEST_PASSWORD = 8  # characters: OWASP ASVS 5.0, 6.2.1
_LONGEST_PASSWORD = 1024  # characters: long sentences, and no megabytes to be hashed

Sources = frozenset[str] | None
"""What somebody may see; None: all."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may log in, once there is a password."""

    id: int
    name: str
    role: Role
    sources: Sources
    disabled: bool
    has_password: bool  # False: invited, and not come yet
    made_at: float  # UTC
    login_at: float | None  # UTC, the last one


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a one-time link is for."""

    person: int | None  # None: whoever follows it becomes a person, and chooses the name
    name: str | None
    role: Role


@dataclass(frozen=True, slots=True)
class Token:
    """What lets a program in. The secret itself is known to whoever it was made for."""

    id: int
    name: str
    role: Role
    sources: Sources
    made_at: float  # UTC
    made_by: str
    expires_at: float | None  # UTC, as it was meant when it was made; None: never
    used_at: float | None  # UTC, to the minute
    access: str | None = None  # id of the access key, of one that signs as AWS's clients do


def new_secret() -> str:
    """256 bits of chance as 43 letters that fit into a URL."""
    return secrets.token_urlsafe(_BYTES)


def new_access_key() -> tuple[str, str]:
    """Id and secret as AWS's clients expect them: 20 capitals and figures, 40 letters (240 bits)"""
    chosen = (secrets.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(16))
    return ACCESS_PREFIX + "".join(chosen), secrets.token_urlsafe(30)


def fingerprint(secret: str) -> bytes:
    """What is stored of a secret: SHA-256 suffices for 256 bits of chance, unlike for passwords."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).digest()


def clean_name(name: str) -> str:
    """A name as it is kept. Raises `PeopleError`."""
    cleaned = " ".join(unicodedata.normalize("NFC", name).split())
    if not 1 <= len(cleaned) <= _LONGEST_NAME:
        raise PeopleError(f"a name has 1 to {_LONGEST_NAME} letters")
    # Controls, and marks that turn the direction of a text around.
    if any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn") for letter in cleaned):
        raise PeopleError("a name has letters, figures, spaces and signs only")
    if name_key(cleaned) in _TAKEN:
        raise PeopleError(f"{cleaned} means somebody else in the log; take another name")
    return cleaned


def name_key(name: str) -> str:
    """The same for all names that look alike: `Anna`, `ANNA` and full-width letters."""
    return unicodedata.normalize("NFKC", " ".join(name.split())).casefold()


def checked_password(password: str, name: str) -> str:
    """A password as it is hashed. Raises `PeopleError` for one that is too easy."""
    if not _SHORTEST_PASSWORD <= len(password) <= _LONGEST_PASSWORD:
        raise PeopleError(f"a password has {_SHORTEST_PASSWORD} to {_LONGEST_PASSWORD} characters")
    if name_key(password) == name_key(name) or len(set(password)) < 4:
        raise PeopleError("this password is guessed at once; take several words, for example")
    return password


def checked_role(role: str) -> Role:
    """Raises `PeopleError` for what is no role."""
    for one in ROLES:
        if role == one:
            return one
    raise PeopleError(f"there is no role {role[:40]!r}; there are {', '.join(ROLES)}")


def role_of_token(role: str | None, *, aws: bool) -> Role:
    """The role asked for, else the least that is of use. Raises `PeopleError`.

    With a key pair pictures are sent to be tagged, which a viewer may not.
    """
    return checked_role(role or ("reviewer" if aws else "viewer"))


def lifetime(text: str | None) -> float | None:
    """Seconds that a token is good for; None: for ever. Raises `PeopleError`."""
    if text is None:
        return None
    try:
        seconds = durations.seconds(text)
    except ValueError as error:
        raise PeopleError(f"expires: {error}") from None
    if not 1 <= seconds <= _LONGEST_LIFE:
        raise PeopleError("a token is good for 1 s to 10 years; leave it out for one without end")
    return seconds


def checked_sources(names: Iterable[str] | None, role: Role) -> Sources:
    """The sources somebody may see. Raises `PeopleError`.

    One that the config does not name is allowed: it may come back. An administrator sees all,
    as every source could be had by changing the config.
    """
    if names is None:
        return None
    wanted = frozenset(names)
    for name in wanted:
        if not is_name(name):
            raise PeopleError(f"{name[:40]!r} cannot be the name of a source")
    if role == "administrator":
        raise PeopleError("an administrator sees all sources; leave them out, or take a lower role")
    return wanted
