"""`--user`: one user's own tagd, without root."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from appliance_rig import X86, Told, fresh, supply, tree

from device.appliance import steps
from device.appliance.fake import FakeHost
from device.appliance.host import Done
from device.appliance.install import Installation
from device.appliance.installed import Installed
from device.appliance.options import Options
from device.appliance.uninstall import Uninstallation
from device.appliance.user_layout import UserLayout
from device.appliance.work import Target, Work

OPTIONS = Options(user=True, settle=0.0)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = fresh(tmp_path / "root")
    (made / "home/an $na").mkdir(parents=True)
    return made


def layout(root: Path) -> UserLayout:
    return UserLayout(root / "home/an $na")


def install(root: Path, host: FakeHost) -> Told:
    told = Told()
    target = Target(layout(root), host, X86, supply(), "/usr/bin/python3")
    steps.run(Installation(Work(target, OPTIONS)).steps(), told)
    return told


def machine(root: Path, *, manager: bool = True) -> FakeHost:
    host = FakeHost(root, root_user=False)
    if not manager:
        host.answers["show-environment"] = lambda _: Done(1, "Failed to connect to bus")
    return host


def test_all_of_it_is_below_the_home_and_goes_again(root: Path) -> None:
    before = tree(root)
    host = machine(root)
    told = install(root, host)
    assert "user" not in told.states()
    assert told.said("start") == "0.1.0 runs"
    changed = {name for name in tree(root) if name not in before}
    assert all(name.startswith("home/an $na/") for name in changed)
    assert "systemctl --user restart tagd.service" in host.ran
    assert not [line for line in host.ran if "useradd" in line or "runuser" in line]
    row = Uninstallation(
        layout(root), host, Installed(layout(root).state), user=True, purge=True
    ).steps()
    steps.run(row, Told())
    assert tree(root) == before


def test_the_command_knows_the_config_and_yields_to_another(root: Path) -> None:
    install(root, machine(root))
    home = layout(root)
    program = home.current / "venv/bin/tagd"
    program.write_text('#!/bin/sh\necho "$TAGD_CONFIG"\n')
    program.chmod(0o755)
    command = str(home.commands / "tagd")
    for env, said in (({}, str(home.config)), ({"TAGD_CONFIG": "/other"}, "/other")):
        done = subprocess.run([command], env=env, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == said


def test_without_a_manager_of_their_own_nothing_is_started(root: Path) -> None:
    host = machine(root, manager=False)
    told = install(root, host)
    assert "no systemd" in told.said("start")
    assert not [line for line in host.ran if "restart" in line or " enable " in line]
    assert set(install(root, host).states().values()) == {"kept", "done"}
