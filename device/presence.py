"""What is present now, by source and tag: for states that are kept, beside the events. Any thread.

The write thread notes visits once they are durable; after a restart nobody is here until seen.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from device.results import Change, VisitChange
from device.types import Visit


@dataclass(frozen=True, slots=True)
class Present:
    """A tag that is there now."""

    confidence: float  # 0..1, the best of its visits
    since: float  # UTC, start of the oldest of them
    zones: tuple[str, ...]  # that any of them entered, in order
    count: int  # visits: so many of it


class Presence:
    """Open visits, summed up. `version` grows whenever a snapshot would differ."""

    def __init__(self) -> None:
        self._visits: dict[str, Visit] = {}  # open, by id
        self._erased: set[str] = set()  # ids: nobody is to hear of them, also if they go on
        self._snapshot: dict[str, dict[str, Present]] = {}
        self._version = 0
        self._changed = threading.Condition()

    @property
    def version(self) -> int:
        """Of the newest snapshot."""
        return self._version

    def note(self, changes: Sequence[Change]) -> None:
        """Take in what was committed, in order."""
        visits = [change.visit for change in changes if isinstance(change, VisitChange)]
        if not visits:
            return
        with self._changed:
            for visit in visits:
                if visit.ended_at is not None:
                    self._visits.pop(visit.id, None)
                    self._erased.discard(visit.id)
                elif visit.id not in self._erased:
                    self._visits[visit.id] = visit
            self._sum_up()

    def forget(self, visits: Collection[str]) -> None:
        """These were erased, by their ids: they are not here any more."""
        with self._changed:
            self._erased |= self._visits.keys() & set(visits)
            for visit in self._erased:
                self._visits.pop(visit, None)
            self._sum_up()

    def snapshot(self) -> Mapping[str, Mapping[str, Present]]:
        """By source and tag; sources where nothing is present are missing. Never changes."""
        return self._snapshot

    def wait_beyond(self, version: int, timeout: float) -> bool:
        """Wait until there is a newer snapshot; False after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while self._version <= version:
                left = deadline - time.monotonic()
                if left <= 0:
                    return False
                self._changed.wait(left)
            return True

    def _sum_up(self) -> None:
        snapshot = _summed(list(self._visits.values()))
        if snapshot != self._snapshot:
            self._snapshot = snapshot
            self._version += 1
            self._changed.notify_all()


def _summed(visits: Sequence[Visit]) -> dict[str, dict[str, Present]]:
    found: dict[str, dict[str, list[Visit]]] = {}
    for visit in visits:
        found.setdefault(visit.source, {}).setdefault(visit.tag, []).append(visit)
    return {
        source: {tag: _present(same) for tag, same in tags.items()}
        for source, tags in found.items()
    }


def _present(visits: Sequence[Visit]) -> Present:
    return Present(
        confidence=max(visit.best_confidence for visit in visits),
        since=min(visit.started_at for visit in visits),
        zones=tuple(dict.fromkeys(zone for visit in visits for zone in visit.zones)),
        count=len(visits),
    )
