"""The one thread class, its pulse, how it is stopped, and how long is waited before a new try."""

from __future__ import annotations

import logging
import threading
import time

import pytest
from makers import until

from device.backoff import Backoff
from device.workers import Worker, join_all


def loop(worker: Worker) -> None:
    while not worker.stopping.wait(0.01):
        worker.count()


def test_it_works_says_so_and_stops() -> None:
    worker = Worker("w", loop)
    assert not worker.pulse().alive
    worker.start()
    until(lambda: worker.done > 2)
    pulse = worker.pulse()
    assert (pulse.name, pulse.alive, pulse.failed, pulse.error) == ("w", True, 0, None)
    assert pulse.age < 1.0
    assert join_all([worker], 1.0) == []
    assert not worker.pulse().alive
    assert not worker.crashed


def test_a_crash_is_remembered_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    def work(_: Worker) -> None:
        raise LookupError("no such lens")

    worker = Worker("eye", work)
    worker.start()
    worker.join(1.0)
    assert worker.crashed
    assert worker.pulse().error == "LookupError: no such lens"
    assert worker.pulse().failed == 1
    assert "thread eye ended" in caplog.text


def test_success_clears_the_last_error_and_both_are_a_sign_of_life() -> None:
    worker = Worker("w", loop)
    time.sleep(0.05)
    assert worker.pulse().age >= 0.05
    worker.fail("broken")
    assert worker.pulse().age < 0.05
    assert worker.pulse().error == "broken"
    worker.count(3)
    assert worker.pulse().error is None
    assert (worker.done, worker.failed) == (3, 1)


def test_those_that_do_not_stop_are_named(caplog: pytest.LogCaptureFixture) -> None:
    release = threading.Event()
    stuck = Worker("stuck", lambda _: release.wait(5.0) and None)
    quick, unstarted = Worker("quick", loop), Worker("unstarted", loop)
    stuck.start()
    quick.start()
    start = time.monotonic()
    with caplog.at_level(logging.ERROR):
        late = join_all([stuck, quick, unstarted], 0.2)
    assert late == ["stuck"]
    assert "stuck" in caplog.text
    assert 0.2 <= time.monotonic() - start < 1.0  # one deadline for all, not one for each
    release.set()
    stuck.join(1.0)


def test_waits_double_up_to_the_limit() -> None:
    backoff = Backoff(first=1.0, limit=8.0)
    waits = [backoff.next() for _ in range(40)]
    for wait, wanted in zip(waits, [1, 2, 4, 8, 8, 8, *[8] * 34], strict=True):
        assert wanted * 0.8 <= wait <= wanted * 1.2
    backoff.reset()
    assert backoff.next() <= 1.2


def test_two_devices_do_not_knock_together() -> None:
    assert len({Backoff().next() for _ in range(20)}) > 10
