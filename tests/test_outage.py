"""The promise: a broker that is away costs nothing but time."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from daemon_rig import Daemon, Filler, jpeg, wait_until
from mqtt_helpers import NEEDS_MOSQUITTO, Subscriber

from device.broker import PrivateBroker

pytestmark = NEEDS_MOSQUITTO


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    "seconds", [5, pytest.param(60, marks=pytest.mark.slow)], ids=["5s", "60s"]
)
@pytest.mark.parametrize("killed", [False, True], ids=["stopped", "killed"])
def test_nothing_is_lost_and_order_stays(tmp_path: Path, seconds: int, killed: bool) -> None:
    pictures = 40 + seconds * 8
    with (
        PrivateBroker(tmp_path, persistence=True) as broker,
        Subscriber(broker.port, "tagd/test/events") as subscriber,
    ):
        daemon = Daemon(tmp_path / "tagd", mqtt={"url": broker.url})
        daemon.start()
        Filler(daemon.inbox, pictures, every=0.1).start()
        wait_until(lambda: len(subscriber.first_seqs()) >= 10, 20, daemon.said)
        broker.stop(kill=killed)
        time.sleep(seconds)
        stored = daemon.count("picture")
        assert stored > 10 + seconds * 4, "tagging stopped with the broker"
        broker.start()
        subscriber.wait_until_subscribed()
        wait_until(lambda: len(subscriber.first_seqs()) == pictures, 90, daemon.said)
        assert daemon.stop() == 0
        assert subscriber.first_seqs() == list(range(1, pictures + 1))
        late = [json.loads(body)["replayed"] for _, body, _ in subscriber.got]
        assert any(late), "what was sent late says so"
        assert not all(late)


@pytest.mark.timeout(90)
def test_a_broker_that_is_not_there_at_the_start(tmp_path: Path) -> None:
    with PrivateBroker(tmp_path) as broker:
        broker.stop()
        daemon = Daemon(tmp_path / "tagd", mqtt={"url": broker.url})
        for number in range(20):
            (daemon.inbox / f"{number}.jpg").write_bytes(jpeg(number))
        daemon.start()
        wait_until(lambda: daemon.count("event") == 20, 20, daemon.said)
        assert daemon.said().count("sink mqtt:") == 1, "one line, not one a try"
        broker.start()
        with Subscriber(broker.port, "tagd/test/#") as subscriber:
            wait_until(lambda: len(subscriber.first_seqs()) == 20, 30, daemon.said)
            assert daemon.stop() == 0
            wait_until(lambda: subscriber.statuses()[-1:] == [b"offline"], 5)
        assert subscriber.first_seqs() == list(range(1, 21))
        assert b"online" in subscriber.statuses()
