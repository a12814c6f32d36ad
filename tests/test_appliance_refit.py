"""After an update: the units of the new release, what runs is remembered, and all of it can go."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from appliance_rig import fresh, install, uninstall

from device.appliance import refit
from device.appliance.fake import FakeHost
from device.appliance.host import Done, Host
from device.appliance.installed import Installed
from device.appliance.layout import Layout
from device.appliance.pending import Pending, Record


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = fresh(tmp_path / "root")
    install(made)
    return made


def test_units_of_before_are_renewed_and_edited_ones_kept(root: Path) -> None:
    layout = Layout(root)
    service, timer = layout.units / "tagd.service", layout.units / "tagd-backup.timer"
    wanted = service.read_text()
    installed = Installed(layout.state)
    installed.put(service, b"[Service]\n", 0o644)  # as an older version had it
    timer.write_text("# mine\n")
    said = refit.refit(layout, FakeHost(root), "0.2.0")
    assert service.read_text() == wanted
    assert timer.read_text() == "# mine\n"
    assert (layout.units / "tagd-backup.timer.new").exists()
    assert said.startswith("units: 1 written; yours are kept: tagd-backup.timer")
    assert Installed(layout.state).running == "0.2.0"


def test_it_is_the_new_release_that_does_it(root: Path) -> None:
    layout, host = Layout(root), FakeHost(root)
    host.answers["device.appliance.refit"] = lambda _: Done(0, "units: up to date\n")
    assert refit.by(layout, host, "0.2.0") == "units: up to date"
    python = layout.release("0.2.0") / "venv/bin/python"
    assert host.ran == [f"{python} -m device.appliance.refit 0.2.0"]


def test_where_it_cannot_that_is_told_and_no_more(root: Path) -> None:
    host = FakeHost(root)
    host.answers["device.appliance.refit"] = lambda _: Done(1, "the disk is full\n")
    said = refit.by(Layout(root), host, "0.2.0")
    assert "./install.sh" in said
    assert "the disk is full" in said


def test_without_releases_nothing_is_remembered_of_updates(root: Path) -> None:
    layout = Layout(root)
    record = Record(layout)
    record.begin(Pending("0.2.0", "0.1.0", 3, ""))
    record.go_back("why")
    record.commit(Pending("0.2.0", "0.1.0", 3, ""))
    record.begin(Pending("0.3.0", "0.2.0", 3, ""))
    (layout.state / "rolled-back.json").write_text(json.dumps({"new": "0.2.0"}))
    uninstall(root)
    assert not layout.home.exists()
    assert {path.name for path in layout.state.iterdir()} <= {"installed.json", "upgrade.lock"}


def test_what_the_guard_was_told_is_known_after_a_power_cut(root: Path) -> None:
    record, state = Record(Layout(root)), Layout(root).state
    record.begin(Pending("0.2.0", "0.1.0", 3, ""))
    record.go_back("its page did not say that it is well")
    (state / "pending.json").rename(state / "rolled-back.json")  # as the guard does
    gone = record.gone_back()
    assert gone is not None
    assert gone[1] == "its page did not say that it is well"


def test_a_program_does_not_get_our_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/somewhere/tagd.whl")
    said = Host().run(["sh", "-c", "echo ${PYTHONPATH:-none} ${PATH:+path}"]).said
    assert said == "none path\n"
