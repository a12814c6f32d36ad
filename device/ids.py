"""ULIDs: 48 bits of milliseconds and 80 of chance, as 26 letters that sort by time.

Source: the ULID specification (Crockford's base 32, monotonic within a millisecond).
"""

from __future__ import annotations

import re
import secrets
import threading

from device import clock

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PATTERN = re.compile(f"[0-7][{_ALPHABET}]{{25}}")
_lock = threading.Lock()
_last = 0


def new_id() -> str:
    """A new id, greater than every one made before by this process, also when the clock steps."""
    global _last
    with _lock:
        fresh = int(clock.now() * 1000) << 80 | secrets.randbits(80)
        # A clock that stepped back must not turn the order around.
        _last = fresh if fresh > _last else _last + 1
        value = _last
    return from_bytes(value.to_bytes(16, "big"))


def another(text: str) -> str:
    """A new id of the same millisecond, for what takes the place of the other."""
    return from_bytes(to_bytes(text)[:6] + secrets.token_bytes(10))


def made_at(text: str) -> float:
    """When an id was made, in seconds since the epoch, by the clock of then."""
    value = 0
    for letter in text[:10]:
        value = value << 5 | _ALPHABET.index(letter)
    return value / 1000


def is_id(text: str) -> bool:
    """Whether the text has the form of an id (it need not exist)."""
    return _PATTERN.fullmatch(text) is not None


def to_bytes(text: str) -> bytes:
    """The 16 bytes of an id, which sort as it does. Raises ValueError for what is none."""
    if not is_id(text):
        raise ValueError(f"{text[:40]!r} is no id")
    value = 0
    for letter in text:
        value = value << 5 | _ALPHABET.index(letter)
    return value.to_bytes(16, "big")


def from_bytes(data: bytes) -> str:
    """The reverse of `to_bytes`."""
    value = int.from_bytes(data, "big")
    return "".join(_ALPHABET[value >> shift & 31] for shift in range(125, -1, -5))
