"""The looks of watched cameras: from what is said of each to visits, stills and feedback."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from device.hearing import Said
from device.portrait import sharpness
from device.results import Change, VisitChange
from device.seams import Gate
from device.stages.ailing import Ailing
from device.tagging import Looked, Tagging
from device.types import Frame, Tag
from device.visits import Visits
from device.zones import placed

_EVERY = 0.5  # s between two searches for cameras that fell silent
_STALLED = 5.0  # s between two searches that are no longer the cameras' silence


@dataclass(slots=True)
class _Watched:
    """One source with its visits."""

    visits: Visits
    moment: float  # of the last look, by the source's own steady clock
    at: float  # the same, by ours

    def now(self) -> float:
        """The source's clock: a film's stands still between two looks, ours goes on."""
        return self.moment + time.monotonic() - self.at


class Looks:
    """Every watched source's visits. Lives in the infer thread."""

    def __init__(
        self,
        make_visits: Callable[[str], Visits],
        gates: Callable[[], Mapping[str, Gate]],
    ) -> None:
        """`gates` tells by source what watches it now."""
        self._make_visits = make_visits
        self._gates = gates
        self._ailing = Ailing(gates)
        self._watched: dict[str, _Watched] = {}
        self._searched = time.monotonic()

    def settle(self, frame: Frame, tagging: Tagging) -> list[Change]:
        """What one look comes to, in the order in which it is to be stored.

        Raises as `Tagging.look` does.
        """
        now = time.monotonic()
        moment = now if frame.moment is None else frame.moment
        looked = tagging.look(frame)
        watched = self._watched.get(frame.source)
        if watched is None:
            watched = _Watched(self._make_visits(frame.source), moment, now)
            self._watched[frame.source] = watched
        watched.moment, watched.at = moment, now
        visits = watched.visits
        said = looked.said
        changes = visits.see(
            said.tags,
            moment,
            frame.taken_at,
            faint=said.faint,
            picture=frame.id,
            sharp=lambda tag: _sharpness(looked, tag),
        )
        gate = self._gates().get(frame.source)
        if gate is not None:
            gate.heed(visits.open, visits.moving)
        return self._kept(looked, visits, changes, tagging)

    def tick(self) -> Iterator[Change]:
        """The visits of cameras that have been silent for long end; what cameras suffer from."""
        now = time.monotonic()
        if now - self._searched < _EVERY:
            return
        late, self._searched = now - self._searched - _STALLED, now
        for watched in self._watched.values():
            watched.at += max(late, 0.0)  # we stood still (a full disk), not the cameras
        for source, watched in self._watched.items():
            ended = watched.visits.tick(watched.now())
            gate = self._gates().get(source) if ended else None
            if gate is not None:
                gate.heed(watched.visits.open, watched.visits.moving)
            yield from ended
        yield from self._ailing.changes()

    def rest(self) -> Iterator[VisitChange]:
        """At the end of the program: the last sights of those who are still here."""
        for watched in self._watched.values():
            yield from watched.visits.rest()

    @staticmethod
    def _kept(
        looked: Looked, visits: Visits, changes: list[VisitChange], tagging: Tagging
    ) -> list[Change]:
        """A still of its own where one was due or asked for; else with the visit that wants it."""
        frame, said = looked.frame, looked.said
        looked = replace(looked, said=_placed(said, visits))
        if frame.look is not None and frame.look.reason in ("interval", "asked"):
            return [tagging.keep(looked), *changes]
        wanting = [i for i, one in enumerate(changes) if one.visit.best_picture == frame.id]
        if wanting:
            first = changes[wanting[0]]
            changes[wanting[0]] = replace(first, picture=tagging.keep(looked))
        return [*changes]


def _placed(said: Said, visits: Visits) -> Said:
    tags = tuple(placed(tag, visits.zones) for tag in said.tags)
    return said if tags == said.tags else replace(said, tags=tags)


def _sharpness(looked: Looked, tag: Tag) -> float:
    return sharpness(looked.picture.pixels, tag.box) if tag.box else 1.0
