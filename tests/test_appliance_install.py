"""The installer's row of steps on a machine that is made up, below a folder."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
import yaml
from appliance_rig import PI, fresh, install, installation, supply, tree

from device.appliance.fake import LINK, FakeHost
from device.appliance.host import Done
from device.appliance.options import Options
from device.appliance.releases import Releases
from device.appliance.steps import StepFailed


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return fresh(tmp_path / "root")


def current(root: Path) -> str:
    return (root / "opt/tagd/current").readlink().name


def test_a_fresh_machine_becomes_an_appliance(root: Path) -> None:
    host = FakeHost(root)
    run = installation(root, host)
    told = install(root, host)
    assert set(told.states().values()) == {"done", "kept"}
    assert current(root) == "0.1.0"
    assert host.active()
    assert (root / "usr/local/bin/tagd").readlink() == root / "opt/tagd/current/venv/bin/tagd"
    config = yaml.safe_load((root / "etc/tagd/tagd.yaml").read_text())
    assert config["sources"][0]["url"] == "folder:///var/lib/tagd/inbox"
    assert config["web"] == {"listen": "127.0.0.1:8080"}
    assert any("--groups video,render tagd" in line for line in host.ran)
    assert run.work.services.invitation(1) == LINK


def test_modes_keep_secrets_and_the_keys_of_root(root: Path) -> None:
    host = FakeHost(root)
    install(root, host)
    modes = {
        name: stat.S_IMODE((root / name).stat().st_mode)
        for name in ("etc/tagd", "etc/tagd/credentials", "var/lib/tagd", "var/lib/tagd-install")
    }
    assert list(modes.values()) == [0o1770, 0o700, 0o700, 0o700]
    assert host.owned[str(root / "etc/tagd")] == (0, 990)
    assert host.owned[str(root / "etc/tagd/credentials")] == (0, 0)
    assert host.owned[str(root / "var/lib/tagd")] == (990, 990)


def test_a_second_run_does_nothing(root: Path) -> None:
    install(root)
    before = tree(root)
    host = FakeHost(root)
    told = install(root, host)
    assert {n for n, state in told.states().items() if state == "done"} == {"check"}
    assert tree(root) == before
    assert not [line for line in host.ran if "restart" in line or "useradd" in line]


def test_a_dry_run_changes_nothing_and_says_all(root: Path) -> None:
    before = tree(root)
    told = install(root, dry_run=True)
    assert tree(root) == before
    assert told.states() == {
        **dict.fromkeys(("packages", "tidy"), "kept"),
        **dict.fromkeys(("room", "user", "folders", "release", "config"), "would"),
        **dict.fromkeys(("check", "service", "start"), "would"),
    }
    assert "0.1.0" in told.said("release")


def test_what_is_broken_is_repaired(root: Path) -> None:
    install(root)
    for name in ("etc/systemd/system/tagd.service", "usr/local/bin/tagd", "opt/tagd/current"):
        (root / name).unlink()
    os.chmod(root / "var/lib/tagd", 0o777)
    told = install(root)
    assert told.states()["service"] == told.states()["start"] == "done"
    assert current(root) == "0.1.0"
    assert stat.S_IMODE((root / "var/lib/tagd").stat().st_mode) == 0o700


def test_a_release_that_lost_its_python_is_built_anew(root: Path) -> None:
    install(root)
    (root / "opt/tagd/0.1.0/venv/bin/python").unlink()
    install(root)
    assert current(root) == "0.1.0+aaaaaaaa"
    assert Releases(installation(root).work.layout, FakeHost(root)).all()[-1] == current(root)


def test_the_owners_files_are_theirs(root: Path) -> None:
    install(root)
    unit = root / "etc/systemd/system/tagd.service"
    config = root / "etc/tagd/tagd.yaml"
    drop_in = unit.with_name("tagd.service.d") / "override.conf"
    drop_in.parent.mkdir(exist_ok=True)
    for path in (unit, config, drop_in):
        path.write_text("# mine\n")
    told = install(root, of=supply("0.2.0", "b" * 64))
    assert {path.read_text() for path in (unit, config, drop_in)} == {"# mine\n"}
    assert "ExecStart" in unit.with_name("tagd.service.new").read_text()
    assert "yours are kept: tagd.service" in told.said("service")
    assert install(root, of=supply("0.2.0", "b" * 64)).states()["service"] == "kept"
    unit.unlink()
    install(root, of=supply("0.2.0", "b" * 64))
    assert "ExecStart" in unit.read_text()
    assert not unit.with_name("tagd.service.new").exists()


def test_an_upgrade_keeps_the_release_before_and_no_more(root: Path) -> None:
    for number in range(1, 5):
        install(root, of=supply(f"0.{number}.0", str(number) * 64))
    assert current(root) == "0.4.0"
    releases = sorted(p.name for p in (root / "opt/tagd").iterdir() if not p.is_symlink())
    assert releases == ["0.3.0", "0.4.0"]


def test_a_failed_upgrade_leaves_the_old_version_running(root: Path) -> None:
    install(root)
    host = FakeHost(root)

    def broken(_: object) -> Done:
        return Done(1 if current(root) == "0.2.0" else 0, "")

    host.answers["restart tagd.service"] = broken
    host.answers["journalctl"] = lambda _: Done(0, "ImportError: no such thing\n")
    with pytest.raises(StepFailed) as failed:
        install(root, host, of=supply("0.2.0", "b" * 64))
    assert failed.value.step == "start"
    assert "ImportError" in failed.value.reason
    assert "0.1.0 runs again" in failed.value.reason
    assert "journalctl" in failed.value.hint
    assert current(root) == "0.1.0"
    assert sum("restart tagd.service" in line for line in host.ran) == 2


def test_a_wrong_config_stops_it_before_the_switch(root: Path) -> None:
    install(root)
    host = FakeHost(root)
    line = "/etc/tagd/tagd.yaml:3: sorces: there is no such key; do you mean sources?"
    host.answers["tagd check"] = lambda _: Done(2, line)
    with pytest.raises(StepFailed) as failed:
        install(root, host, of=supply("0.2.0", "b" * 64))
    assert failed.value.step == "check"
    assert failed.value.reason == line
    assert current(root) == "0.1.0"
    assert not [line for line in host.ran if "restart" in line]


def test_passwords_reach_the_check_by_its_environment_alone(root: Path) -> None:
    install(root)
    (root / "etc/tagd/credentials/GATE_PASSWORD").write_text("hush-hush\n")
    host = FakeHost(root)
    install(root, host)
    (at,) = [i for i, line in enumerate(host.ran) if "tagd check" in line]
    assert host.env[at] == {"GATE_PASSWORD": "hush-hush"}
    assert host.ran[at].startswith("setsid --wait runuser -u tagd -- ")
    assert "hush" not in "\n".join(host.ran)


def test_no_network_half_way_leaves_what_was(root: Path) -> None:
    install(root)
    host = FakeHost(root)
    host.answers["pip install"] = lambda _: Done(1, "ERROR: No matching distribution: numpy")
    before = tree(root)
    with pytest.raises(StepFailed, match="No matching distribution") as failed:
        install(root, host, of=supply("0.2.0", "b" * 64))
    assert failed.value.step == "release"
    assert failed.value.hint
    assert tree(root) == before


def test_too_little_room_is_told_before_anything_is_written(root: Path) -> None:
    host = FakeHost(root)
    host.bytes_free = 200_000_000
    before = tree(root)
    with pytest.raises(StepFailed, match="200 MB free, and 465 MB needed") as failed:
        install(root, host)
    assert "265 MB" in failed.value.hint
    assert tree(root) == before


def test_without_systemd_it_is_installed_and_said(root: Path) -> None:
    told = install(root, FakeHost(root, systemd=False))
    assert "no systemd" in told.said("start")
    assert current(root) == "0.1.0"
    assert not (root / "etc/systemd/system/tagd.service").exists()


def test_no_start_starts_nothing(root: Path) -> None:
    host = FakeHost(root)
    told = install(root, host, Options(start=False))
    assert not host.active()
    assert "not started" in told.said("start")


@pytest.mark.parametrize("name", ["unicam", "rp1-cfe"])
def test_a_pi_with_a_camera_begins_with_it(root: Path, name: str) -> None:
    video = root / "sys/class/video4linux/video0"
    video.mkdir(parents=True)
    (video / "name").write_text(f"{name}\n")
    host = FakeHost(root)
    told = install(root, host, machine=PI)
    assert "python3-picamera2" in told.said("packages")
    assert "picamera://0" in (root / "etc/tagd/tagd.yaml").read_text()
    assert any("-m venv --system-site-packages" in line for line in host.ran)
