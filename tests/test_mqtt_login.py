"""Who the broker lets in and what for: logins, access lists, TLS; and no password in a message."""

from __future__ import annotations

import logging
import subprocess
from pathlib import Path

import pytest
from mqtt_helpers import NEEDS_MOSQUITTO, events, until

from device.broker import PrivateBroker
from device.errors import SinkError, SinkRefused
from device.sinks.mqtt import MqttSettings, MqttSink

pytestmark = NEEDS_MOSQUITTO
PASSWORD = "s3cret-Parole"


def test_a_wrong_password_is_refused_in_one_sentence_without_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with PrivateBroker(tmp_path, users={"tagd": "right"}) as broker:
        settings = MqttSettings(broker.url, "gate", username="tagd", password=PASSWORD)
        sink = MqttSink(settings)
        with pytest.raises(SinkRefused) as refusal:
            sink.send(events(1, 1))
        said = f"{refusal.value} {sink.status()} {settings!r} {sink!r} {caplog.text}"
        assert "authorise tagd: check mqtt.username, mqtt.password" in str(refusal.value)
        assert PASSWORD not in said
        assert sink.status()["connected"] is False
        assert sink.status()["error"] == str(refusal.value)
        sink.close()


def test_a_broker_that_wants_a_login_says_so(tmp_path: Path) -> None:
    with PrivateBroker(tmp_path, users={"tagd": "right"}) as broker:
        sink = MqttSink(MqttSettings(broker.url, "gate"))
        with pytest.raises(SinkRefused, match="wants a login"):
            sink.send(())
        sink.close()


@pytest.mark.parametrize(
    ("allowed", "denied"), [("status", "tagd/gate/events"), ("events", "tagd/gate/status")]
)
def test_the_access_list_is_named_where_it_forbids(
    tmp_path: Path, allowed: str, denied: str
) -> None:
    rules = tmp_path / "rules"
    rules.write_text(f"topic readwrite tagd/gate/{allowed}\n")
    rules.chmod(0o600)
    with PrivateBroker(tmp_path, options=[f"acl_file {rules}"]) as broker:
        sink = MqttSink(MqttSettings(broker.url, "gate"))
        with pytest.raises(SinkRefused, match=denied):
            sink.send(events(1, 1))
        assert sink.status()["connected"] is False
        sink.close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a home-made CA (ca.pem), a server certificate for 127.0.0.1, a strange CA."""
    folder = tmp_path_factory.mktemp("tls")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    days = ["-days", "2"]
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names", *days]
    for command in (
        ["req", "-x509", *key, *days, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=home"],
        ["req", "-x509", *key, *days, "-keyout", "x.key", "-out", "x.pem", "-subj", "/CN=strange"],
        ["req", *key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=broker"],
        ["x509", "-req", "-in", "server.csr", *signed, "-out", "server.pem"],
    ):
        subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)
    return folder


def tls_broker(folder: Path, authority: Path) -> PrivateBroker:
    """A broker that speaks nothing but TLS."""
    files = [f"certfile {authority}/server.pem", f"keyfile {authority}/server.key"]
    return PrivateBroker(folder, options=files)


def test_tls_with_a_ca_of_ones_own(tmp_path: Path, authority: Path) -> None:
    with tls_broker(tmp_path, authority) as broker:
        url = broker.url.replace("mqtt:", "mqtts:")
        sink = MqttSink(MqttSettings(url, "gate", ca_file=f"{authority}/ca.pem"))
        for _ in range(3):
            sink.send(events(1, 200, size=2000))
        assert sink.status()["connected"] is True
        broker.stop(kill=True)
        until(lambda: sink.status()["connected"] is False)
        with pytest.raises(SinkError):
            sink.send(())
        broker.start()
        sink.send(())
        sink.close()


@pytest.mark.parametrize(
    ("scheme", "host", "ca", "sentence"),
    [
        ("mqtts", "127.0.0.1", "x.pem", "certificate of broker .* is not trusted"),
        ("mqtts", "127.0.0.1", None, "certificate of broker .* is not trusted"),
        ("mqtts", "localhost", "ca.pem", "Hostname mismatch"),
        ("mqtts", "127.0.0.1", "none.pem", "cannot read mqtt.ca_file .*none.pem: No such file"),
        ("mqtts", "127.0.0.1", "ca.key", "ca_file .*ca.key holds no certificate"),
        ("mqtt", "127.0.0.1", None, "hung up without a word.*mqtts://"),
    ],
)
def test_tls_that_does_not_fit_is_refused_with_the_reason(
    tmp_path: Path, authority: Path, scheme: str, host: str, ca: str | None, sentence: str
) -> None:
    with tls_broker(tmp_path, authority) as broker:
        url = f"{scheme}://{host}:{broker.port}"
        sink = MqttSink(MqttSettings(url, "gate", ca_file=f"{authority}/{ca}" if ca else None))
        with pytest.raises(SinkError, match=sentence):
            sink.send(())
        sink.close()


def test_tls_to_a_port_without_it(tmp_path: Path) -> None:
    with PrivateBroker(tmp_path) as broker:
        sink = MqttSink(MqttSettings(broker.url.replace("mqtt:", "mqtts:"), "gate"))
        with pytest.raises(SinkError, match="does not speak TLS on this port"):
            sink.send(())
        sink.close()
