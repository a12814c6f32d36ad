"""A pipeline that is stopped with a watch."""

from __future__ import annotations

import time

from device.inference.fake import FakeTagger
from device.pipeline import Pipeline
from device.seams import Gate, Source
from device.sinks.fake import FakeSink
from device.stages.write import Writable
from device.store.reader import Reader
from device.store.writer import Store
from device.tagging import Tagging
from device.vocabulary import Vocabulary

LONGEST = 7.5  # seconds, of the ten: the page and the store want to be closed, too


def add(pipeline: Pipeline, source: Source, gate: Gate | None = None) -> Source:
    """Add a source that is there already."""
    pipeline.add_source(source.name, lambda: source, lambda _: gate)
    return source


class Build:
    """Makes a pipeline and stops it, with a watch."""

    def __init__(self, store: Store, reader: Reader) -> None:
        self.store: Writable = store
        self._add_sink = store.add_sink
        self.reader = reader
        self.tagger = FakeTagger()

    def __call__(self, *sinks: FakeSink) -> Pipeline:
        for sink in sinks:
            self._add_sink(sink.name)
        return Pipeline(
            store=self.store,
            feed=self.reader,
            ledger=self.reader,
            make_tagging=lambda: Tagging([self.tagger], Vocabulary(), thumbnail_side=32),
            sinks=sinks,
        )

    @staticmethod
    def stop(pipeline: Pipeline) -> float:
        start = time.monotonic()
        pipeline.stop()
        seconds = time.monotonic() - start
        assert seconds < LONGEST
        return seconds
