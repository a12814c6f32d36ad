"""What is now, and what may be asked, of the whole appliance: a sink sees it through two seams."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from device.config import Config
from device.control import Control
from device.inbox import Inbox
from device.seams import Present
from device.store import erasures
from device.store.reader import Reader


class Standing:
    """A `seams.Now`."""

    def __init__(
        self,
        config: Config,
        reader: Reader,
        seq: Callable[[], int],
        health: Callable[[], dict[str, Any]],
        sources: Callable[[], Mapping[str, bool]],
        present: Callable[[], Mapping[str, Mapping[str, Present]]],
        erased: Callable[[], int] = lambda: 0,
    ) -> None:
        """`seq` is that of the newest event: only with a new one can there be a new picture.

        `sources` tells by name which are enabled, `present` who is there, `erased` how often
        something was erased.
        """
        self._announced = {one.name: announced(config, one.name) for one in config.sources}
        self._reader = reader
        self._seq = seq
        self._pictures: dict[str, tuple[int, tuple[str, bytes] | None]] = {}  # by source, at a seq
        self.health = health
        self.sources = sources
        self.present = present
        self.erasures = erased

    def announced(self, source: str) -> Collection[str]:
        """The tags of which also is told that they are absent."""
        return self._announced[source]

    def known(self, tag: str) -> bool:
        """Whether anything in the store has this tag."""
        with self._reader.snapshot() as db:
            return erasures.knows(db, tag)

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
            return before if found is not None else None
        try:
            return found[0], found[1].read_bytes()
        except OSError:  # given up to make room, a moment ago
            return None


class Remote:
    """A `seams.Commands`."""

    def __init__(self, control: Control, inbox: Inbox) -> None:
        self.enable = control.enable
        self.capture = control.capture
        self.tag = control.tag
        self.ingest = inbox.offer


def announced(config: Config, source: str) -> tuple[str, ...]:
    """The owner's words, or else the tags whose visits the owner has named."""
    if config.mqtt is not None and config.mqtt.announce is not None:
        return config.mqtt.announce
    own = next(one.visits for one in config.sources if one.name == source)
    return (own or config.visits).tags or ()
