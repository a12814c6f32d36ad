"""Whether a name and a password are right, asked slowly by whoever guesses.

Three counts stand before the hash: of the address, of the name, and of everybody. Each only makes
wait, by seconds, so that no one can keep the owner out for good; who has logged in from an
address lately passes the last two there. Sessions that exist are never touched, and `tagd user`
needs no login.
"""

from __future__ import annotations

import math
from collections import OrderedDict

from starlette.exceptions import HTTPException

from device.errors import TagdError
from device.people import Person, name_key
from device.store.access import Access
from device.throttle import Throttle
from device.web.credentials import neighbourhood

_KNOWN = 500  # pairs of name and address


class Logins:
    """Any thread."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._addresses = Throttle(free=5, longest=60.0)
        self._names = Throttle(free=20, longest=10.0)
        self._all = Throttle(free=30, longest=2.0)
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()

    def require_turn(self, name: str, address: str) -> None:
        """Raises HTTPException 429 for who has to wait. At once: no hash, no disk."""
        key, place = name_key(name), neighbourhood(address)
        pause = self._addresses.wait(place)
        if (key, place) not in self._known:
            pause = max(pause, self._names.wait(key), self._all.wait(""))
        if pause > 0:
            told = f"too many wrong passwords; try again in {math.ceil(pause)} s"
            raise HTTPException(429, told, {"Retry-After": str(math.ceil(pause))})

    def person(self, name: str, password: str, address: str) -> Person | None:
        """Who it is; None: wrong name or password, which nothing tells apart.

        Raises HTTPException 429, `Busy`, `StoreError`. Takes as long as a hash.
        """
        self.require_turn(name, address)
        key, place = name_key(name), neighbourhood(address)
        counts = ((self._addresses, place), (self._names, key), (self._all, ""))
        for throttle, one in counts:
            throttle.charge(one)
        try:
            person = self._checked(name, password)
        except TagdError:
            for throttle, one in counts:
                throttle.refund(one)
            raise
        if person is not None:
            self._names.forgive(key)
            # Only refunded: who has one account must not guess another's for nothing.
            self._addresses.refund(place)
            self._all.refund("")
            self._known[key, place] = None
            self._known.move_to_end((key, place))
            if len(self._known) > _KNOWN:
                self._known.popitem(last=False)
        return person

    def _checked(self, name: str, password: str) -> Person | None:
        persons, hasher = self._access.persons, self._access.hasher
        found = persons.password(name)
        if not hasher.verify(password, None if found is None else found[1]) or found is None:
            return None
        person, stored = found
        if hasher.is_outdated(stored):
            persons.renew_hash(person.id, stored, hasher.hash(password))
        return person
