"""The installer with a bundle: whose it must be; and an upgrade by it takes the careful way."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from appliance_rig import X86, Told, fresh, supply
from appliance_rig import install as installed
from tiny_bundles import PYTHON, bundle, wheel
from upgrade_rig import Appliance, QuickHost

from device.appliance import offline, settle, steps
from device.appliance import supply as supplies
from device.appliance.fake import FakeHost
from device.appliance.handover import hand_over
from device.appliance.host import Done
from device.appliance.install import Installation
from device.appliance.installed import Installed
from device.appliance.layout import Layout
from device.appliance.options import Options
from device.appliance.signature import keygen
from device.appliance.steps import ApplianceError, StepFailed
from device.appliance.work import Target, Work

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="apt install openssl")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys of a maker and of a stranger, and the maker's bundle."""
    folder = tmp_path_factory.mktemp("maker")
    for name in ("maker.pem", "stranger.pem"):
        keygen(folder / name)
    bundle(folder, "0.2.0", folder / "maker.pem").rename(folder / "b.tar")
    return folder


@pytest.fixture
def trusted(tmp_path: Path) -> Path:
    folder = tmp_path / "trusted"
    folder.mkdir()
    return folder


def test_with_the_key_that_was_named(place: Path, tmp_path: Path, trusted: Path) -> None:
    keys = [place / "stranger.pub.pem", place / "maker.pub.pem"]
    found = offline.unpacked(place / "b.tar", tmp_path, keys, trusted, unsigned=False)
    of = supplies.find(None, found, ("video",), replace(X86, python=PYTHON), tmp_path)
    assert (of.version, of.wheels) == ("0.2.0", found / "wheels")
    assert of.wanted[0] == "--require-hashes"


def test_with_a_key_that_is_trusted_already(place: Path, tmp_path: Path, trusted: Path) -> None:
    shutil.copy(place / "maker.pub.pem", trusted)
    found = offline.unpacked(place / "b.tar", tmp_path, [], trusted, unsigned=False)
    assert (found / "install.sh").is_file()


def test_nobody_signed_it(place: Path, tmp_path: Path, trusted: Path) -> None:
    plain = bundle(tmp_path, "0.3.0", None)
    with pytest.raises(ApplianceError, match="no key is known yet") as failed:
        offline.unpacked(plain, tmp_path, [], trusted, unsigned=False)
    assert "--key" in failed.value.hint
    with pytest.raises(ApplianceError, match="sign"):
        offline.unpacked(plain, tmp_path, [place / "maker.pub.pem"], trusted, unsigned=False)
    assert not (tmp_path / "bundle").exists()
    assert offline.unpacked(plain, tmp_path, [], trusted, unsigned=True).is_dir()


def test_a_stranger_signed_it(place: Path, tmp_path: Path, trusted: Path) -> None:
    shutil.copy(place / "stranger.pub.pem", trusted)
    with pytest.raises(ApplianceError, match="sign"):
        offline.unpacked(place / "b.tar", tmp_path, [], trusted, unsigned=False)
    assert not (tmp_path / "bundle").exists()


@pytest.mark.parametrize("kept", [0, 100, 0.2, 0.4])
@pytest.mark.parametrize("unsigned", [False, True])
def test_a_part_of_it(
    place: Path, tmp_path: Path, trusted: Path, kept: float, unsigned: bool
) -> None:
    data = (place / "b.tar").read_bytes()
    part = tmp_path / "part.tar"
    part.write_bytes(data[: int(kept if kept > 1 else len(data) * kept)])
    with pytest.raises(ApplianceError, match="bundle"):
        offline.unpacked(part, tmp_path, [place / "maker.pub.pem"], trusted, unsigned=unsigned)
    assert not (tmp_path / "bundle").exists()


def test_what_is_no_file_and_what_is_no_key(place: Path, tmp_path: Path, trusted: Path) -> None:
    key = place / "maker.pub.pem"
    with pytest.raises(ApplianceError, match=r"away\.tar"):
        offline.unpacked(tmp_path / "away.tar", tmp_path, [key], trusted, unsigned=False)
    with pytest.raises(ApplianceError, match=r"no public Ed25519 key"):
        # The private one by mistake.
        offline.unpacked(place / "b.tar", tmp_path, [place / "maker.pem"], trusted, unsigned=False)


def test_one_for_another_machine(place: Path, tmp_path: Path, trusted: Path) -> None:
    other = bundle(tmp_path, "0.2.0", place / "maker.pem", platform="armv7l")
    with pytest.raises(ApplianceError, match="armv7l"):
        offline.unpacked(other, tmp_path, [place / "maker.pub.pem"], trusted, unsigned=False)


def test_the_key_that_was_named_is_trusted_from_then_on(place: Path, tmp_path: Path) -> None:
    root = fresh(tmp_path / "root")
    options = Options(settle=0.0, keys=(place / "maker.pub.pem",))
    told = installed(root, options=options)
    kept = root / "etc/tagd/trusted/maker.pub.pem"
    assert told.states()["trust"] == "done"
    assert kept.read_bytes() == (place / "maker.pub.pem").read_bytes()
    assert installed(root, options=options).states()["trust"] == "kept"


class Careful:
    """Hears of what is handed over."""

    def __init__(self, fails: str = "") -> None:
        self.asked: list[tuple[str, str]] = []
        self._fails = fails

    def __call__(self, work: Work, before: str, release: str) -> str:
        self.asked.append((before, release))
        if self._fails:
            raise ApplianceError(self._fails)
        work.releases.switch(release)
        return f"{release} runs"


def run(root: Path, careful: Careful, version: str, host: FakeHost | None = None) -> Told:
    """The installer's row with somebody to hand over to."""
    of = supply(version, version[2] * 64)
    target = Target(Layout(root), host or FakeHost(root), X86, of, "/usr/bin/python3")
    told = Told()
    row = Installation(Work(target, Options(settle=0.0), careful)).steps()
    steps.run(row, told, dry_run=False)
    return told


def test_only_what_replaces_a_running_one_is_handed_over(tmp_path: Path) -> None:
    root, careful = fresh(tmp_path / "root"), Careful()
    run(root, careful, "0.1.0")
    run(root, careful, "0.1.0")
    assert careful.asked == []
    assert run(root, careful, "0.2.0").said("start") == "0.2.0 runs"
    assert careful.asked == [("0.1.0", "0.2.0")]
    assert Installed(Layout(root).state).running == "0.2.0"
    stopped = FakeHost(root)
    stopped.run(["systemctl", "stop", "tagd.service"])
    run(root, careful, "0.3.0", stopped)
    assert careful.asked == [("0.1.0", "0.2.0")]


def test_what_was_taken_back_is_told_and_what_ran_is_remembered(tmp_path: Path) -> None:
    root = fresh(tmp_path / "root")
    run(root, Careful(), "0.1.0")
    with pytest.raises(StepFailed, match="start") as failed:
        run(root, Careful("0.1.0 runs again"), "0.2.0")
    assert failed.value.reason == "0.1.0 runs again"
    assert Installed(Layout(root).state).running == "0.1.0"


class SystemctlHost(QuickHost):
    """With a systemctl that has one unit, the one of an `Appliance`."""

    box: Appliance

    def run(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        check: bool = True,
        seconds: float = 120.0,
    ) -> Done:
        if command[0] == "journalctl":
            return Done(0, self.box.service.said())
        if command[0] != "systemctl":
            return super().run(command, env=env, check=check, seconds=seconds)
        if command[1] == "restart":
            try:
                self.box.service.restart()
            except ApplianceError:
                return Done(1, "")
        standing = self.box.service.look()
        state = "active" if standing.active else "failed"
        return Done(0, f"ActiveState={state}\nMainPID={standing.pid}\nNRestarts=0\n")


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Appliance]:
    monkeypatch.setattr(settle, "SECONDS", 0.4)
    host = SystemctlHost()
    made = Appliance(tmp_path / "box", host)
    host.box = made
    made.install(wheel(tmp_path / "first", "0.1.0"))
    (made.layout.root / "run/systemd/system").mkdir(parents=True)
    yield made
    made.service.stop()


def handed(box: Appliance, folder: Path, way: str) -> str:
    packed = wheel(folder, "0.2.0", 2, way)
    box.releases.build("0.2.0", packed.parent, sys.executable, False)
    target = Target(box.layout, box.host, X86, supply("0.2.0"), sys.executable)
    return hand_over(Work(target, Options()), "0.1.0", "0.2.0")


def test_it_is_tried_switched_and_watched(box: Appliance, tmp_path: Path) -> None:
    assert handed(box, tmp_path / "new", "well").startswith("tagd 0.2.0 runs; the daemon was away")
    assert (box.runs(), box.schema(), box.leftovers()) == ("0.2.0", 2, [])


def test_one_that_falls_goes_back_with_its_database(box: Appliance, tmp_path: Path) -> None:
    with pytest.raises(ApplianceError, match=r"taken back: .*0\.1\.0 runs again"):
        handed(box, tmp_path / "new", "falls")
    assert (box.runs(), box.schema(), box.leftovers()) == ("0.1.0", 1, [])


def test_one_that_would_not_work_is_never_started(box: Appliance, tmp_path: Path) -> None:
    pid = box.service.look().pid
    with pytest.raises(ApplianceError, match=r"0\.1\.0 goes on"):
        handed(box, tmp_path / "new", "selftest")
    assert box.service.look().pid == pid
