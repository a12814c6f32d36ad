"""One look at everything: numbers that are right, problems that are named, no secret."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from makers import colours, frame, until
from pipeline_rig import add

from device.config import Config
from device.errors import SinkError, SourceError, StoreFull
from device.health import Health
from device.pipeline import Pipeline
from device.redact import remember
from device.sinks.fake import FakeSink
from device.sources.fake import FakeSource
from device.store.reader import Reader
from device.store.writer import Store
from device.types import Frame

CONFIG = Config.model_validate(
    {
        "device": {"id": "gate", "name": "Front gate"},
        "sources": [
            {"name": "cam", "url": "fake://viewer:hunter2@192.0.2.1/"},
            {"name": "off", "url": "fake:", "enabled": False},
        ],
    }
)


class Camera(FakeSource):
    """Fails with a password in its error until it is mended."""

    def __init__(self) -> None:
        super().__init__("cam", count=4)
        self.broken = False

    def __iter__(self) -> Iterator[Frame]:
        if self.broken:
            raise SourceError("rtsp://viewer:hunter2@192.0.2.1/ hung up; swordfish")
        yield from super().__iter__()


class Rig:
    """A pipeline and its health."""

    def __init__(self, store: Store, reader: Reader) -> None:
        self.sink, self.camera = FakeSink(), Camera()
        store.add_sink("fake")
        self.pipeline = Pipeline(
            store=store, feed=reader, ledger=reader, make_tagging=colours, sinks=[self.sink]
        )
        add(self.pipeline, self.camera)
        self.health = Health(CONFIG, self.pipeline, reader)


@pytest.fixture
def rig(store: Store, reader: Reader) -> Iterator[Rig]:
    made = Rig(store, reader)
    yield made
    made.pipeline.stop()


def test_before_anything_runs(rig: Rig) -> None:
    seen = rig.health.look()
    assert seen["status"] == "ok"
    assert seen["taggers"] == []
    json.dumps(seen, allow_nan=False)


def test_when_all_is_well(rig: Rig) -> None:
    rig.pipeline.start()
    assert rig.sink.wait_for(4, 5.0)
    refusal = rig.pipeline.upload(frame(b"no picture"))
    assert refusal.result(5.0).error
    until(lambda: rig.pipeline.delivers["fake"].lag == 0)
    seen = rig.health.look()
    assert (seen["status"], seen["problems"]) == ("ok", [])
    assert seen["device"] == {"id": "gate", "name": "Front gate"}
    assert seen["uptime_s"] >= 0
    cam, upload = seen["sources"]
    assert cam["name"] == "cam"
    assert cam["url"] == "fake://***@192.0.2.1/"
    assert (cam["done"], cam["failed"], cam["queued"], cam["dropped"]) == (4, 0, 0, 0)
    assert (upload["name"], upload["done"], upload["failed"]) == ("upload", 0, 1)
    [tagger] = seen["taggers"]
    assert (tagger["name"], tagger["model"], tagger["backend"]) == ("fake", "colours@1", "fake")
    assert tagger["ms"] >= 0
    store = seen["store"]
    assert {k: store[k] for k in ("pictures", "refused", "events", "last_seq", "queued")} == {
        "pictures": 4,
        "refused": 1,
        "events": 4,
        "last_seq": 4,
        "queued": 0,
    }
    assert store["bytes"] > 0
    assert seen["sinks"] == [{"name": "fake", "cursor": 4, "lag": 0, "error": None}]
    json.dumps(seen, allow_nan=False)


def test_what_is_wrong_is_named_without_its_secret(rig: Rig) -> None:
    remember("swordfish")
    rig.camera.broken = True
    rig.sink.break_down(SinkError("the broker refused swordfish"))
    rig.pipeline.start()
    until(lambda: rig.pipeline.captures["cam"].worker.failed)
    until(lambda: rig.pipeline.deliver_workers["fake"].failed)
    rig.pipeline.write.problem = str(StoreFull("the disk is full; make room"))
    seen = rig.health.look()
    assert seen["status"] == "degraded"
    assert seen["problems"] == [
        "source cam: rtsp://***@192.0.2.1/ hung up; ***",
        "sink fake: the broker refused ***",
        "the disk is full; make room",
    ]
    assert seen["sources"][0]["error"] == "rtsp://***@192.0.2.1/ hung up; ***"
    text = json.dumps(seen)
    assert "hunter2" not in text
    assert "swordfish" not in text


def test_a_database_that_is_gone_is_a_problem_and_no_crash(rig: Rig, reader: Reader) -> None:
    reader.close()
    reader._path.rename(reader._path.with_name("moved"))
    seen = rig.health.look()
    reader._path.with_name("moved").rename(reader._path)
    assert seen["status"] == "degraded"
    assert "there is no database yet" in seen["problems"][0]
    assert seen["store"] == {"last_seq": 0, "queued": 0}


def test_asking_leaves_no_trace(rig: Rig) -> None:
    before = (len(rig.pipeline.infer.tagged), len(rig.pipeline.infer.refused))
    rig.health.look()
    assert (len(rig.pipeline.infer.tagged), len(rig.pipeline.infer.refused)) == before
