"""Who asks: the `Authorization` of HTTP, Basic (RFC 7617) and Digest (RFC 7616, RFC 2617).

A camera says with its 401 what it wants. The answer is remembered, so that the next request is
let in at once; Digest counts how often its nonce was used.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

_TOKEN = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_ITEM = re.compile(
    rf"[\s,]*(?:(?P<key>{_TOKEN})\s*=\s*(?P<value>\"(?:[^\"\\]|\\.)*\"|[^\s,\"]*)"
    rf"|(?P<scheme>{_TOKEN}))"
)
_DIGESTS: dict[str, Callable[[bytes], str]] = {
    "md5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
    "sha-256": lambda data: hashlib.sha256(data).hexdigest(),
}


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a server wants to see."""

    scheme: str  # lower case: basic, digest, ...
    given: dict[str, str] = field(default_factory=dict)  # by its name in lower case

    @property
    def rank(self) -> int:
        """How well it hides the password; 0: not known here."""
        if self.scheme == "basic":
            return 1
        if self.scheme != "digest" or self._digest not in _DIGESTS or not self.given.get("nonce"):
            return 0
        if "qop" in self.given and not self.counted:
            return 0  # only auth-int, which signs bodies as well: no camera asks for it
        return 3 if self._digest == "sha-256" else 2

    @property
    def stale(self) -> bool:
        """The nonce is too old: nothing is said against the password."""
        return self.given.get("stale", "").lower() == "true"

    @property
    def counted(self) -> bool:
        """Whether the nonce is counted (qop=auth)."""
        return "auth" in re.split(r"[\s,]+", self.given.get("qop", "").lower())

    @property
    def algorithm(self) -> str:
        """As the server spells it; without one it is MD5."""
        return self.given.get("algorithm", "MD5")

    @property
    def _digest(self) -> str:
        return self.algorithm.lower().removesuffix("-sess")

    def hash(self, *parts: str) -> str:
        """The digest of the parts joined by colons, hex."""
        text = ":".join(parts)
        utf8 = self.given.get("charset", "").lower() == "utf-8" or not _is_latin(text)
        return _DIGESTS[self._digest](text.encode("utf-8" if utf8 else "latin-1"))


def challenges(values: Iterable[str]) -> list[Challenge]:
    """Every challenge in the values of `WWW-Authenticate`, several of which may share a line."""
    found: list[Challenge] = []
    for value in values:
        for item in _ITEM.finditer(value):
            if item["scheme"]:
                found.append(Challenge(item["scheme"].lower()))
            elif found:
                found[-1].given.setdefault(item["key"].lower(), _unquoted(item["value"]))
    return found


class Login:
    """A user and a password towards one camera. One thread at a time."""

    def __init__(
        self, user: str, password: str, cnonce: Callable[[], str] = lambda: secrets.token_hex(8)
    ) -> None:
        self._user = user
        self._password = password
        self._cnonce = cnonce
        self._challenge: Challenge | None = None
        self._uses = 0  # of the nonce
        self._fresh = False  # the challenge came in this very exchange

    def begin(self) -> None:
        """Another exchange: what was learnt in the last one may be out of date."""
        self._fresh = False

    def refused(self, values: Iterable[str]) -> bool:
        """Take the challenges of a 401; whether it is worth while to ask again.

        Not every server says `stale` of an old nonce: only what is refused right after its own
        challenge is a wrong user or password.
        """
        best = max(challenges(values), key=lambda one: one.rank, default=None)
        if best is None or not best.rank or (self._fresh and not best.stale):
            self._challenge = None
            return False
        self._challenge, self._uses, self._fresh = best, 0, True
        return True

    def header(self, method: str, target: str) -> str | None:
        """`Authorization` for the next request; None before the server has asked for one."""
        if self._challenge is None:
            return None
        if self._challenge.scheme == "basic":
            pair = f"{self._user}:{self._password}".encode()
            return "Basic " + base64.b64encode(pair).decode("ascii")
        return self._digest(self._challenge, method, target)

    def _digest(self, asked: Challenge, method: str, target: str) -> str:
        realm, nonce = asked.given.get("realm", ""), asked.given["nonce"]
        cnonce = self._cnonce()
        secret = asked.hash(self._user, realm, self._password)
        if asked.algorithm.lower().endswith("-sess"):
            secret = asked.hash(secret, nonce, cnonce)
        request = asked.hash(method, target)
        self._uses += 1
        count = f"{self._uses:08x}"
        said = {"username": self._user, "realm": realm, "nonce": nonce, "uri": target}
        bare = {}
        if asked.counted:
            said["response"] = asked.hash(secret, nonce, count, cnonce, "auth", request)
            bare = {"qop": "auth", "nc": count}
        else:
            said["response"] = asked.hash(secret, nonce, request)
        if asked.counted or asked.algorithm.lower().endswith("-sess"):
            said["cnonce"] = cnonce
        if "algorithm" in asked.given:
            bare["algorithm"] = asked.algorithm
        if "opaque" in asked.given:
            said["opaque"] = asked.given["opaque"]
        quoted = [f'{key}="{_escaped(value)}"' for key, value in said.items()]
        return "Digest " + ", ".join([*quoted, *(f"{key}={value}" for key, value in bare.items())])


def _is_latin(text: str) -> bool:
    return all(ord(letter) < 256 for letter in text)


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
