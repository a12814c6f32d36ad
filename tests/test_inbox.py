"""Pictures that are pushed: the bounded inbox, and the source that empties it."""

from __future__ import annotations

import hashlib
import itertools
import threading
import time
from urllib.parse import urlsplit

import pytest
from daemon_rig import jpeg
from makers import spawn, until
from pipeline_rig import Build, add

from device import build as parts
from device.config import Source as Wanted
from device.errors import ConfigError, PictureError, TagdError, UnknownSource
from device.inbox import Inbox
from device.sources.ingest import IngestSource, from_url


def test_first_in_first_out_each_under_its_name() -> None:
    inbox = Inbox()
    inbox.add("gate")
    inbox.add("porch")
    for name, data in (("gate", b"1"), ("porch", b"2"), ("gate", b"3")):
        assert inbox.offer(name, data)
    got = [inbox.take(name, 0.0) for name in ("gate", "gate", "porch", "porch")]
    assert [one and one.data for one in got] == [b"1", b"3", b"2", None]


def test_bounded_in_pictures_and_in_bytes_for_each_name() -> None:
    inbox = Inbox(pictures=3, size=100)
    inbox.add("gate")
    inbox.add("porch")
    assert [inbox.offer("gate", b"x") for _ in range(5)] == [True] * 3 + [False] * 2
    assert [inbox.offer("porch", bytes(60)) for _ in range(2)] == [True, False]
    assert inbox.turned_away("gate") == 2
    assert inbox.turned_away("porch") == 1
    inbox.take("gate", 0.0)
    assert inbox.offer("gate", b"y")


def test_what_can_be_no_picture_and_who_is_unknown() -> None:
    inbox = Inbox(size=100)
    inbox.add("gate")
    with pytest.raises(PictureError, match="nothing was sent to gate"):
        inbox.offer("gate", b"")
    with pytest.raises(PictureError, match="101 bytes were sent to gate"):
        inbox.offer("gate", bytes(101))
    with pytest.raises(UnknownSource, match="no mqtt-ingest source is called gat; there are gate"):
        inbox.offer("gat", b"x")
    assert issubclass(UnknownSource, TagdError)
    assert issubclass(UnknownSource, LookupError)


def test_many_senders_lose_nothing_that_was_taken() -> None:
    inbox = Inbox(pictures=4)
    inbox.add("gate")
    taken: list[bytes] = []

    def send(sender: int) -> None:
        for number in range(200):
            while not inbox.offer("gate", b"%d-%d" % (sender, number)):
                time.sleep(0.0001)

    def take() -> None:
        while len(taken) < 800:
            pushed = inbox.take("gate", 1.0)
            assert pushed is not None
            taken.append(pushed.data)

    threads = [spawn(send, sender) for sender in range(4)]
    take()
    for thread in threads:
        thread.join(5)
    assert len(set(taken)) == 800
    for sender in range(4):
        mine = [data for data in taken if data.startswith(b"%d-" % sender)]
        assert mine == [b"%d-%d" % (sender, number) for number in range(200)]


def test_the_source_hands_over_what_was_pushed_once() -> None:
    inbox = Inbox()
    source = IngestSource("gate", inbox)
    frames = iter(source)
    before = time.time()
    for number in (1, 2, 1, 3):  # the second 1 is a publisher's retransmission
        assert inbox.offer("gate", jpeg(number))
    got = list(itertools.islice(frames, 3))
    assert [frame.data for frame in got] == [jpeg(1), jpeg(2), jpeg(3)]
    assert all(before <= frame.taken_at <= time.time() for frame in got)
    assert got[0].sha256 == hashlib.sha256(jpeg(1)).digest()
    assert got[0].moment is None
    status = source.status()
    assert (status["frames"], status["repeated"], status["waiting"]) == (3, 1, 0)
    assert status["last_frame_age_s"] < 1
    source.close()


def test_closing_wakes_it_and_a_new_one_takes_over() -> None:
    inbox = Inbox()
    source = IngestSource("gate", inbox)
    ended = threading.Event()
    spawn(lambda: (list(source), ended.set()))
    time.sleep(0.05)
    source.close()
    source.close()
    assert ended.wait(1)
    assert not inbox.offer("gate", b"x"), "nobody takes it any more"
    again = IngestSource("gate", inbox)
    assert inbox.offer("gate", b"y")
    assert next(iter(again)).data == b"y"
    again.close()


def test_through_the_pipeline_into_the_store(build: Build) -> None:
    pipeline, inbox = build(), Inbox()
    wanted = Wanted(name="gate", url="mqtt-ingest://")
    add(pipeline, parts.source(wanted, build.reader, lambda *_: None, inbox))
    pipeline.start()
    try:
        for data in (jpeg(1), b"no picture", jpeg(2), jpeg(1)):
            assert inbox.offer("gate", data)
        until(lambda: build.reader.totals()["pictures"] == 2)
        until(lambda: pipeline.infer.refused["gate"] == 1)
    finally:
        build.stop(pipeline)


@pytest.mark.parametrize("url", ["mqtt-ingest://gate", "mqtt-ingest:///x", "mqtt-ingest://?x=1"])
def test_urls_that_cannot_be_right(url: str) -> None:
    with pytest.raises(ConfigError, match="source gate: "):
        from_url("gate", urlsplit(url))
