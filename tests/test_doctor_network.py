"""What the doctor asks of brokers, ports and certificates, each of them real."""

from __future__ import annotations

import re
import socket
import threading
from pathlib import Path

import pytest
from daemon_rig import Daemon
from made_up import by_name, config
from mqtt_helpers import NEEDS_MOSQUITTO, until
from tls_rig import make_ended, make_pair

from device.broker import PrivateBroker
from device.build_sinks import mqtt_settings
from device.checks import network, page
from device.checks.asked import Asked
from device.config import Config
from device.doctor import Finding
from device.sinks.mqtt import MqttSink

PASSWORD = "s3cret-Parole"


def ask(wanted: Config) -> dict[str, Finding]:
    return by_name(Asked({**network.questions(wanted), **page.questions(wanted)}).findings())


def mqtt(broker: PrivateBroker, **more: object) -> Config:
    return config(mqtt={"url": broker.url, **more}, web={"enabled": False})


# -- the broker


@pytest.mark.broker
class TestBroker:
    pytestmark = NEEDS_MOSQUITTO

    def test_it_lets_us_in(self, tmp_path: Path) -> None:
        with PrivateBroker(tmp_path, users={"tagd": PASSWORD}) as broker:
            found = ask(mqtt(broker, username="tagd", password=PASSWORD))["broker"]
        assert found.state == "ok"
        assert found.told.endswith("lets us in, MQTT 5.0, with the password readable")
        assert PASSWORD not in found.told

    @pytest.mark.parametrize("login", [{}, {"username": "tagd", "password": "wrong"}])
    def test_it_refuses_the_login(self, tmp_path: Path, login: dict[str, str]) -> None:
        with PrivateBroker(tmp_path, users={"tagd": PASSWORD}) as broker:
            found = ask(mqtt(broker, **login))["broker"]
        assert found.state == "wrong"
        assert "mqtt.username and mqtt.password" in found.told or "access list" in found.told

    def test_it_takes_no_session_from_a_running_tagd(self, broker: PrivateBroker) -> None:
        """Nor leaves anything behind, however often it looks."""
        wanted = mqtt(broker)
        assert wanted.mqtt is not None
        sink = MqttSink(mqtt_settings(wanted.mqtt, wanted.device))
        try:
            until(lambda: _sends(sink))
            for _ in range(3):
                assert ask(wanted)["broker"].state == "ok"
            assert sink.status()["connected"] is True
            sink.send(())
        finally:
            sink.close()


def _sends(sink: MqttSink) -> bool:
    sink.send(())
    return True


def test_who_is_no_broker(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as web:
        told = threading.Thread(target=_greet, args=(web,))
        told.start()
        found = ask(config(mqtt={"url": f"mqtt://127.0.0.1:{web.getsockname()[1]}"}))["broker"]
        told.join()
    assert found.state == "wrong"


def _greet(server: socket.socket) -> None:
    for _ in range(2):  # MQTT 5, then 3.1.1
        server.settimeout(3)
        try:
            connection, _ = server.accept()
        except TimeoutError:
            return
        with connection:
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


# -- cameras


def test_a_camera_that_is_off() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    sources = [
        {"name": "gate", "url": f"rtsp://viewer:{PASSWORD}@127.0.0.1:{port}/sub"},
        {"name": "off", "url": "rtsp://127.0.0.1:1/sub", "enabled": False},
    ]
    found = ask(config(sources=sources, web={"enabled": False}))
    assert set(found) == {"source gate"}
    assert found["source gate"].state == "wrong"
    assert PASSWORD not in found["source gate"].told


# -- the page's port


def test_a_port_that_is_free_taken_or_nobodys() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        answers = threading.Thread(target=_greet, args=(other,))
        answers.start()
        taken = ask(config(web={"listen": f"127.0.0.1:{port}"}))["page"]
        answers.join()
    assert (taken.state, f"'sport = :{port}'" in taken.told) == ("wrong", True)
    assert ask(config(web={"listen": f"127.0.0.1:{port}"}))["page"].state == "ok"
    assert ask(config(web={"listen": "127.0.0.1:0"}))["page"].state == "ok"
    foreign = ask(config(web={"listen": "192.0.2.1:8080"}))["page"]
    assert "no address of this machine" in foreign.told


@pytest.mark.parametrize("tls", [None, "self-signed"])
def test_a_port_that_tagd_has(tmp_path: Path, tls: str | None) -> None:
    daemon = Daemon(tmp_path, web={"listen": "127.0.0.1:0", "tls": tls})
    daemon.start()
    port = daemon.port() if tls is None else _tls_port(daemon)
    wanted = config(data_dir=str(daemon.data), web={"listen": f"127.0.0.1:{port}", "tls": tls})
    found = ask(wanted)["page"]
    certificates = [one.state for one in page.look(wanted)]
    assert daemon.stop() == 0, daemon.said()
    assert (found.state, found.told) == ("ok", f"tagd listens at 127.0.0.1:{port}")
    assert certificates == ([] if tls is None else ["ok"])


def _tls_port(daemon: Daemon) -> int:
    until(lambda: "the page is at https://" in daemon.said(), 60)
    return int(re.findall(r"the page is at https://[^:]+:(\d+)", daemon.said())[-1])


# -- certificates


@pytest.mark.parametrize(
    ("days", "state", "words"), [(2, "warning", "days: renew it"), (400, "ok", "400 days left")]
)
def test_how_long_a_certificate_holds(tmp_path: Path, days: int, state: str, words: str) -> None:
    certificate, key = make_pair(tmp_path, "page", days)
    [found] = page.look(config(web={"tls": {"certificate": str(certificate), "key": str(key)}}))
    assert (found.state, words in found.told) == (state, True), found


def test_a_certificate_that_has_ended_or_is_none(tmp_path: Path) -> None:
    certificate, key = make_ended(tmp_path)
    [found] = page.look(config(web={"tls": {"certificate": str(certificate), "key": str(key)}}))
    assert (found.state, "days ago" in found.told) == ("wrong", True)
    [none] = page.look(config(web={"tls": {"certificate": str(tmp_path / "x"), "key": str(key)}}))
    assert none.state == "wrong"
    own = config(data_dir=str(tmp_path / "data"), web={"tls": "self-signed"})
    assert [one.state for one in page.look(own)] == ["ok"], "it is made at the first start"
