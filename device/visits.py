"""Looks in, comings and goings out: when a tag is there at a source, and when it is gone. Pure.

A thing is confirmed by k of n looks; from then on fainter sights keep it. It ends after its quiet
time, which runs only while looks are taken: a gap counts as a third of it at most, so that three
looks must miss it. docs/cameras.md tells the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from device.config_camera import Visits as Settings
from device.config_camera import Zone
from device.guest import Guest
from device.results import VisitChange
from device.tracker import Track, Tracker
from device.types import Tag
from device.zones import named

AWAY = 30.0  # s without a look: the camera is gone, and nobody knows who left meanwhile
_LOOKS = 3  # that must miss a thing before it is gone
_BACK = 1.0  # s that looks may go back in time before it is another film


def _sharp(_: Tag) -> float:
    return 1.0


class Visits:
    """Those of one source. One thread."""

    def __init__(
        self,
        source: str,
        settings: Settings | None = None,
        zones: Mapping[str, Zone] | None = None,
    ) -> None:
        self._source = source
        self._settings = settings or Settings()
        self.zones: Mapping[str, Zone] = zones or {}
        self._guests: dict[Track | str, Guest] = {}  # by track, or the word of a scene
        self._tracker = Tracker()
        self._looked: float | None = None  # moment of the last look

    @property
    def open(self) -> int:
        """Visits that go on, and things that may become one: looks are worth while."""
        return sum(guest.id is not None or guest.waiting for guest in self._guests.values())

    @property
    def moving(self) -> bool:
        """Does any of them move, or is it not sure to be here?"""
        guests = self._guests.values()
        return any(not g.settled for g in guests if g.id is not None or g.waiting)

    def see(
        self,
        tags: Iterable[Tag],
        moment: float,
        taken_at: float,
        *,
        faint: Iterable[Tag] = (),
        picture: str | None = None,
        sharp: Callable[[Tag], float] = _sharp,
    ) -> list[VisitChange]:
        """Take in a look; what changed by it.

        `moment`: steady seconds; `taken_at`: UTC, for people. `faint`: tags not far below their
        floor. `picture`: the id under which this look can be kept; it is wanted where a change's
        visit has it as `best_picture`. `sharp` measures a tag in the picture, 0 to 1.
        """
        changes = self._begin(moment)
        before = moment if self._looked is None else self._looked
        moment = self._looked = max(moment, before)
        tags = list(tags)
        seen = set()
        for key, tag, dim in self._sights(tags, list(faint), moment):
            guest = self._guests.get(key)
            if key in seen or (guest is not None and dim and not guest.holds(moment)):
                continue
            if guest is None:
                track = key if isinstance(key, Track) else None
                guest = Guest(self._source, self._settings, self.zones, track, moment, taken_at)
                self._guests[key] = guest
            guest.see(tag, moment, taken_at, faint=dim, wanted=self._wanted(tag))
            seen.add(key)
            if (change := guest.turn(picture, sharp)) is not None:
                changes.append(change)
        share = min(moment - before, self._settings.quiet / _LOOKS)
        for key in [key for key in self._guests if key not in seen]:
            changes += self._miss(key, moment, share)
        return changes

    def tick(self, moment: float) -> list[VisitChange]:
        """No look for now; ends what was there when the camera has been silent for long."""
        if self._looked is None or moment - self._looked <= AWAY:
            return []
        return self._end_all()

    def rest(self) -> list[VisitChange]:
        """The last sight of each open visit, to be noted before the program ends."""
        return [guest.note() for guest in self._guests.values() if guest.id is not None]

    def _begin(self, moment: float) -> list[VisitChange]:
        if self._looked is None or -_BACK <= moment - self._looked <= AWAY:
            return []
        return self._end_all()

    def _end_all(self) -> list[VisitChange]:
        ended = [g.end(away=True) for g in self._guests.values() if g.id is not None]
        self._guests.clear()
        self._tracker = Tracker()
        self._looked = None
        return ended

    def _sights(
        self, tags: list[Tag], faint: list[Tag], moment: float
    ) -> Iterator[tuple[Track | str, Tag, bool]]:
        """Everything that the look shows: things by their track, words of the scene."""
        sights = self._tracker.see(tags, faint, moment)
        tracked = {sight.tag.name for sight in sights}
        for sight in sights:
            yield sight.track, sight.tag, sight.faint
        for tag in tags:
            if tag.box is None and tag.name not in tracked and self._wanted(tag):
                yield tag.name, tag, False
        for tag in faint:
            if tag.box is None and tag.name in self._guests:
                yield tag.name, tag, True

    def _wanted(self, tag: Tag) -> bool:
        """None named: every object that is somewhere; a scene's word must be named."""
        if self._settings.tags is None:
            return tag.box is not None and tag.kind == "object"
        return named(tag, self._settings.tags)

    def _miss(self, key: Track | str, moment: float, share: float) -> list[VisitChange]:
        guest = self._guests[key]
        if not guest.miss(moment, share):
            return []
        del self._guests[key]
        if isinstance(key, Track):
            self._tracker.forget(key)
        return [guest.end(away=False)] if guest.id is not None else []
