"""Parts of a site that can be held, or are full."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

from device.errors import StoreFull
from device.inference.fake import FakeTagger
from device.results import Settled
from device.store.writer import Store
from device.types import Outcome, Picture, Tag


class HeldTagger(FakeTagger):
    """Tags nothing before `gate` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.waiting = False

    def tag(self, picture: Picture) -> list[Tag]:
        self.waiting = True
        self.gate.wait(20)
        return super().tag(picture)


class FullStore(Store):
    """A store whose disk is full while `full` is set."""

    full = False

    def commit(self, batch: Sequence[Settled], cursors: Mapping[str, int]) -> list[Outcome]:
        if self.full:
            raise StoreFull("tagd.db: the disk is full; make room and tagd goes on by itself")
        return super().commit(batch, cursors)
