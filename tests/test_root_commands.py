"""Commands typed by root on an appliance whose user, taken over, has laid traps for it."""

from __future__ import annotations

import codecs
import os
import sys
from pathlib import Path

import pytest
from appliance_rig import fresh, install, installation
from click.testing import CliRunner

from device.__main__ import cli
from device.appliance import selftest, signature
from device.appliance.fake import FakeHost
from device.appliance.folders import Folders
from device.appliance.host import Host
from device.appliance.layout import Layout
from device.appliance.steps import ApplianceError
from device.as_owner import acting_for_owner
from device.checks import models
from device.config import Config
from device.store import archive
from device.store.writer import Store

for codec in ("ascii", "cp437"):  # Python itself may lie where only root may look
    codecs.lookup(codec)
NOBODY = 65534
pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="only root can be led astray")


@pytest.fixture
def data(public: Path) -> Path:
    """The data folder of a daemon that is `nobody`."""
    folder = public / "data"
    folder.mkdir()
    os.chown(folder, NOBODY, NOBODY)
    return folder


@pytest.fixture
def config(public: Path, data: Path) -> Path:
    """Its config, which it may change."""
    path = public / "tagd.yaml"
    path.write_text(f"data_dir: {data}\n")
    os.chown(path, NOBODY, NOBODY)
    return path


def test_a_link_in_the_place_of_the_people_makes_no_file_elsewhere(
    public: Path, data: Path, config: Path
) -> None:
    """Such as /etc/ld.so.preload, which would then belong to whoever laid the link."""
    roots = public / "etc"
    roots.mkdir(mode=0o755)
    (data / "people.db").symlink_to(roots / "ld.so.preload")
    done = CliRunner().invoke(cli, ["user", "list", "--config", str(config)])
    assert list(roots.iterdir()) == []
    assert "may not write there" in str(done.exception), done.output
    assert os.geteuid() == 0


def test_people_are_added_as_ever(data: Path, config: Path) -> None:
    done = CliRunner().invoke(cli, ["token", "add", "shop", "--config", str(config)])
    assert done.exit_code == 0, done.output
    assert {path.stat().st_uid for path in data.iterdir()} == {NOBODY}


def test_what_root_restores_belongs_to_the_daemon(public: Path, data: Path, config: Path) -> None:
    before = public / "before"
    Store(before, "gate").close()
    backup = public / "gate.zip"
    archive.write(before, backup, pictures=False)
    command = ["restore", str(backup), "--config", str(config)]
    backup.chmod(0o600)
    done = CliRunner().invoke(cli, command)
    assert "may not read it; put it where it may" in str(done.exception), done.output
    backup.chmod(0o644)
    done = CliRunner().invoke(cli, command)
    assert done.exit_code == 0, done.output
    assert {path.stat().st_uid for path in data.rglob("*")} == {NOBODY}


def test_a_config_of_the_daemons_names_no_folder_with_the_rights_of_root(
    public: Path, config: Path
) -> None:
    roots = public / "root"
    roots.mkdir(mode=0o755)
    with acting_for_owner(roots, config):
        assert os.geteuid() == NOBODY
    link = public / "linked.yaml"
    link.symlink_to(config)  # root's own: it is the folder's owner who counts then
    with acting_for_owner(roots, link):
        assert os.geteuid() == 0


def test_an_update_removes_no_file_that_only_root_may(public: Path) -> None:
    """The self-test runs as the daemon's user: what it says of a copy may be anybody's word."""
    layout = Layout(public)
    layout.data.mkdir(parents=True)
    os.chown(layout.data, NOBODY, NOBODY)
    (public / "etc").mkdir(mode=0o755)
    secret = public / "etc/shadow"
    secret.write_text("root:x")
    with pytest.raises(ApplianceError):
        selftest.forget_copy(layout, Host(), str(secret))
    assert secret.exists()
    copy = layout.data / "before"
    copy.write_text("old")
    selftest.forget_copy(layout, Host(), str(copy))
    selftest.forget_copy(layout, Host(), str(copy))
    assert not copy.exists()


@pytest.mark.parametrize("name", ["var/lib/tagd/inbox", "etc/tagd/trusted", "etc/tagd/credentials"])
def test_the_installer_changes_no_mode_behind_a_link(tmp_path: Path, name: str) -> None:
    root = fresh(tmp_path / "root")
    install(root)
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o755)
    (root / name).rmdir()
    (root / name).symlink_to(outside)
    host = FakeHost(root)
    work = installation(root, host).work
    with pytest.raises(ApplianceError, match="must be a folder"):
        Folders(work.layout, host, work.installed).make((NOBODY, NOBODY))
    assert outside.stat().st_mode & 0o777 == 0o755


def test_the_data_folder_may_be_a_link_of_the_owners(tmp_path: Path) -> None:
    root = fresh(tmp_path / "root")
    install(root)
    disk = root / "mnt"
    (root / "var/lib/tagd").rename(disk)
    (root / "var/lib/tagd").symlink_to(disk)
    work = installation(root, FakeHost(root)).work
    Folders(work.layout, FakeHost(root), work.installed).make((NOBODY, NOBODY))
    assert disk.stat().st_mode & 0o777 == 0o700


def test_models_are_run_with_no_way_back_to_root(
    public: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = public / "python"
    python.write_text(
        "#!/bin/sh\nids=$(sed -n 's/^[UG]id:.//p' /proc/self/status | tr '\\n\\t' '  ')\n"
        'printf \'{"about": "ids", "state": "ok", "told": "%s"}\' "$ids"\n'
    )
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    with acting_for_owner(data):
        found = {one.about: one.told for one in models.look(Config(data_dir=data))}
    assert found["ids"].split() == [str(NOBODY)] * 8, "real, effective, saved, of files; both"


def test_keys_that_root_did_not_put_there_are_not_trusted(public: Path) -> None:
    folder = public / "trusted"
    folder.mkdir()
    (folder / "maker.pem").write_text("of somebody")
    assert signature.trusted(folder) == [folder / "maker.pem"]
    (folder / "other.pem").write_text("of somebody else")
    os.chown(folder / "other.pem", NOBODY, NOBODY)
    with pytest.raises(ApplianceError, match=r"other\.pem does not belong to root"):
        signature.trusted(folder)
    (folder / "other.pem").unlink()
    os.chown(folder, NOBODY, NOBODY)
    with pytest.raises(ApplianceError, match="does not belong to root"):
        signature.trusted(folder)
