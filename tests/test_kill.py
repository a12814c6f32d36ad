"""The promise: killed at any moment, the daemon loses no picture and no event."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import pytest
from daemon_rig import Daemon, Filler, jpeg, wait_until
from mqtt_helpers import Subscriber

from device import ids
from device.broker import PrivateBroker


@pytest.mark.broker
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "kills", [10, *(pytest.param(n, marks=pytest.mark.slow) for n in (50, 200))]
)
def test_kills_lose_and_repeat_nothing(kills: int, tmp_path: Path) -> None:
    chance, pictures = random.Random(5), kills * 6
    with (
        PrivateBroker(tmp_path) as broker,
        Subscriber(broker.port, "tagd/test/events") as subscriber,
    ):
        daemon = Daemon(tmp_path / "tagd", mqtt={"url": broker.url})
        filler = Filler(daemon.inbox, pictures - 1, every=0.12)
        filler.start()
        for _ in range(kills):
            daemon.start()
            time.sleep(chance.uniform(0.3, 1.3))
            assert daemon.running, daemon.said()
            daemon.kill()
        filler.join()
        (daemon.inbox / "last.jpg").write_bytes(jpeg(pictures - 1))  # so that the last run has work
        daemon.start()
        wait_until(lambda: daemon.count("picture") == pictures, 60, daemon.said)
        wait_until(lambda: len(subscriber.first_seqs()) == pictures, 30, daemon.said)
        assert daemon.stop() == 0
        assert_whole(daemon, [body for _, body, _ in subscriber.got], pictures)
        assert "Traceback" not in daemon.said()


def assert_whole(daemon: Daemon, bodies: list[bytes], pictures: int) -> None:
    """Every picture stored once with its files, every event received, `seq` without a hole."""
    assert daemon.count("picture") == pictures
    assert len(daemon.rows("SELECT DISTINCT sha256 FROM picture")) == pictures
    assert [row[0] for row in daemon.rows("SELECT seq FROM event ORDER BY seq")] == list(
        range(1, pictures + 1)
    )
    assert daemon.rows("PRAGMA integrity_check") == [("ok",)]
    events = [json.loads(body) for body in bodies]
    by_seq: dict[int, set[str]] = {}
    firsts: list[int] = []
    for event in events:
        if event["seq"] not in by_seq:
            firsts.append(event["seq"])
        by_seq.setdefault(event["seq"], set()).add(event["id"])
    assert firsts == list(range(1, pictures + 1)), "first deliveries out of order, or lost"
    assert all(len(same) == 1 for same in by_seq.values()), "one seq with two ids"
    kept = {path.stem for path in (daemon.data / "thumbnails").rglob("[!.]*.jpg")}
    named = {ids.from_bytes(row[0]) for row in daemon.rows("SELECT uid FROM picture")}
    assert named <= kept, "rows without their file"
