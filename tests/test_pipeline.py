"""The whole way from sources to sinks, on the fakes that ship with the package."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from makers import colours, frame, jpeg, key, until
from pipeline_rig import add

from device import wire
from device.backoff import Backoff
from device.errors import Busy, SinkError, SourceError
from device.inference.fake import FakeTagger
from device.mailbox import Closed
from device.pipeline import Pipeline
from device.search_query import Query, parse
from device.sinks.fake import FakeSink
from device.sources.fake import FakeSource
from device.store.reader import Reader
from device.store.writer import Store
from device.tagging import Tagging
from device.types import Frame, Picture, Tag
from device.vocabulary import Vocabulary


@pytest.fixture
def sink() -> FakeSink:
    return FakeSink()


@pytest.fixture
def pipeline(store: Store, reader: Reader, sink: FakeSink) -> Iterator[Pipeline]:
    store.add_sink(sink.name)
    made = Pipeline(store=store, feed=reader, ledger=reader, make_tagging=colours, sinks=[sink])
    yield made
    made.stop()


class Held(FakeTagger):
    """Waits at each picture until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()
        self.go_on = threading.Event()

    def tag(self, picture: Picture) -> list[Tag]:
        self.begun.set()
        self.go_on.wait(20.0)
        return super().tag(picture)


def hold(pipeline: Pipeline) -> Held:
    tagger = Held()
    pipeline.infer._make_tagging = lambda: Tagging([tagger], Vocabulary())
    return tagger


def test_every_frame_of_every_source_is_stored_and_delivered(
    pipeline: Pipeline, sink: FakeSink, reader: Reader
) -> None:
    sources = [FakeSource("a", count=12), FakeSource("b", count=8, breaks=(3,))]
    for source in sources:
        add(pipeline, source)
    pipeline.start()
    assert sink.wait_for(20, 10.0)
    assert sink.seqs() == list(range(1, 21))
    assert [source.handed_over for source in sources] == [12, 8]
    assert dict(pipeline.infer.tagged) == {"a": 12, "b": 8}
    assert reader.tags() == [("blue", 5), ("green", 5), ("red", 5), ("yellow", 5)]
    assert len(reader.find(parse("red source:a"))) == 3
    assert pipeline.check() is None
    pipeline.stop()
    assert reader.cursor("fake") == 20
    assert sink.closed


def test_a_live_source_is_never_waited_for(pipeline: Pipeline) -> None:
    tagger = hold(pipeline)
    source = FakeSource("cam", count=50, live=True)
    add(pipeline, source)
    pipeline.start()
    until(lambda: source.handed_over == 50)
    tagger.go_on.set()
    until(lambda: pipeline.infer.tagged["cam"] + pipeline.mailbox.dropped("cam") == 50)
    assert pipeline.mailbox.dropped("cam") >= 45


def test_an_upload_is_answered_once_it_is_durable(pipeline: Pipeline, reader: Reader) -> None:
    pipeline.start()
    outcome = pipeline.upload(frame(jpeg())).result(5.0)
    assert outcome.picture is not None
    told = wire.picture_json(outcome.picture)
    assert f'{told[:-1]},"alternatives":[]}}' == reader.picture(outcome.frame_id)
    again = pipeline.upload(frame(jpeg())).result(5.0)
    assert again.duplicate
    assert [again.picture] == reader.find(Query())
    refused = pipeline.upload(frame(b"no picture", name="x")).result(5.0)
    assert refused.picture is None
    assert refused.error
    assert not pipeline.waiting


def test_too_many_uploads_are_asked_to_come_back(pipeline: Pipeline) -> None:
    tagger = hold(pipeline)
    pipeline.start()
    futures = [pipeline.upload(frame(jpeg(0)))]
    assert tagger.begun.wait(5.0)
    futures += [pipeline.upload(frame(jpeg(n))) for n in range(1, 9)]
    with pytest.raises(Busy) as caught:
        pipeline.upload(frame(jpeg(9)))
    assert caught.value.retry_after > 0
    assert len(pipeline.waiting) == 9
    tagger.go_on.set()
    assert all(future.result(5.0).frame_id for future in futures)
    assert not pipeline.waiting


def test_who_hung_up_meanwhile_is_no_trouble(pipeline: Pipeline) -> None:
    tagger = hold(pipeline)
    pipeline.start()
    gone = pipeline.upload(frame(jpeg(0)))
    assert gone.cancel()
    tagger.go_on.set()
    assert pipeline.upload(frame(jpeg(1))).result(5.0).picture is not None
    assert not pipeline.waiting


def test_no_upload_at_the_end(pipeline: Pipeline) -> None:
    pipeline.start()
    pipeline.stop()
    with pytest.raises(Closed):
        pipeline.upload(frame(jpeg()))
    assert not pipeline.waiting


def test_a_file_that_cannot_be_read_is_recorded(pipeline: Pipeline, reader: Reader) -> None:
    pipeline.start()
    pipeline.refuse_file("inbox", "huge.jpg", "it is too big", key("huge.jpg"))
    pipeline.refuse_file("inbox", "x.jpg", "no right to read it", None)
    until(lambda: reader.totals()["refused"] == 2)
    assert reader.seen_file("inbox", key("huge.jpg"))
    assert pipeline.infer.refused["inbox"] == 2


class Wild(FakeSource):
    """Crashes with what no source should raise, the first `crashes` times."""

    def __init__(self, crashes: int, error: Callable[[], Exception]) -> None:
        super().__init__("wild", count=2)
        self.left = crashes
        self._error = error

    def __iter__(self) -> Iterator[Frame]:
        while self.left:
            self.left -= 1
            raise self._error()
        yield from super().__iter__()


def test_a_capture_that_crashed_is_started_again_later(
    pipeline: Pipeline, sink: FakeSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Backoff, "next", lambda _: 0.1)
    made: list[Wild] = []

    def make() -> Wild:  # one that crashed is never asked again
        made.append(Wild(len(made) < 3, lambda: KeyError("lens")))
        return made[-1]

    pipeline.add_source("wild", make)
    pipeline.start()
    captured = pipeline.captures["wild"]
    until(lambda: captured.worker.crashed and not captured.worker.is_alive())
    crashed = captured.worker
    assert crashed.error == "KeyError: 'lens'"
    assert pipeline.check() is None
    assert pipeline.check() is None
    assert captured.worker is crashed  # not at once
    until(lambda: pipeline.check() is None and sink.seqs() == [1, 2])
    until(lambda: not captured.worker.is_alive())
    rested = captured.worker
    assert pipeline.check() is None
    assert captured.worker is rested  # an exhausted source is left alone


def test_a_source_that_breaks_goes_on_by_itself(
    pipeline: Pipeline, sink: FakeSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Backoff, "next", lambda _: 0.02)
    add(pipeline, Wild(3, lambda: SourceError("the camera hung up")))
    pipeline.start()
    assert sink.wait_for(2, 5.0)
    assert pipeline.captures["wild"].worker.failed == 3


def test_a_dead_infer_thread_is_a_reason_to_end(pipeline: Pipeline) -> None:
    def broken() -> Tagging:
        raise RuntimeError("out of memory")

    pipeline.infer._make_tagging = broken
    pipeline.start()
    until(lambda: pipeline.infer_worker.crashed and not pipeline.infer_worker.is_alive())
    assert pipeline.check() == "the infer thread has ended: RuntimeError: out of memory"


def test_a_dead_write_thread_is_a_reason_to_end(pipeline: Pipeline) -> None:
    pipeline.start()
    pipeline.write_worker.stopping.set()
    until(lambda: not pipeline.write_worker.is_alive())
    assert pipeline.check() == "the write thread has ended: without a reason"


@pytest.mark.parametrize("name", ["infer", "write", "deliver-fake"])
def test_a_silent_thread_is_a_reason_to_end(pipeline: Pipeline, name: str) -> None:
    workers = (
        pipeline.infer_worker,
        pipeline.write_worker,
        *pipeline.deliver_workers.values(),
    )
    pipeline.start()
    [worker] = [worker for worker in workers if worker.name == name]
    beat, worker.beat = worker.beat, lambda: None  # type: ignore[method-assign]
    assert pipeline.check() is None
    worker._beat -= 200.0
    assert (pipeline.check() or "").startswith(f"the {name} thread has been silent for 200 s")
    beat()


def test_a_sink_that_is_down_is_no_reason_to_end(
    pipeline: Pipeline, sink: FakeSink, reader: Reader
) -> None:
    sink.break_down(SinkError("no broker"))
    add(pipeline, FakeSource("a", count=5))
    pipeline.start()
    until(lambda: reader.last_seq() == 5)
    assert pipeline.check() is None
    pipeline.stop()
    assert reader.cursor("fake") == 0  # all of it is there for the next start
