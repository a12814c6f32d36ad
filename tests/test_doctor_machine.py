"""What the doctor says of boards, cards, files and the unit, on machines that are made up."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_up import PI, by_name, config, machine, mounted

from device import mounts
from device.checks import disk, files, service, software
from device.checks import machine as board

DAY = 10**9


# -- the board


def test_a_well_fed_raspberry_pi(tmp_path: Path) -> None:
    found = by_name(board.look(machine(tmp_path, PI)))
    assert found["board"].told.startswith("Raspberry Pi 4 Model B Rev 1.4")
    assert {found[one].state for one in ("board", "power", "temperature", "memory")} == {"ok"}
    assert "no battery clock" in found["clock"].told


@pytest.mark.parametrize(
    ("flags", "about", "state", "words"),
    [
        ("50005", "power", "wrong", "power supply"),
        ("50000", "power", "warning", "since the start"),
        ("80008", "speed", "warning", "heat sink"),
        ("e0006", "speed", "warning", "its frequency is capped, it is slowed down"),
    ],
)
def test_what_a_raspberry_pi_holds_back(
    tmp_path: Path, flags: str, about: str, state: str, words: str
) -> None:
    throttled = {"sys/devices/platform/soc/soc:firmware/get_throttled": flags}
    found = by_name(board.look(machine(tmp_path, PI, throttled)))
    assert (found[about].state, words in found[about].told) == (state, True), found[about]


def test_a_hot_board_with_little_memory(tmp_path: Path) -> None:
    hot = {
        "sys/class/thermal/thermal_zone0/temp": "84000\n",
        "proc/meminfo": "MemTotal: 436000 kB\nMemAvailable: 60000 kB\n",
        "sys/class/rtc/rtc0/name": "rpi_rtc\n",
        "etc/timezone": "Europe/Berlin\n",
    }
    found = by_name(board.look(machine(tmp_path, PI, hot)))
    assert found["temperature"].state == found["memory"].state == "warning"
    assert "slows itself down" in found["temperature"].told
    assert "no battery" not in found["clock"].told
    assert "Europe/Berlin" in found["clock"].told


# -- the disk


def test_a_card_like_new(tmp_path: Path) -> None:
    data = tmp_path / "my data"
    data.mkdir()
    root = mounted(tmp_path, data, written=5 * DAY, life="0x01 0x01", spare="0x01")
    machine(root, PI)
    found = by_name(disk.look(data / "not there yet", root))
    assert {one.state for one in found.values()} == {"ok"}
    assert found["card"].told == (
        "mmcblk0, 5.0 GB written since the start, 0.5 GB a day, worn 10 %"
    )
    mount = mounts.mount_of(data, root)
    assert mount is not None
    assert (mount.place, mount.kind) == (str(data), "ext4")


@pytest.mark.parametrize(
    ("life", "spare", "written", "state", "words"),
    [
        ("0x08 0x02", "0x01", 1, "warning", "worn 80 %: make a backup"),
        ("0x0b 0x02", "0x01", 1, "wrong", "replace it today"),
        ("0x02 0x02", "0x03", 1, "wrong", "spare blocks nearly none"),
        ("", "", 300 * DAY, "warning", "wears a card out"),
        ("0x00 0x00", "garbage", 1, "ok", "mmcblk0"),
    ],
)
def test_a_worn_card(
    tmp_path: Path, life: str, spare: str, written: int, state: str, words: str
) -> None:
    root = machine(mounted(tmp_path, tmp_path, written=written, life=life, spare=spare), PI)
    found = by_name(disk.look(tmp_path, root))["card"]
    assert (found.state, words in found.told) == (state, True), found


@pytest.mark.parametrize(
    ("kind", "options", "state", "words"),
    [
        ("ext4", "ro,noatime", "wrong", "read-only"),
        ("nfs4", "rw,relatime", "wrong", "not safe over a network"),
        ("vfat", "rw,relatime", "warning", "use ext4"),
        ("tmpfs", "rw,relatime", "warning", "in memory"),
        ("overlay", "rw,relatime", "warning", "a volume"),
        ("ext4", "rw", "warning", "put noatime into /etc/fstab"),
        ("f2fs", "rw,relatime", "ok", "f2fs"),
    ],
)
def test_file_systems(tmp_path: Path, kind: str, options: str, state: str, words: str) -> None:
    found = by_name(disk.look(tmp_path, mounted(tmp_path, tmp_path, kind, options)))["file system"]
    assert (found.state, words in found.told) == (state, True), found


def test_a_kernel_that_says_nothing_or_nonsense(tmp_path: Path) -> None:
    assert [one.about for one in disk.look(tmp_path, tmp_path)] == ["data folder"]
    machine(tmp_path, {"proc/self/mountinfo": "x\n1 2 3\n - \n36 35 9:9 / /\\04 - -\n\0\n"})
    assert mounts.mount_of(tmp_path, tmp_path) is None


# -- files, packages, the unit


def test_files_that_anybody_may_read(tmp_path: Path) -> None:
    path = tmp_path / "tagd.yaml"
    path.write_text("mqtt: {url: 'mqtt://h', username: u, password: hunter22}\n")
    path.chmod(0o644)
    assert by_name(files.look(config(), path))["config"].state == "warning"
    path.chmod(0o640)
    assert by_name(files.look(config(), path))["config"].state == "ok"
    path.write_text("mqtt: {url: 'mqtt://h', username: u, password: '${SECRET}'}\n")
    path.chmod(0o644)
    assert by_name(files.look(config(), path))["config"].state == "ok"
    key = tmp_path / "key.pem"
    given = tmp_path / "credentials"
    for mode, state in ((0o755, "warning"), (0o700, "ok")):
        given.mkdir(exist_ok=True)
        given.chmod(mode)
        assert by_name(files.look(config(), path, given))["credentials"].state == state
    tls = {"certificate": str(tmp_path / "c.pem"), "key": str(key)}
    wanted = config(web={"tls": tls}, vocabulary={"file": str(tmp_path / "no.yaml")})
    found = by_name(files.look(wanted, None))
    assert found["web.tls.key"].state == found["vocabulary.file"].state == "wrong"
    key.write_text("x")
    key.chmod(0o644)
    assert by_name(files.look(wanted, None))["web.tls.key"].state == "warning"


def test_packages_against_those_tested(tmp_path: Path) -> None:
    pins = tmp_path / "pins.txt"
    pins.write_text("# some\nclick==0.0.1 ; python_version > '3'\nPyYAML==0.1\nnumpy==0.2\n")
    found = by_name(software.look(pins))["packages"]
    assert found.state == "warning"
    assert "(tested: 0.0.1)" in found.told
    pins.unlink()
    assert "missing" in by_name(software.look(pins))["packages"].told
    assert by_name(software.look())["packages"].state in ("ok", "warning")


@pytest.mark.parametrize(
    ("shown", "states", "words"),
    [
        ({"LoadState": "not-found"}, ["ok"], "by hand"),
        ({"LoadState": "masked"}, ["wrong"], "masked"),
        ({"ActiveState": "failed", "Result": "watchdog"}, ["wrong"], "failed (watchdog)"),
        ({"ActiveState": "activating"}, ["wrong"], "journalctl"),
        ({"NRestarts": "7"}, ["warning"], "7 times"),
        ({"UnitFileState": "disabled"}, ["warning"], "enable tagd"),
        ({"WatchdogUSec": "0"}, ["ok", "warning"], "WatchdogSec"),
        ({}, ["ok"], "active"),
    ],
)
def test_the_unit(shown: dict[str, str], states: list[str], words: str) -> None:
    well = {
        "LoadState": "loaded",
        "ActiveState": "active",
        "UnitFileState": "enabled",
        "NRestarts": "0",
        "WatchdogUSec": "30s",
        "Result": "success",
    }
    found = list(service.judged({**well, **shown}))
    assert [one.state for one in found] == states
    assert words in found[-1].told


def test_systemctl_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(service.look(tmp_path)) == [], "systemd does not run there"
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    tool = tmp_path / "systemctl"
    tool.write_text("#!/bin/sh\necho LoadState=loaded\necho ActiveState=failed\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert [one.state for one in service.look(tmp_path)] == ["wrong"]
    tool.write_text("#!/bin/sh\nexit 1\n")
    assert [one.state for one in service.look(tmp_path)] == ["warning"]
