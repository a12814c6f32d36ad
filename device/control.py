"""What a person, or a program for one, may command while tagd runs: page, API, MQTT, terminal."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Collection, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from dataclasses import replace
from functools import partial

from device import clock, ids, search_query
from device.cabinet import Cabinet
from device.config import UPLOAD, Source
from device.errors import StoreError, UnknownSource
from device.pipeline import Pipeline
from device.results import Erasable, Erase, Imported, Switched
from device.reviewing import Reviewing, Words
from device.snapshot import Shown, Snapshot
from device.stages.captured import Captured
from device.types import Frame, Limits, Outcome
from device.vocabulary import Vocabulary

_SAVING = 5.0  # seconds until a choice is durable


class Control:
    """Any thread. What cannot be done raises a `TagdError` that says why."""

    def __init__(
        self,
        pipeline: Pipeline,
        sources: Sequence[Source] = (),
        words: Words = lambda: (Vocabulary(), {}),
    ) -> None:
        """`words` tells the vocabulary, and each tagger's rule, that hold now."""
        self._pipeline = pipeline
        self.reviews = Reviewing(pipeline, words)
        self.cabinet = Cabinet(pipeline, words)
        self._sources = {source.name: source for source in sources}
        self._snapshots = {source.name: Snapshot(source.privacy) for source in sources}
        self._choosing = {source.name: threading.Lock() for source in sources}

    def enabled(self) -> dict[str, bool]:
        """By source, whether it is switched on."""
        return {name: self._pipeline.captures[name].enabled for name in self._sources}

    def enable(self, name: str, enabled: bool) -> None:
        """Switch a source on or off, also for the next start.

        On return a source that is off is closed (or was left behind, if it hangs), and the
        choice is durable. Raises `UnknownSource`; `SourceOff` for one that hung too often;
        `StoreError` where it is switched, but the choice cannot be saved now.
        """
        captured = self._captured(name)
        with self._choosing[name]:  # what is saved last is what was done last
            captured.switch(enabled)
            if not enabled:
                self._snapshots[name].forget()
            saved = self._save(name, enabled)
        try:
            saved.result(_SAVING)
        except NotYet:
            raise self._unsaved(name, enabled) from None

    def capture(self, name: str) -> Future[Outcome]:
        """Take and tag a picture now; all that ask at the same time get the same one.

        Raises `UnknownSource`, `SourceOff`, `NotOnDemand`; the future raises `NoPicture` when
        the source gives none in time.
        """
        return self._captured(name).ask()

    def tag(
        self,
        data: bytes,
        limits: Limits | None = None,
        name: str | None = None,
        words: tuple[str, ...] = (),
        *,
        source: str = UPLOAD,
    ) -> Future[Outcome]:
        """Tag one encoded picture; `name` is for people, `words` are what a person says of it.

        Raises `Busy` when too many wait. The outcome tells of a picture that is refused.
        """
        frame = _sent(data, limits, name, words, source)
        return self._pipeline.upload(replace(frame, sha256=hashlib.sha256(data).digest()))

    def look_at(
        self,
        data: bytes,
        limits: Limits | None = None,
        name: str | None = None,
        words: tuple[str, ...] = (),
        *,
        source: str = UPLOAD,
    ) -> Future[Outcome]:
        """As `tag`, but nothing of it is stored or told: the outcome's answer is a `Tagged`."""
        frame = _sent(data, limits, name, words, source)
        return self._pipeline.upload(replace(frame, unkept=True))

    def picture(self, name: str) -> Shown | None:
        """The newest picture of a live source, whatever became of it; None where there is none.

        Raises `UnknownSource`, and `PictureError` for one that cannot be read.
        """
        captured = self._captured(name)
        newest = captured.newest
        if newest is None or not captured.enabled:  # one that hangs may bring another frame
            return None
        return self._snapshots[name].of(newest)

    def erase(self, kind: Erasable, wanted: str, by: str) -> str:
        """Have it erased for ever; the id of the act, once that is durable and goes on by itself.

        Raises `QueryError`; `StoreError` where it cannot be noted now.
        """
        if kind == "query":
            search_query.parse(wanted)
        act = Erase(kind, wanted, by, ids.new_id())
        refused = StoreError("nothing is erased yet: it cannot be noted now; try again")
        try:
            outcome = self._pipeline.hand_over(act, _SAVING, lambda: refused).result(_SAVING)
        except NotYet:
            raise refused from None
        if outcome.error is not None:
            raise StoreError(outcome.error)
        return act.frame_id

    def bring(self, picture: Imported) -> Future[Outcome]:
        """Have a picture of an export stored. Raises `StoreError` where there is no room for it."""
        full = StoreError("it cannot be stored now; try again")
        return self._pipeline.hand_over(picture, _SAVING, lambda: full)

    def erased(self, pictures: Collection[str], visits: Collection[str]) -> None:
        """These ids are gone: they are not shown any more. Called by the write thread."""
        self._pipeline.presence.forget(visits)
        for name, snapshot in self._snapshots.items():
            captured = self._pipeline.captures[name]
            if captured.newest is not None and captured.newest.id in pictures:
                captured.newest = None
                snapshot.forget()

    def _captured(self, name: str) -> Captured:
        if name not in self._sources:
            there = ", ".join(self._sources) or "none"
            raise UnknownSource(f"no source is called {name[:64]!r}; there are {there}")
        return self._pipeline.captures[name]

    def _save(self, name: str, enabled: bool) -> Future[Outcome]:
        choice = Switched(name, enabled, self._sources[name].enabled, ids.new_id())
        unsaved = partial(self._unsaved, name, enabled)
        return self._pipeline.hand_over(choice, _SAVING, unsaved)

    def _unsaved(self, name: str, enabled: bool) -> StoreError:
        why = self._pipeline.write.problem or "the disk is slow"
        return StoreError(f"{name} is {'on' if enabled else 'off'}, but that is not saved: {why}")


def _sent(
    data: bytes, limits: Limits | None, name: str | None, words: tuple[str, ...], source: str
) -> Frame:
    return Frame(ids.new_id(), source, clock.now(), data, name, limits=limits, words=words)
