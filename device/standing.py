"""What is now, and what may be asked, of the whole appliance: a sink sees it through two seams."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from typing import Any

from device import clock, ids
from device.config import UPLOAD, Config
from device.errors import SourceError
from device.seams import Present
from device.store.reader import Reader
from device.types import Frame, Limits, Outcome


class Standing:
    """A `seams.Now`."""

    def __init__(
        self,
        config: Config,
        reader: Reader,
        seq: Callable[[], int],
        health: Callable[[], dict[str, Any]],
        present: Callable[[], Mapping[str, Mapping[str, Present]]] = dict,
    ) -> None:
        """`seq` is that of the newest event: only with a new one can there be a new picture."""
        self._sources = {one.name: one.enabled for one in config.sources}
        self._announced = {one.name: announced(config, one.name) for one in config.sources}
        self._reader = reader
        self._seq = seq
        self._pictures: dict[str, tuple[int, tuple[str, bytes] | None]] = {}  # by source, at a seq
        self.health = health
        self.present = present

    def sources(self) -> Mapping[str, bool]:
        """By name, whether it is enabled."""
        return self._sources

    def announced(self, source: str) -> Collection[str]:
        """The tags of which also is told that they are absent."""
        return self._announced[source]

    def picture(self, source: str) -> tuple[str, bytes] | None:
        """Id and thumbnail of its newest picture."""
        seq = self._seq()
        known = self._pictures.get(source)
        if known is None or known[0] != seq:
            known = (seq, self._read(source, known[1] if known else None))
            self._pictures[source] = known
        return known[1]

    def _read(self, source: str, before: tuple[str, bytes] | None) -> tuple[str, bytes] | None:
        found = self._reader.newest_image(source)
        if found is None or (before is not None and before[0] == found[0]):
            return before
        try:
            return found[0], found[1].read_bytes()
        except OSError:  # given up to make room, a moment ago
            return before


class Remote:
    """A `seams.Commands`."""

    def __init__(self, upload: Callable[[Frame], Future[Outcome]]) -> None:
        self._upload = upload

    def enable(self, name: str, enabled: bool) -> None:
        """Not while it runs."""
        word = str(enabled).lower()
        raise SourceError(f"write enabled: {word} for source {name} in the config, and restart")

    def capture(self, name: str) -> Future[Outcome]:
        """Not yet by any source."""
        raise SourceError(f"source {name} takes no pictures on demand")

    def tag(self, data: bytes, limits: Limits | None) -> Future[Outcome]:
        """As an upload. Raises `Busy`."""
        digest = hashlib.sha256(data).digest()
        frame = Frame(ids.new_id(), UPLOAD, clock.now(), data, sha256=digest, limits=limits)
        return self._upload(frame)

    def ingest(self, name: str, data: bytes) -> bool:
        """Not yet by any source."""
        raise SourceError(f"no source called {name} takes pictures of {len(data)} bytes over MQTT")


def announced(config: Config, source: str) -> tuple[str, ...]:
    """The owner's words, or else the tags whose visits the owner has named."""
    if config.mqtt is not None and config.mqtt.announce is not None:
        return config.mqtt.announce
    own = next(one.visits for one in config.sources if one.name == source)
    return (own or config.visits).tags or ()
