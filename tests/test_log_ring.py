"""The newest lines of the log in memory: by level and number, bounded, without secrets."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import pytest

from device import redact
from device.log_ring import LEVELS, Ring


@pytest.fixture
def logged() -> Iterator[tuple[logging.Logger, Ring]]:
    logger, ring = logging.Logger("device.test"), Ring(most=50_000)
    logger.addHandler(ring)
    yield logger, ring
    ring.close()


def test_lines_by_level_and_number(logged: tuple[logging.Logger, Ring]) -> None:
    logger, ring = logged
    for number in range(5):
        logger.info("calm %d", number)
        logger.warning("warm %d", number)
    lines, following = ring.after(None, LEVELS["warning"], 3)
    assert [line.text for line in lines] == ["warm 2", "warm 3", "warm 4"]
    assert following == 10
    logger.error("hot")
    lines, following = ring.after(following, LEVELS["info"], 100)
    assert [(line.number, line.text, line.word) for line in lines] == [(11, "hot", "error")]
    assert ring.after(following, LEVELS["info"], 100) == ([], 11)
    assert len(ring.after(999, LEVELS["info"], 100)[0]) == 11, "a number of another run"


def test_a_page_of_lines_goes_on_where_it_ended(logged: tuple[logging.Logger, Ring]) -> None:
    logger, ring = logged
    for number in range(10):
        logger.info("%d", number)
    found: list[str] = []
    after = 0
    for _ in range(5):
        lines, after = ring.after(after, LEVELS["info"], 3)
        found += [line.text for line in lines]
    assert found == [str(number) for number in range(10)]


def test_it_is_bounded_and_long_lines_are_cut(logged: tuple[logging.Logger, Ring]) -> None:
    logger, ring = logged
    logger.info("x" * 1_000_000)
    assert len(ring.after(None, 0, 10)[0][0].text) < 10_000
    for number in range(5000):
        logger.info("line %d \U0001f431", number)
    lines, newest = ring.after(None, 0, 10_000)
    assert newest == 5001
    assert 20 < len(lines) < 125, "each counts for 400 bytes at least"
    assert lines[-1].text == "line 4999 \U0001f431"


def test_no_secret_is_kept_nor_shown(logged: tuple[logging.Logger, Ring]) -> None:
    logger, ring = logged
    redact.remember("hunter-of-tests")
    logger.info("with hunter-of-tests and rtsp://me:word@host/")
    logger.info("said before it was known: learnt-later-on")
    redact.remember("learnt-later-on")
    try:
        raise ValueError("hunter-of-tests")
    except ValueError:
        logger.exception("broken")
    text = "\n".join(line.text for line in ring.after(None, 0, 10)[0])
    assert "Traceback" in text
    for secret in ("hunter-of-tests", "learnt-later-on", "me:word"):
        assert secret not in text


def test_many_threads_log_and_read(logged: tuple[logging.Logger, Ring]) -> None:
    logger, ring = logged
    threads = [
        threading.Thread(target=lambda: [logger.info("word") for _ in range(300)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        numbers = [line.number for line in ring.after(None, 0, 500)[0]]
        assert numbers == sorted(set(numbers))
    assert ring.after(None, 0, 1)[1] == 1200
