"""From a reader that never waits to a taker that may be slow."""

from __future__ import annotations

import threading
import weakref

import pytest
from makers import spawn

from device.errors import SourceRefused
from device.newest import Newest


class Large:
    """A camera's memory."""


def test_only_the_newest_is_there_and_the_rest_is_counted() -> None:
    newest: Newest[int] = Newest()
    for number in range(5):
        newest.put(number)
    assert (newest.take(), newest.dropped) == (4, 4)


def test_what_came_before_the_end_is_still_taken_then_the_reason_is_told_each_time() -> None:
    newest: Newest[int] = Newest()
    newest.put(1)
    newest.fail(SourceRefused("it said no"))
    assert newest.take() == 1
    for _ in range(2):
        with pytest.raises(SourceRefused, match=r"^it said no$"):
            newest.take()


def test_an_end_keeps_nothing_of_the_reader_nor_of_the_taker() -> None:
    """Without waiting for the garbage collector: a camera that fails does so often."""
    newest: Newest[int] = Newest()
    kept: list[weakref.ref[Large]] = []

    def read() -> None:
        buffer = Large()
        kept.append(weakref.ref(buffer))
        raise SourceRefused("it said no")

    def take() -> None:
        frame = Large()
        kept.append(weakref.ref(frame))
        newest.take()

    try:
        read()
    except SourceRefused as error:
        newest.fail(error)
    with pytest.raises(SourceRefused) as told:
        take()
    del told
    assert [one() for one in kept] == [None, None]


def test_closing_wakes_who_waits() -> None:
    newest: Newest[int] = Newest()
    got: list[int | None] = []
    waiting = threading.Event()
    taker = spawn(lambda: (waiting.set(), got.append(newest.take())))
    assert waiting.wait(5.0)
    newest.close()
    taker.join(5.0)
    assert got == [None]
