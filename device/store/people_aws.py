"""The key pairs with which AWS's clients sign: looked up by their id, the secret as it is."""

from __future__ import annotations

from dataclasses import dataclass

from device.store import people_keys as keys
from device.store.people_db import PeopleDb
from device.who import Who


@dataclass(frozen=True, slots=True)
class Pair:
    """One that is good now. Not to be shown or logged."""

    number: int
    secret: str
    who: Who
    used: float | None  # age of the device when it was used last


class AwsKeys:
    """Any thread; raises `StoreError`."""

    def __init__(self, db: PeopleDb) -> None:
        self._db = db

    def pair(self, access: str) -> Pair | None:
        """That of this id; None where there is none, or none any more. It proves nothing yet."""
        sql = f"SELECT {keys.WHO}, secret FROM token WHERE access = ? AND {keys.ALIVE}"
        with self._db.read() as db:
            row = db.execute(sql, (access, self._db.age(db))).fetchone()
        return None if row is None else Pair(row[3], row[5], keys.who_of(row), row[4])

    def note_used(self, pair: Pair) -> None:
        """After it has signed a request."""
        with self._db.read() as db:
            now = self._db.age(db)
        keys.note_used(self._db, pair.number, pair.used, now)
