"""The store's part of health: how much there is, room, wear, backups, and what was repaired."""

from __future__ import annotations

from typing import Any

from device.errors import StoreError
from device.pipeline import Pipeline
from device.store.chores import Chores
from device.store.reader import Reader
from device.store.upkeep import Upkeep
from device.store.wear import Wear
from device.store.writer import Store


class StoreHealth:
    """`look()` from any thread."""

    def __init__(
        self,
        store: Store | None,
        reader: Reader,
        pipeline: Pipeline,
        upkeep: Upkeep | None = None,
        chores: Chores | None = None,
    ) -> None:
        self._store = store
        self._reader = reader
        self._pipeline = pipeline
        self._upkeep = upkeep
        self._chores = chores
        self._first = pipeline.commits.seq
        self._wear = Wear(store.data_dir) if store else None

    def look(self, *, counted: bool = True) -> tuple[dict[str, Any], list[str]]:
        """What health shows of it, and its problems; without `counted` not how much there is."""
        seq = self._pipeline.commits.seq
        found: dict[str, Any] = {"last_seq": seq, "queued": self._pipeline.write.depth()}
        problems = [self._pipeline.write.problem]
        try:
            found = {**(self._reader.totals() if counted else {}), **found}
        except (StoreError, OSError) as error:
            problems.append(str(error))
        if self._store is not None and self._wear is not None:
            room = self._store.room
            found["room"] = {
                "level": room.level,
                "free_bytes": room.disk.free,
                "total_bytes": room.disk.total,
            }
            found["wear"] = self._wear.look(seq - self._first)
            found["repaired"] = self._store.notice
            problems += [self._store.notice, room.problem]
        if self._upkeep is not None:
            found["forgotten"] = self._upkeep.forgotten
            problems.append(self._upkeep.problem)
        if self._chores is not None:
            newest = self._chores.newest
            found["backup"] = newest.path.name if newest else None
            problems.append(self._chores.problem)
        return found, [problem for problem in problems if problem is not None]
