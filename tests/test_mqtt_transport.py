"""Ways to a broker: WebSockets, certificates, a network that drops, a changed password."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from mqtt_helpers import NEEDS_MOSQUITTO, Subscriber, deliver, events, until
from talk_rig import FakeCommands, FakeNow, Pump
from ws_bridge import Bridge

from device.broker import PrivateBroker
from device.errors import ConfigError, SinkError, SinkRefused
from device.sinks.mqtt import MqttSettings, MqttSink

pytestmark = NEEDS_MOSQUITTO


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CA, and certificates of it for a server on 127.0.0.1 and for a device."""
    folder = tmp_path_factory.mktemp("papers")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    bare = [*key, "-nodes"]
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"]
    commands = [["req", "-x509", *bare, "-days", "2", "-keyout", "ca.key", "-out", "ca.pem"]]
    commands[0] += ["-subj", "/CN=home"]
    for name in ("server", "device"):
        request = ["-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}"]
        commands.append(["req", *bare, *request])
        sign = ["x509", "-req", "-in", f"{name}.csr", *signed, "-out", f"{name}.pem"]
        commands.append([*sign, "-extfile", "names"])
    commands.append(
        ["ec", "-in", "device.key", "-aes128", "-passout", "pass:x", "-out", "shut.key"]
    )
    for command in commands:
        subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)
    both = (folder / "device.pem").read_text() + (folder / "device.key").read_text()
    (folder / "both.pem").write_text(both)
    return folder


def strict(folder: Path, papers: Path) -> PrivateBroker:
    """A broker that speaks TLS and wants to see a certificate."""
    files = [f"certfile {papers}/server.pem", f"keyfile {papers}/server.key"]
    return PrivateBroker(
        folder, options=[*files, f"cafile {papers}/ca.pem", "require_certificate true"]
    )


def test_a_certificate_of_our_own(tmp_path: Path, papers: Path) -> None:
    with strict(tmp_path, papers) as broker:
        url = broker.url.replace("mqtt:", "mqtts:")
        ca = {"ca_file": f"{papers}/ca.pem"}
        for own in (
            {"cert_file": f"{papers}/device.pem", "key_file": f"{papers}/device.key"},
            {"cert_file": f"{papers}/both.pem"},
        ):
            sink = MqttSink(MqttSettings(url, "gate", **ca, **own))  # type: ignore[arg-type]
            sink.send(events(1, 20))
            sink.close()
        for wrong, sentence in (
            ({}, "wants a certificate|does not speak TLS|closed the connection|hung up"),
            ({"cert_file": f"{papers}/none.pem"}, "cannot read mqtt.cert_file"),
            ({"cert_file": f"{papers}/device.pem"}, "no certificate and its key"),
            (
                {"cert_file": f"{papers}/device.pem", "key_file": f"{papers}/shut.key"},
                "without a password",
            ),
            (
                {"cert_file": f"{papers}/device.pem", "key_file": f"{papers}/ca.key"},
                "no certificate and its key",
            ),
        ):
            sink = MqttSink(MqttSettings(url, "gate", **ca, **wrong))  # type: ignore[arg-type]
            with pytest.raises(SinkError, match=sentence):
                sink.send(())
            sink.close()


def test_insecure_tls_has_to_be_asked_for_by_that_name(tmp_path: Path, papers: Path) -> None:
    files = [f"certfile {papers}/server.pem", f"keyfile {papers}/server.key"]
    with PrivateBroker(tmp_path, options=files) as broker:
        url = f"mqtts://localhost:{broker.port}"  # not even its name is right
        sink = MqttSink(MqttSettings(url, "gate", insecure_tls=True))
        sink.send(events(1, 3))
        sink.close()


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"url": "mqtt://x", "insecure_tls": True}, "insecure_tls: needs an mqtts://"),
        ({"url": "mqtts://x", "key_file": "k"}, "key_file: needs mqtt.cert_file"),
        ({"url": "wss://x", "insecure_tls": True, "ca_file": "c"}, "nothing is checked"),
        ({"url": "ws://x/a b"}, "holds a blank"),
        ({"url": "mqtt://x/path"}, "ends after the port"),
    ],
)
def test_settings_that_contradict_themselves(more: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        MqttSettings(device="gate", **more)


@pytest.mark.parametrize("path", ["", "/mqtt", "/deep/er?token=1"])
def test_web_sockets(broker: PrivateBroker, path: str) -> None:
    now = FakeNow()
    with Bridge(broker.port) as bridge, Subscriber(broker.port) as subscriber:
        sink = MqttSink(MqttSettings(f"ws://127.0.0.1:{bridge.port}{path}", "gate"))
        with Pump(sink, now, FakeCommands(now)):
            until(lambda: sink.status()["connected"])
            for start in (1, 101):
                sink.send(events(start, start + 99, size=500))
            until(lambda: subscriber.first_seqs() == list(range(1, 201)))
            broker.stop(kill=True)
            until(lambda: sink.status()["connected"] is False)
            broker.start()
            until(lambda: sink.status()["connected"], seconds=10.0)
        assert set(bridge.paths) == {path or "/mqtt"}


# paho forgets the socket of a handshake that failed; the interpreter closes it at once.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_web_sockets_where_there_are_none(broker: PrivateBroker) -> None:
    sink = MqttSink(MqttSettings(broker.url.replace("mqtt:", "ws:"), "gate", timeout=2.0))
    with pytest.raises(SinkError, match="does not speak MQTT over WebSockets at /mqtt"):
        sink.send(())
    sink.close()


def test_a_password_changed_at_the_broker_is_told_and_the_new_one_works(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    with PrivateBroker(tmp_path / "b", users={"tagd": "old"}) as broker:
        port = broker.port
        sink = MqttSink(MqttSettings(broker.url, "gate", username="tagd", password="old"))
        sink.send(())
    (tmp_path / "c").mkdir()
    changed = PrivateBroker(tmp_path / "c", users={"tagd": "new"})
    changed.port = port
    with changed:
        until(lambda: sink.status()["connected"] is False)
        with pytest.raises(SinkError):
            sink.send(())
        with pytest.raises(SinkRefused, match=r"check mqtt\.username, mqtt\.password"):
            sink.send(events(1, 1))
        sink.close()
        fresh = MqttSink(MqttSettings(changed.url, "gate", username="tagd", password="new"))
        fresh.send(events(1, 1))
        fresh.close()


class Proxy:
    """A wire to the broker that can be cut: `swallow` drops all that comes, without a word."""

    def __init__(self, port: int) -> None:
        self.swallow = threading.Event()
        self._target = port
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.cut()
        for thread in self._threads:
            thread.join(5.0)

    def cut(self) -> None:
        """End every connection."""
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._server.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                self._open += [near, far]
                for one, other in ((near, far), (far, near)):
                    thread = threading.Thread(target=self._pass_on, args=(one, other))
                    self._threads.append(thread)
                    thread.start()

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError), one:
            while data := one.recv(1000):
                if not self.swallow.is_set():
                    other.sendall(data)
        with suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def proxy(broker: PrivateBroker) -> Iterator[Proxy]:
    made = Proxy(broker.port)
    yield made
    made.close()


def test_a_network_that_swallows_and_cuts_loses_nothing(
    broker: PrivateBroker, proxy: Proxy
) -> None:
    sink = MqttSink(MqttSettings(f"mqtt://127.0.0.1:{proxy.port}", "gate", timeout=0.5))
    told = events(1, 3000)
    with Subscriber(broker.port) as subscriber:
        stop = threading.Event()

        def trouble() -> None:
            while not stop.wait(0.15):
                proxy.swallow.set()
                stop.wait(0.05)
                proxy.cut()
                proxy.swallow.clear()

        thread = threading.Thread(target=trouble)
        thread.start()
        failures = deliver(sink, told[:2000], batch=100)
        stop.set()
        thread.join()
        deliver(sink, told[2000:], batch=200)
        until(lambda: len(subscriber.first_seqs()) == 3000, seconds=10.0)
        assert subscriber.first_seqs() == [event.seq for event in told]
        assert failures > 0
    sink.close()
