"""The real daemon with discovery and pictures on a real broker, killed and started again."""

from __future__ import annotations

import io
import json
from pathlib import Path

from daemon_rig import Daemon
from mqtt_helpers import NEEDS_MOSQUITTO, until
from PIL import Image
from talk_rig import Stranger

from device.broker import PrivateBroker

pytestmark = NEEDS_MOSQUITTO
PICTURE = "tagd/test/sources/inbox/picture"


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(file, "JPEG")
    return file.getvalue()


def test_it_tells_what_is_now_answers_and_survives_a_kill(
    tmp_path: Path, broker: PrivateBroker
) -> None:
    mqtt = {"url": broker.url, "discovery": "homeassistant", "announce": ["person"]}
    daemon = Daemon(tmp_path / "d", mqtt={**mqtt, "pictures": True})
    with Stranger(broker.port) as other:
        daemon.start()
        until(lambda: other.last.get("tagd/test/sources/inbox/tags/person") == b"OFF", 20.0)
        assert other.last["tagd/test/status"] == b"online"
        config = json.loads(other.last["homeassistant/device/test/config"])
        assert "inbox.tag.person" in config["components"]

        other.ask("tagd/test/command/tag", picture(), b"7")
        correlation, body = other.answers.get(timeout=10)
        assert correlation == b"7"
        assert json.loads(body)["tags"][0]["name"] == "red"
        other.ask("tagd/test/command/tag", b"this is no picture", b"8")
        assert "error" in json.loads(other.answers.get(timeout=10)[1])
        other.ask("tagd/test/ingest/nobody", picture(), b"9")
        assert "nobody" in json.loads(other.answers.get(timeout=10)[1])["error"]

        (daemon.inbox / "a.jpg").write_bytes(picture())
        until(lambda: other.last.get(PICTURE, b"")[:2] == b"\xff\xd8", 10.0)

        daemon.kill()
        until(lambda: other.last["tagd/test/status"] == b"offline", 10.0)
        broker.stop(kill=True)  # and it forgets everything
        broker.start()
    with Stranger(broker.port) as other:
        daemon.start()
        until(lambda: other.last.get("tagd/test/sources/inbox/tags/person") == b"OFF", 20.0)
        until(lambda: other.last.get(PICTURE, b"")[:2] == b"\xff\xd8", 5.0)
        until(lambda: b'"status":"ok"' in other.last.get("tagd/test/health", b""), 5.0)
    daemon.kill()
