"""Passwords are kept as scrypt hashes that say how they were made.

OWASP's Password Storage Cheat Sheet names five settings of scrypt of equal strength; from N=2^17,
p=1 (128 MiB) to N=2^13, p=10 (8 MiB). A device with 512 MiB, where the daemon has 150 MB, can
spare the last. One hash is made at a time, so that logins never take more than that, nor more
than one core. Argon2 would be stronger for its memory, and has no wheel for 32-bit Arm.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass
from typing import TypeVar

from device.errors import Busy

_SALT = 16  # bytes
_KEY = 32  # bytes
_MOST_BYTES = 256 * 1024**2  # of memory: what an old or a foreign hash may ask for
_WAITING = 2  # who may wait for the hash being made: each holds a thread
_PATIENCE = 10.0  # seconds, on the slowest board

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Cost:
    """The parameters of scrypt (RFC 7914)."""

    n: int = 13  # N = 2^n
    r: int = 8
    p: int = 10

    @property
    def bytes(self) -> int:
        """Of memory for one hash."""
        return 128 * self.r * ((1 << self.n) + self.p + 2)


COST = Cost()


class Hasher:
    """Makes and checks hashes, one at a time. Any thread."""

    def __init__(self, cost: Cost = COST) -> None:
        self._cost = cost
        # A thread of its own: glibc keeps the memory of a hash for each thread that made one.
        self._one = ThreadPoolExecutor(1)
        self._waiting = threading.BoundedSemaphore(1 + _WAITING)
        self._nobody = ""  # a hash of nothing that anybody knows; made when first needed

    def hash(self, password: str) -> str:
        """`scrypt$n$r$p$salt$key`. Raises `Busy`."""
        return self._turn(lambda: _spell(self._cost, secrets.token_bytes(_SALT), password))

    def verify(self, password: str, stored: str | None) -> bool:
        """Whether it is the password; None takes as long and is never right. Raises `Busy`."""
        return self._turn(lambda: self._verified(password, stored))

    def is_outdated(self, stored: str) -> bool:
        """Whether it was made with other parameters than would be taken now."""
        parts = _parts(stored)
        return parts is None or parts[0] != self._cost

    def _verified(self, password: str, stored: str | None) -> bool:
        if stored is None and not self._nobody:
            self._nobody = _spell(self._cost, bytes(_SALT), secrets.token_hex())
        parts = _parts(self._nobody if stored is None else stored)
        if parts is None:
            return False
        cost, salt, key = parts
        return hmac.compare_digest(_derive(cost, salt, password), key) and stored is not None

    def _turn(self, work: Callable[[], Answer]) -> Answer:
        if not self._waiting.acquire(blocking=False):
            raise Busy("too many are logging in; come back soon", retry_after=2.0)
        try:
            future = self._one.submit(work)
            try:
                return future.result(_PATIENCE)
            except NotYet:
                future.cancel()
                raise Busy("logging in takes too long; come back soon", retry_after=5.0) from None
        finally:
            self._waiting.release()


def _derive(cost: Cost, salt: bytes, password: str) -> bytes:
    # The same password typed on another keyboard may come in other code points.
    data = unicodedata.normalize("NFKC", password).encode(errors="surrogatepass")
    room = cost.bytes + 1024**2  # OpenSSL counts a little more than the formula
    return hashlib.scrypt(
        data, salt=salt, n=1 << cost.n, r=cost.r, p=cost.p, maxmem=room, dklen=_KEY
    )


def _spell(cost: Cost, salt: bytes, password: str) -> str:
    key = _derive(cost, salt, password)
    salted = "$".join(base64.b64encode(part).decode() for part in (salt, key))
    return f"scrypt${cost.n}${cost.r}${cost.p}${salted}"


def _parts(stored: str) -> tuple[Cost, bytes, bytes] | None:
    """None for what is no such hash, or asks for more than anybody should."""
    try:
        kind, n, r, p, salt, key = stored.split("$")
        cost = Cost(int(n), int(r), int(p))
        raw = base64.b64decode(salt, validate=True), base64.b64decode(key, validate=True)
    except ValueError:
        return None
    sound = kind == "scrypt" and 1 <= cost.n <= 20 and cost.r > 0 and 0 < cost.p <= 64
    if not sound or cost.bytes > _MOST_BYTES or len(raw[1]) != _KEY:
        return None
    return cost, *raw
