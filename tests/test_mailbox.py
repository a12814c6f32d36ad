"""The lanes between capture and infer: bounded, fair, and woken when it is over."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from makers import GREY, spawn, until

from device.mailbox import Closed, Mailbox
from device.types import Frame, Look


def frame(name: str, source: str = "a") -> Frame:
    return Frame(name, source, 0.0, GREY)


def taken(mailbox: Mailbox, count: int) -> list[str]:
    frames = [mailbox.take(1.0) for _ in range(count)]
    return [f.id for f in frames if f is not None]


def test_a_live_lane_keeps_the_newest_and_counts_the_rest() -> None:
    mailbox = Mailbox()
    mailbox.add_lane("a", live=True, capacity=8)
    for number in range(5):
        mailbox.put("a", frame(str(number)))
    assert (mailbox.depth("a"), mailbox.dropped("a")) == (1, 4)
    assert taken(mailbox, 1) == ["4"]
    assert mailbox.take(0.0) is None


def test_a_look_that_is_due_or_asked_for_is_not_replaced_by_a_newer_one() -> None:
    """Unless newer ones of its kind come and come, while the models stand still."""
    awaited = {"asked"}
    mailbox = Mailbox(awaited.__contains__)
    mailbox.add_lane("a", live=True)
    mailbox.put("a", frame("motion"))
    mailbox.put("a", replace(frame("due"), look=Look("interval")))
    for number in range(5):
        mailbox.put("a", replace(frame(f"m{number}"), look=Look("motion")))
    mailbox.put("a", replace(frame("asked"), look=Look("asked")))
    assert (mailbox.depth("a"), mailbox.dropped("a")) == (2, 6)
    assert taken(mailbox, 1) == ["due"]
    for number in range(100):
        mailbox.put("a", replace(frame(f"due{number}"), look=Look("interval")))
    assert taken(mailbox, 2) == ["asked", "due99"]
    assert mailbox.take(0.0) is None


def test_any_other_lane_makes_its_writer_wait_and_loses_nothing() -> None:
    mailbox = Mailbox()
    mailbox.add_lane("a", live=False, capacity=2)
    writer = spawn(lambda: [mailbox.put("a", frame(str(n))) for n in range(6)])
    until(lambda: mailbox.depth("a") == 2)
    writer.join(0.05)
    assert writer.is_alive()
    assert mailbox.depth("a") == 2
    assert taken(mailbox, 6) == list("012345")
    writer.join(1.0)
    assert not writer.is_alive()
    assert mailbox.dropped("a") == 0


def test_a_full_folder_does_not_starve_a_camera() -> None:
    mailbox = Mailbox()
    mailbox.add_lane("folder", live=False, capacity=8)
    mailbox.add_lane("camera", live=True)
    for number in range(8):
        mailbox.put("folder", frame(f"f{number}"))
    mailbox.put("camera", frame("c0"))
    assert "c0" in taken(mailbox, 2)
    mailbox.put("camera", frame("c1"))
    assert "c1" in taken(mailbox, 2)


def test_every_lane_gets_its_turn() -> None:
    mailbox = Mailbox()
    for name in "abc":
        mailbox.add_lane(name, live=False)
        for number in range(2):
            mailbox.put(name, frame(f"{name}{number}"))
    assert taken(mailbox, 6) == ["a0", "b0", "c0", "a1", "b1", "c1"]


def test_offer_says_no_instead_of_waiting() -> None:
    mailbox = Mailbox()
    mailbox.add_lane("upload", live=False, capacity=2)
    assert [mailbox.offer("upload", frame(n)) for n in "123"] == [True, True, False]
    assert taken(mailbox, 2) == ["1", "2"]
    assert mailbox.offer("upload", frame("4"))


@pytest.mark.alone
def test_take_waits_for_as_long_as_it_was_told() -> None:
    mailbox = Mailbox()
    mailbox.add_lane("a", live=True)
    start = time.monotonic()
    assert mailbox.take(0.1) is None
    assert 0.1 <= time.monotonic() - start < 1.0


@pytest.mark.alone
def test_take_is_woken_by_a_put() -> None:
    mailbox = Mailbox()
    mailbox.add_lane("a", live=True)
    start = time.monotonic()
    spawn(lambda: (time.sleep(0.05), mailbox.put("a", frame("x"))))
    assert taken(mailbox, 1) == ["x"]
    assert time.monotonic() - start < 0.9


@pytest.mark.alone
def test_close_wakes_everybody_and_nothing_more_is_taken() -> None:
    mailbox = Mailbox()
    mailbox.add_lane("full", live=False, capacity=1)
    mailbox.add_lane("empty", live=True)
    mailbox.put("full", frame("1"))
    ends: list[str] = []

    def wait_for_room() -> None:
        try:
            mailbox.put("full", frame("2"))
        except Closed:
            ends.append("closed")

    threads = [spawn(wait_for_room) for _ in range(3)]
    mailbox.close()
    for thread in threads:
        thread.join(1.0)
    assert ends == ["closed"] * 3
    start = time.monotonic()
    assert mailbox.take(5.0) is None
    assert time.monotonic() - start < 1.0
    for lane in ("full", "empty"):
        with pytest.raises(Closed):
            mailbox.put(lane, frame("3"))
        with pytest.raises(Closed):
            mailbox.offer(lane, frame("3"))


def test_many_writers_and_one_reader_lose_nothing() -> None:
    mailbox = Mailbox()
    for lane in "abcd":
        mailbox.add_lane(lane, live=False, capacity=2)

    def write(lane: str) -> None:
        for number in range(200):
            mailbox.put(lane, frame(f"{lane}{number:03}"))

    threads = [spawn(write, lane) for lane in "abcd"]
    seen = taken(mailbox, 800)
    for thread in threads:
        thread.join(1.0)
    for lane in "abcd":
        assert [n for n in seen if n[0] == lane] == [f"{lane}{n:03}" for n in range(200)]
