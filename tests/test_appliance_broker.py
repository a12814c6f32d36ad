"""`--with-broker`: what is written is what the real mosquitto wants."""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path

import pytest
from appliance_rig import fresh, install, uninstall

from device.appliance.fake import FakeHost
from device.appliance.host import Done, Host
from device.appliance.options import Options
from device.appliance.steps import StepFailed
from device.broker import find_mosquitto

WITH = Options(broker=True, settle=0.0)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = fresh(tmp_path / "root")
    (made / "etc/mosquitto/conf.d").mkdir(parents=True)
    (made / "etc/mosquitto/mosquitto.conf").write_text("include_dir /etc/mosquitto/conf.d\n")
    return made


def hashing(root: Path) -> FakeHost:
    """A machine whose passwords are hashed by the real program."""
    host = FakeHost(root)

    def really(command: object) -> Done:
        assert isinstance(command, list)
        return Host().run(command)

    if shutil.which("mosquitto_passwd") is None:
        pytest.skip("there is no mosquitto_passwd here")
    host.answers["mosquitto_passwd"] = really
    return host


@pytest.mark.broker
def test_the_real_broker_lets_tagd_in_and_nobody_else(root: Path, tmp_path: Path) -> None:
    install(root, hashing(root), WITH)
    secret = (root / "etc/tagd/credentials/MQTT_PASSWORD").read_text()
    passwords = root / "etc/mosquitto/tagd.passwords"
    assert secret not in passwords.read_text()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    text = (root / "etc/mosquitto/conf.d/tagd.conf").read_text()
    text = text.replace("1883", str(port)).replace("/etc/mosquitto/tagd.passwords", str(passwords))
    config = tmp_path / "mosquitto.conf"
    config.write_text(f"user {'root'}\n{text}")
    program = find_mosquitto()
    assert program is not None
    broker = subprocess.Popen([str(program), "-c", str(config)], stderr=subprocess.DEVNULL)
    try:
        say = ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(port), "-t", "x", "-m", "x"]
        login = [*say, "-u", "tagd", "-P"]
        for _ in range(100):
            if subprocess.run([*login, secret], capture_output=True, check=False).returncode == 0:
                break
        else:
            pytest.fail("tagd is not let in")
        assert subprocess.run([*login, "wrong"], capture_output=True, check=False).returncode
        assert subprocess.run(say, capture_output=True, check=False).returncode
    finally:
        broker.terminate()
        broker.wait(10)


def test_users_that_the_owner_added_stay(root: Path) -> None:
    install(root, options=WITH)
    passwords = root / "etc/mosquitto/tagd.passwords"
    with passwords.open("a") as file:
        file.write("anna:$7$hers\n")
    (root / "etc/tagd/credentials/MQTT_PASSWORD").unlink()
    install(root, options=WITH)
    lines = passwords.read_text().splitlines()
    assert "anna:$7$hers" in lines
    assert len(lines) == 2
    uninstall(root)
    assert not passwords.exists()
    assert not (root / "etc/mosquitto/conf.d/tagd.conf").exists()
    assert (root / "etc/mosquitto/mosquitto.conf").exists()


def test_a_broker_of_the_owners_is_left_alone(root: Path) -> None:
    other = root / "etc/mosquitto/conf.d/mine.conf"
    other.write_text("listener 1883\n")
    with pytest.raises(StepFailed, match=r"mine\.conf has listeners") as failed:
        install(root, options=WITH)
    assert "--with-broker" in failed.value.hint
    assert not (root / "etc/mosquitto/conf.d/tagd.conf").exists()
