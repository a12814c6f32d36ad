"""The infer thread: every frame settles, also the one that breaks its tagger."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator

import pytest
from makers import frame, jpeg, until
from PIL import Image

from device.errors import ModelError
from device.inference.fake import FakeTagger
from device.mailbox import Closed, Mailbox
from device.results import Change, Known, Refused, Tagged
from device.stages.infer import Infer
from device.stages.looks import Looks
from device.tagging import Tagging
from device.types import FileKey, Frame, Picture, Tag
from device.visits import Visits
from device.vocabulary import Vocabulary
from device.workers import Worker, join_all


class Ledger:
    """Knows the contents it was given."""

    def __init__(self) -> None:
        self.contents: set[bytes] = set()

    def seen_file(self, _source: str, _key: FileKey) -> bool:
        return False

    def seen_content(self, _source: str, sha256: bytes) -> bool:
        return sha256 in self.contents


class Moody(FakeTagger):
    """Raises what it is given, once each."""

    def __init__(self, *moods: Exception) -> None:
        super().__init__()
        self.moods = list(moods)

    def tag(self, picture: Picture) -> list[Tag]:
        if self.moods:
            raise self.moods.pop(0)
        return super().tag(picture)


class Rig:
    """An infer thread with its mailbox, and what it handed on."""

    def __init__(self, tagger: FakeTagger) -> None:
        self.tagger = tagger
        self.mailbox = Mailbox()
        self.mailbox.add_lane("upload", live=False)
        self.ledger = Ledger()
        self.settled: list[Change] = []
        looks = Looks(Visits, lambda _: None)
        self.infer = Infer(self.mailbox, self._tagging, self.ledger, self.hand_on, looks)
        self.worker = Worker("infer", self.infer.run)

    def hand_on(self, result: Change, _beat: Callable[[], None]) -> None:
        self.settled.append(result)

    def _tagging(self) -> Tagging:
        return Tagging([self.tagger], Vocabulary(rename={"blue": "sky"}), thumbnail_side=16)

    def settle(self, *frames: Frame) -> list[Change]:
        for one in frames:
            self.mailbox.put("upload", one)
        until(lambda: len(self.settled) == len(frames))
        return self.settled


@pytest.fixture
def make() -> Iterator[Callable[[FakeTagger], Rig]]:
    rigs: list[Rig] = []

    def started(tagger: FakeTagger) -> Rig:
        rigs.append(Rig(tagger))
        rigs[-1].worker.start()
        return rigs[-1]

    yield started
    for rig in rigs:
        rig.mailbox.close()
        assert join_all([rig.worker], 2.0) == []
        assert rig.tagger.closed


Make = Callable[[FakeTagger], Rig]


def test_a_frame_becomes_tags_in_the_owners_words(make: Make) -> None:
    rig = make(FakeTagger())
    one = frame(jpeg(), name="a.jpg")
    [result] = rig.settle(one)
    assert isinstance(result, Tagged)
    assert result.origin.frame_id == one.id
    assert (result.origin.size, result.origin.sha256) == (len(jpeg()), one.sha256)
    assert (result.width, result.height, result.format) == (32, 24, "JPEG")
    assert [tag.name for tag in result.tags] == ["sky"]
    assert result.thumbnail is not None
    with Image.open(io.BytesIO(result.thumbnail)) as thumbnail:
        assert (thumbnail.format, thumbnail.size) == ("JPEG", (16, 12))
    assert result.original is None
    assert rig.infer.tagged["upload"] == 1
    assert rig.infer.tagging is not None
    assert rig.infer.tagging.milliseconds["fake"] > 0


def test_known_content_is_not_even_decoded(make: Make) -> None:
    rig = make(FakeTagger())
    one = frame(b"no picture at all, but known")
    rig.ledger.contents.add(one.sha256 or b"")
    [result] = rig.settle(one)
    assert isinstance(result, Known)
    assert rig.tagger.seen == 0


def test_no_picture_is_refused_and_the_rest_goes_on(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    rig = make(FakeTagger())
    bad, good = rig.settle(frame(b"hello", name="hello.txt"), frame(jpeg()))
    assert isinstance(bad, Refused)
    assert isinstance(good, Tagged)
    assert bad.reason
    assert (rig.infer.refused["upload"], rig.infer.tagged["upload"]) == (1, 1)
    assert "hello.txt refused" in caplog.text


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ModelError("ssd@1 failed: no memory"), "ssd@1 failed: no memory"),
        (MemoryError(), "it broke its tagger (MemoryError)"),
        (ZeroDivisionError("x"), "it broke its tagger (ZeroDivisionError)"),
    ],
)
def test_a_picture_that_breaks_its_tagger_does_not_stop_the_box(
    make: Make, error: Exception, reason: str
) -> None:
    rig = make(Moody(error))
    bad, good = rig.settle(frame(jpeg(1)), frame(jpeg(2)))
    assert isinstance(bad, Refused)
    assert bad.reason == reason
    assert isinstance(good, Tagged)
    assert rig.worker.is_alive()
    assert rig.worker.failed == 1


def test_a_model_that_cannot_be_loaded_ends_the_thread(caplog: pytest.LogCaptureFixture) -> None:
    def no_tagging() -> Tagging:
        raise ModelError("no such model")

    infer = Infer(Mailbox(), no_tagging, Ledger(), lambda *_: None, Looks(Visits, lambda _: None))
    worker = Worker("infer", infer.run)
    with caplog.at_level(logging.ERROR):
        worker.start()
        worker.join(2.0)
    assert worker.crashed
    assert worker.error == "ModelError: no such model"


def test_it_ends_quietly_when_nobody_takes_its_results(make: Make) -> None:
    def closed(result: Change, beat: Callable[[], None]) -> None:
        raise Closed

    rig = make(FakeTagger())
    rig.infer._hand_on = closed
    rig.mailbox.put("upload", frame(jpeg()))
    rig.worker.join(2.0)
    assert not rig.worker.is_alive()
    assert not rig.worker.crashed


def test_it_beats_while_it_waits_for_room(make: Make) -> None:
    rig = make(FakeTagger())
    beats: list[float] = []

    def slow(result: Change, beat: Callable[[], None]) -> None:
        rig.worker._beat -= 1000.0
        beat()
        beats.append(rig.worker.pulse().age)

    rig.infer._hand_on = slow
    rig.mailbox.put("upload", frame(jpeg()))
    until(lambda: beats)
    assert beats[0] < 10.0
