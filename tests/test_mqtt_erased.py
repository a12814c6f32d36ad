"""What the broker retains of what was erased is taken back, also over a lost connection."""

from __future__ import annotations

import time

import pytest
from makers import until
from mqtt_helpers import NEEDS_MOSQUITTO
from talk_rig import FakeNow, Seen, stranger
from test_mqtt_now import DISCOVERY, S, pump

from device.broker import PrivateBroker

pytestmark = NEEDS_MOSQUITTO
PICTURE, TAG = f"{S}/picture", f"{S}/tags/quokkas"


def topics(broker: PrivateBroker) -> dict[str, bytes]:
    """What the broker retains."""
    with stranger(broker.port) as other:
        time.sleep(0.3)
        return dict(other.last)


@pytest.fixture
def now() -> FakeNow:
    return FakeNow(here={"gate": {"quokkas": Seen()}}, images={"gate": ("1", b"jpeg")})


def test_the_picture_and_the_tag_are_taken_back(broker: PrivateBroker, now: FakeNow) -> None:
    with pump(broker, now, pictures=True, discovery=True):
        until(lambda: topics(broker).get(PICTURE) == b"jpeg", 20)
        assert b"quokkas" in topics(broker)[DISCOVERY]
        now.here, now.images = {}, {}
        until(lambda: PICTURE not in topics(broker), 20)
        assert topics(broker)[TAG] == b"OFF", "gone is not erased"
        now.forgotten.add("quokkas")
        until(lambda: TAG not in topics(broker), 20)
        until(lambda: b"quokkas" not in b"".join(topics(broker).values()), 20)


def test_also_after_a_restart(broker: PrivateBroker, now: FakeNow) -> None:
    with pump(broker, now, pictures=True):
        until(lambda: topics(broker).get(PICTURE) == b"jpeg", 20)
    now.here, now.images, now.forgotten = {}, {}, {"quokkas"}
    with pump(broker, now, pictures=True):
        until(lambda: not {PICTURE, TAG} & topics(broker).keys(), 20)
