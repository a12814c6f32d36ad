"""Which file to look at next: those at hand in their order, and those put off until later.

Holds names and keys, never contents, so that 100,000 files at once are no matter.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass

from device.types import FileKey


@dataclass(frozen=True, slots=True)
class Looked:
    """What the looks at a file have found so far."""

    key: FileKey | None = None  # as the last look found it
    count: int = 0  # how many looks, one after the other, found it so
    again_at: float = -math.inf  # monotonic seconds

    def found(self, key: FileKey, again_at: float) -> Looked:
        """The same with one more look: counting begins anew when the file has changed."""
        return Looked(key, self.count + 1 if key == self.key else 1, again_at)


_NEVER = Looked()


class Backlog:
    """Paths to look at. One thread."""

    def __init__(self) -> None:
        # Ordered dicts: the first is taken in constant time, and none is in there twice.
        self._ready: OrderedDict[bytes, Looked] = OrderedDict()
        self._later: OrderedDict[bytes, Looked] = OrderedDict()  # the first due comes first

    def offer(self, path: bytes) -> None:
        """Look at it in its turn; one that was put off keeps its time."""
        if path not in self._later:
            self._ready.setdefault(path, _NEVER)

    def changed(self, path: bytes) -> None:
        """Look at it in its turn, also if it was put off; its looks are counted anew."""
        self._later.pop(path, None)
        self._ready[path] = _NEVER

    def put_off(self, path: bytes, looked: Looked) -> None:
        """Look again at its time, which must not be before that of the one put off before it."""
        self._later[path] = looked

    def take(self, now: float) -> tuple[bytes, Looked] | None:
        """The next path and what is known of it; None when nothing is due at `now`."""
        for path, looked in self._later.items():
            if looked.again_at > now:
                break
            del self._later[path]
            return path, looked
        return self._ready.popitem(last=False) if self._ready else None

    def due_at(self) -> float:
        """When `take` has something: -inf for at once, inf for nothing in sight."""
        if self._ready:
            return -math.inf
        return next((looked.again_at for looked in self._later.values()), math.inf)
