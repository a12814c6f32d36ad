"""Follows boxes from look to look, however much time lies between two looks. Pure.

Each thing is expected where its speed carries it, and the nearest pairs are joined first, as
SORT-like trackers do with a Kalman filter; here speeds are per second, not per frame, since looks
come every 0.1 to 5 s. Boxes under their floor may go on with a thing but never begin one (Zhang
et al., ByteTrack, 2022). What has stood still keeps its place: a car that drives past a parked
one does not take its track away. Distances are in sizes of the thing (its longer side).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from device.hearing import overlap
from device.types import Box, Tag

_MOST = 100  # tracks; a detector gone mad costs no more than this
_AHEAD = 1.5  # s that a speed is believed
_REACH = (0.6, 1.2, 1.6)  # from where it is expected: at once, more a second, at most
_REACH_NEW = (0.6, 3.0, 2.0)  # the same for a thing of unknown speed
_SIZE = 0.5  # what twice the size counts, as a distance
_KIN = 0.3  # distance that another word for the same thing counts
_SAME = 0.6  # overlap from which two related words in one look mean one thing
_CONTAINED = 0.85  # share of the smaller box within the other that means the same
_TOUCH = 0.3  # overlap that another word needs with where the thing is expected
_TOUCH_FAINT = 0.5  # the same for a faint box
_HOME = 0.5  # overlap with the place of a standing thing that is still this place
_SETTLED = 3.0  # s in one place that make it a home
_FORGIVEN = 2.0  # s away from home that are not yet a departure
_NOT_HOME = 0.4  # distance that counts on top where a settled thing is not at home
_SMOOTH = 0.5  # weight of the newest speed
_SPECK = 1e-4  # of the picture: less than a pixel is nothing that could be followed
_JUST_NOW = 0.02  # s; between two looks this close no speed can be measured


class Track:
    """One thing, followed."""

    __slots__ = ("_at_home", "_home", "_home_since", "_speed", "box", "seen", "sights", "tag")

    def __init__(self, tag: Tag, box: Box, moment: float) -> None:
        self.tag = tag  # as it was seen last
        self.box = box
        self.seen = moment
        self.sights = 1
        self._speed = (0.0, 0.0)  # of the middle, a second
        self._home = box
        self._home_since = self._at_home = moment

    def expected(self, moment: float) -> Box:
        """Where it should be by now."""
        seconds = min(moment - self.seen, _AHEAD)
        dx, dy = self._speed
        return replace(self.box, x=self.box.x + dx * seconds, y=self.box.y + dy * seconds)

    def distance(self, tag: Tag, box: Box, moment: float, *, faint: bool) -> float | None:
        """How far the box is from being this thing; None: it is another one."""
        seconds = moment - self.seen
        expected = self.expected(moment)
        apart = _difference(expected, box)
        base, more, most = _REACH_NEW if self.sights == 1 else _REACH
        settled = self._at_home - self._home_since >= _SETTLED
        if settled and (at_home := _difference(self._home, box)) <= base:
            apart = min(at_home, apart + _NOT_HOME)
        elif apart > min(base + more * seconds, most):
            return None
        elif settled:
            apart += _NOT_HOME
        other = tag.name != self.tag.name
        if other and not kin(tag, self.tag):
            return None
        if other or faint:
            nearest = max(overlap(expected, box), overlap(self._home, box) if settled else 0.0)
            if nearest < (_TOUCH_FAINT if faint else _TOUCH):
                return None
        return apart + _KIN * other

    def see(self, tag: Tag, box: Box, moment: float) -> None:
        """It was seen here."""
        seconds = moment - self.seen
        if seconds > _JUST_NOW:
            weight = 1.0 if self.sights == 1 else _SMOOTH
            (x, y), (x0, y0), (dx, dy) = _middle(box), _middle(self.box), self._speed
            dx += weight * ((x - x0) / seconds - dx)
            dy += weight * ((y - y0) / seconds - dy)
            self._speed = (dx, dy)
        if overlap(self._home, box) > _HOME:
            self._at_home = moment
        elif moment - self._at_home > _FORGIVEN or self._at_home - self._home_since < _SETTLED:
            self._home = box
            self._home_since = self._at_home = moment
        self.tag, self.box, self.seen = tag, box, moment
        self.sights += 1


@dataclass(frozen=True, slots=True)
class Sight:
    """A thing in a look."""

    track: Track
    tag: Tag
    faint: bool  # seen only because it was there before


class Tracker:
    """All things at one source."""

    def __init__(self) -> None:
        self._tracks: list[Track] = []

    def see(self, tags: Iterable[Tag], faint: Iterable[Tag], moment: float) -> list[Sight]:
        """Who is there in this look; a box that continues nothing begins a track.

        `moment` is steady and does not go back. Tags without a box are passed over.
        """
        there = _distinct(tags, [])
        dim = _distinct(faint, there)
        sights, left = self._join(self._tracks, there, moment, faint=False)
        seen = {id(sight.track) for sight in sights}
        waiting = [track for track in self._tracks if id(track) not in seen]
        sights += self._join(waiting, dim, moment, faint=True)[0]
        for tag, box in left[: _MOST - len(self._tracks)]:
            track = Track(tag, box, moment)
            self._tracks.append(track)
            sights.append(Sight(track, tag, faint=False))
        return sights

    def forget(self, track: Track) -> None:
        """It will not come back."""
        self._tracks.remove(track)

    @staticmethod
    def _join(
        tracks: Sequence[Track], boxes: Sequence[tuple[Tag, Box]], moment: float, *, faint: bool
    ) -> tuple[list[Sight], list[tuple[Tag, Box]]]:
        """Pairs of tracks and boxes, the nearest first; and the boxes that no track wants."""
        pairs = []
        for t, track in enumerate(tracks):
            for b, (tag, box) in enumerate(boxes):
                apart = track.distance(tag, box, moment, faint=faint)
                if apart is not None:
                    pairs.append((apart, t, b))
        sights, taken, given = [], set(), set()
        for _, t, b in sorted(pairs):
            if t in taken or b in given:
                continue
            taken.add(t)
            given.add(b)
            tag, box = boxes[b]
            tracks[t].see(tag, box, moment)
            sights.append(Sight(tracks[t], tag, faint))
        return sights, [one for b, one in enumerate(boxes) if b not in given]


def kin(one: Tag, other: Tag) -> bool:
    """May two words mean one thing: the same, one above the other, or both below a third?"""
    return bool({one.name, *one.parents} & {other.name, *other.parents})


def _distinct(tags: Iterable[Tag], known: list[tuple[Tag, Box]]) -> list[tuple[Tag, Box]]:
    """Each thing once, by its surest word; none that is among the known."""
    found: list[tuple[Tag, Box]] = []
    for tag in sorted(tags, key=lambda tag: -tag.confidence):
        box = tag.box
        if box is None or not (box.width >= _SPECK and box.height >= _SPECK):  # also not a number
            continue
        if not any(kin(tag, other) and _same(box, place) for other, place in (*known, *found)):
            found.append((tag, box))
    return found


def _same(one: Box, other: Box) -> bool:
    together = overlap(one, other)
    if together > _SAME:
        return True
    areas = one.width * one.height, other.width * other.height
    shared = together * sum(areas) / (1 + together)
    return shared > _CONTAINED * min(areas)


def _middle(box: Box) -> tuple[float, float]:
    return box.x + box.width / 2, box.y + box.height / 2


def _difference(one: Box, other: Box) -> float:
    """In sizes: how far apart, and how unlike in size."""
    (x1, y1), (x2, y2) = _middle(one), _middle(other)
    size = (max(one.width, one.height) + max(other.width, other.height)) / 2
    larger = (other.width * other.height) / (one.width * one.height)
    return math.hypot(x1 - x2, y1 - y2) / size + _SIZE * abs(math.log2(larger)) / 2
