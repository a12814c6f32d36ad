"""One thing, or one word of a scene, that is here or may be: what a visit is made of. Pure.

Every decision is made on `moment`, which is steady; wall time is only carried along for people.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace

from device import ids
from device.actions import Walk
from device.config_camera import Visits as Settings
from device.config_camera import Zone
from device.portrait import worth
from device.results import VisitChange, VisitEvent
from device.tracker import Track
from device.types import Tag, Visit
from device.zones import Places

_BETTER = 1.25  # times as good: then a picture takes the place of the best so far
_SURER = 1.5  # times as much must speak for another word than for the one that was told
_NEARER = 0.5  # the same for a word below the one that was told
_STEPPED = 2.0  # s between wall and steady time from which the wall clock was set meanwhile
_ROUNDING = 1e-6  # s
_NOTED = (5.0, 60.0)  # s: the last sight is noted each tenth of the visit, at least and at most
_PATIENCE = 3.0  # times the quiet time for what has stood still: it did not walk away
_FAINTLY = 10.0  # times that again: so long faint sights alone keep it
_WINDOW = 1.0  # s that the last n looks cover at least
_SPAN = 0.5  # s from the first sight to the confirming one: looks in a row share their errors
_SURE = 0.75  # confidence at which they need not be apart


class Guest:
    """From the first sight on; `visit` is None until it is confirmed."""

    def __init__(
        self,
        source: str,
        settings: Settings,
        zones: Mapping[str, Zone],
        track: Track | None,
        moment: float,
        taken_at: float,
    ) -> None:
        self.track = track
        self.id: str | None = None  # of its visit, once it is confirmed
        self.unseen = 0.0  # s of looks that did not show it
        self.seen = moment
        self._source = source
        self._settings = settings
        self._window: deque[tuple[float, float, float]] = deque()  # moment, UTC, confidence or 0
        self._started = self._said_last = moment
        self._started_at = self._seen_at = taken_at
        self._said: dict[str, Tag] = {}  # its newest sight by each word
        self._votes: dict[str, float] = {}  # confidence summed up, by word
        self._shown: Tag | None = None  # by this look, not faintly
        self._word = ""
        self._best = self._worth = 0.0
        self._picture: str | None = None
        self._told = self._noted = moment
        self._news = False
        self._places = Places(zones)
        self._walk = Walk(track.box, moment, settings.loitering) if track else None
        self._actions: tuple[str, ...] = ()

    @property
    def waiting(self) -> bool:
        """Was it seen lately, without being confirmed?"""
        return self.id is None and any(sure for _, _, sure in self._window)

    @property
    def settled(self) -> bool:
        """Is it sure to be here, and at rest?"""
        resting = self._walk is None or self._walk.paused
        return self.id is not None and not self.unseen and resting

    @property
    def _patience(self) -> float:
        """Seconds unseen that end the visit."""
        standing = self._walk is not None and self._walk.stationary
        return self._settings.quiet * (_PATIENCE if standing else 1.0)

    def miss(self, moment: float, seconds: float) -> bool:
        """A look did not show it; `seconds` that it stands for. Is it gone now?"""
        self._glance(moment, 0.0, 0.0)
        self.unseen += seconds
        gone = self.unseen >= self._patience - _ROUNDING
        return gone or (self.id is None and not self.waiting)

    def holds(self, moment: float) -> bool:
        """Was it surely seen so lately that a faint sight will do?"""
        return moment - self._said_last <= _FAINTLY * self._patience

    def see(self, tag: Tag, moment: float, taken_at: float, *, faint: bool, wanted: bool) -> None:
        """A look shows it."""
        if abs(taken_at - self._seen_at - (moment - self.seen)) > _STEPPED:
            self._started_at = taken_at - (moment - self._started)
        self.seen, self._seen_at, self.unseen = moment, taken_at, 0.0
        said = wanted and not faint
        self._shown = tag if said else None
        self._glance(moment, taken_at, tag.confidence if said else 0.0)
        if said:
            self._said_last = moment
            self._said[tag.name] = tag
            self._votes[tag.name] = self._votes.get(tag.name, 0.0) + tag.confidence
            self._best = max(self._best, tag.confidence)
            self._choose_word()
        if tag.box is None or self._walk is None:
            return
        known = self._places.entered
        entering = [f"entering:{name}" for name in self._places.see(tag, moment)]
        doing = [*self._walk.see(tag.box, moment), *entering]
        self._actions += tuple(doing)
        self._news |= bool(doing) or self._places.entered != known

    def turn(self, picture: str | None, sharp: Callable[[Tag], float]) -> VisitChange | None:
        """After a sight: what is to be told or noted now. `picture`: the look's, if it is kept."""
        moment, settings = self.seen, self._settings
        if self.id is None:
            if not self._confirmed():
                return None
            self.id = ids.new_id()
            self._portray(picture, sharp)
            return self._tell("visit_start")
        due = moment - self._told >= settings.update_every
        if (due and self._portray(picture, sharp)) or self._news:
            return self._tell("visit_update")
        least, most = _NOTED
        if moment - self._noted >= min(max((moment - self._started) / 10, least), most):
            return self._tell(None)
        return None

    def end(self, *, away: bool) -> VisitChange:
        """It is gone; `away`: or the camera is, and nobody knows."""
        if self._walk is not None and not away:
            self._actions += tuple(self._walk.end())
        return self._tell("visit_end")

    def note(self) -> VisitChange:
        """Its last sight, untold."""
        return self._tell(None)

    def _glance(self, moment: float, taken_at: float, sure: float) -> None:
        """Remember the last looks, while they matter."""
        if self.id is None:
            window = self._window
            window.append((moment, taken_at, sure))
            while len(window) > self._settings.looks and moment - window[0][0] > _WINDOW:
                window.popleft()

    def _confirmed(self) -> bool:
        """Did enough of the last looks show it? Then its visit began with the first of them."""
        hits = [one for one in self._window if one[2]]
        settings = self._settings
        if len(hits) < settings.hits or len(hits) * settings.looks < settings.hits * len(
            self._window
        ):
            return False
        first, taken_at, _ = hits[0]
        sure = sum(one[2] >= _SURE for one in hits) >= settings.hits
        if settings.hits > 1 and not sure and hits[-1][0] - first < _SPAN - _ROUNDING:
            return False
        self._started, self._started_at = first, taken_at
        self._window.clear()
        return True

    def _portray(self, picture: str | None, sharp: Callable[[Tag], float]) -> bool:
        """Take this look's picture if it is better than the best so far."""
        tag = self._shown
        # Sharpness is dear: without a chance at its best (1.0) it is not measured.
        if picture is None or tag is None or worth(tag) < self._worth:
            return False
        value = worth(tag, sharp(tag))
        if self._picture is not None and value <= _BETTER * self._worth:
            return False
        self._worth, self._picture = value, picture
        return True

    def _choose_word(self) -> None:
        votes = self._votes
        word = max(votes, key=lambda name: votes[name])
        told = self._word or word
        above = told in self._said[word].parents
        if word != told and votes[word] <= votes[told] * (_NEARER if above else _SURER):
            word = told
        below = (n for n, tag in self._said.items() if word in tag.parents)
        word = next((n for n in below if votes[n] > _NEARER * votes[word]), word)
        self._news |= word != self._word
        self._word = word

    def _tell(self, event: VisitEvent | None) -> VisitChange:
        if event is not None:
            self._told, self._news = self.seen, False
        self._noted = self.seen
        tag = self._said[self._word]
        visit = Visit(
            id=self.id or "",
            source=self._source,
            tag=tag.name,
            kind=tag.kind,
            started_at=self._started_at,
            seen_at=self._seen_at,
            duration=self.seen - self._started,
            ended_at=self._seen_at if event == "visit_end" else None,
            best_confidence=self._best,
            best_picture=self._picture,
            box=self.track.box if self.track else None,
            zones=self._places.entered,
            actions=self._actions,
            path=self._walk.path if self._walk else (),
        )
        told = replace(tag, zones=self._places.here) if self._places.here else tag
        return VisitChange(visit, event, tags=(told,))
