"""Taking the appliance away: what is left, and whose it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from appliance_rig import fresh, install, tree, uninstall

from device.appliance.fake import FakeHost


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return fresh(tmp_path / "root")


def test_uninstall_leaves_what_is_the_owners(root: Path) -> None:
    before = tree(root)
    install(root)
    (root / "var/lib/tagd/tagd.db").write_text("rows")
    override = root / "etc/systemd/system/tagd.service.d/override.conf"
    override.parent.mkdir(exist_ok=True)
    override.write_text("# mine\n")
    host = FakeHost(root)
    uninstall(root, host)
    assert not host.active()
    left = tree(root).keys() - before.keys()
    assert {name for name in left if not name.startswith(("etc/tagd", "var/lib/tagd"))} == set()
    kept = root / "var/lib/tagd-install/kept/tagd.service.d/override.conf"
    assert kept.read_text() == "# mine\n"
    assert (root / "var/lib/tagd/tagd.db").read_text() == "rows"
    assert "tagd:" in (root / "etc/passwd").read_text()
    install(root)  # and back again
    assert (root / "opt/tagd/current").readlink().name == "0.1.0"
    uninstall(root, purge=True)
    assert tree(root) == before


def test_a_user_that_was_there_before_stays(root: Path) -> None:
    with (root / "etc/passwd").open("a") as file:
        file.write("tagd:x:500:500::/home/tagd:/bin/sh\n")
    before = tree(root)
    host = FakeHost(root)
    install(root, host)
    assert not [line for line in host.ran if line.startswith("useradd")]
    uninstall(root, purge=True)
    assert tree(root)["etc/passwd"] == before["etc/passwd"]


def test_a_damaged_memory_is_told(root: Path) -> None:
    install(root)
    (root / "var/lib/tagd-install/installed.json").write_text("{")
    with pytest.raises(Exception, match="damaged") as failed:
        install(root)
    assert "move it away" in failed.value.hint  # type: ignore[attr-defined]
    (root / "var/lib/tagd-install/installed.json").unlink()
    install(root)  # takes over what it finds
    said = json.loads((root / "var/lib/tagd-install/installed.json").read_text())
    assert said["running"] == "0.1.0"


def test_a_dry_run_takes_nothing_away(root: Path) -> None:
    install(root)
    before = tree(root)
    told = uninstall(root, purge=True, dry_run=True)
    assert tree(root) == before
    assert "pictures, database" in told.said("settings")


def test_a_link_and_a_command_of_the_owners_stay(root: Path) -> None:
    command = root / "usr/local/bin/tagd"
    command.write_text("mine")
    install(root)
    assert command.read_text() == "mine"
    uninstall(root, purge=True)
    assert command.read_text() == "mine"


def test_an_edited_unit_is_kept_where_the_daemon_writes_nothing(root: Path) -> None:
    install(root)
    unit = root / "etc/systemd/system/tagd.service"
    unit.write_text("# mine\n")
    uninstall(root)
    assert not unit.exists()
    assert (root / "var/lib/tagd-install/kept/tagd.service").read_text() == "# mine\n"
