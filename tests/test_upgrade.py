"""Another version in the place of the one that runs: what works stays, what does not goes back."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tiny_bundles import bundle, wheel
from upgrade_rig import Appliance

from device.appliance import signature, updating
from device.appliance.host import Host
from device.appliance.steps import ApplianceError

needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="apt install openssl")
pytestmark = needs_openssl


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A private key; its public one lies beside it."""
    path = tmp_path_factory.mktemp("key") / "maker.pem"
    signature.keygen(path)
    return path


@pytest.fixture
def trusted(key: Path) -> list[Path]:
    return [key.with_name("maker.pub.pem")]


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Appliance]:
    """An appliance that runs 0.1.0."""
    appliance = Appliance(tmp_path / "box")
    appliance.install(wheel(tmp_path / "first", "0.1.0"))
    yield appliance
    appliance.service.stop()


def test_an_update_is_kept(box: Appliance, tmp_path: Path, key: Path, trusted: list[Path]) -> None:
    done = box.upgrade(bundle(tmp_path, "0.2.0", key), trusted)
    assert (done["version"], done["before"]) == ("0.2.0", "0.1.0")
    assert box.runs() == "0.2.0"
    assert box.rows() == ["0.1.0", "0.2.0"]
    assert box.leftovers() == []
    assert "the daemon was away for" in str(done["told"])
    assert (box.layout.release("0.2.0") / "docs/operations.md").is_file()


def test_two_releases_are_kept(box: Appliance, tmp_path: Path, key: Path) -> None:
    trusted = [key.with_name("maker.pub.pem")]
    for version in ("0.2.0", "0.3.0"):
        box.upgrade(bundle(tmp_path, version, key), trusted)
    assert sorted(box.releases.all()) == ["0.2.0", "0.3.0"]
    done = box.upgrade(bundle(tmp_path, "0.3.0", key), trusted)
    assert done["changed"] is False


@pytest.mark.parametrize("way", ["crashes", "falls", "config"])
def test_one_that_does_not_stay_up_goes_back(
    box: Appliance, tmp_path: Path, key: Path, trusted: list[Path], way: str
) -> None:
    with pytest.raises(ApplianceError, match=r"0\.2\.0 was taken back: .*0\.1\.0 runs again"):
        box.upgrade(bundle(tmp_path, "0.2.0", key, way=way), trusted)
    assert box.runs() == "0.1.0"
    assert box.leftovers() == []
    assert "0.2.0" not in box.rows() or way != "config"
    status = box.switching.status()
    assert status["taken_back"]["version"] == "0.2.0"
    assert status["releases"] == ["0.1.0"]
    assert status["taken_back"]["reason"]
    box.upgrade(bundle(tmp_path / "again", "0.2.0", key), trusted)
    assert box.runs() == "0.2.0"


def test_the_database_goes_back_too_and_nothing_is_lost(
    box: Appliance, tmp_path: Path, key: Path, trusted: list[Path]
) -> None:
    with pytest.raises(ApplianceError, match=r"kept in .*/replaced"):
        box.upgrade(bundle(tmp_path, "0.2.0", key, schema=2, way="falls"), trusted)
    assert box.runs() == "0.1.0"
    assert box.schema() == 1
    assert box.rows() == ["0.1.0", "0.1.0"]
    assert (box.layout.data / "replaced/1/tagd.db").is_file()
    assert "going back to 0.1.0" in box.service.said()


def test_without_a_change_of_the_schema_what_was_recorded_stays(
    box: Appliance, tmp_path: Path, key: Path, trusted: list[Path]
) -> None:
    with pytest.raises(ApplianceError, match="taken back"):
        box.upgrade(bundle(tmp_path, "0.2.0", key, way="falls"), trusted)
    assert box.rows() == ["0.1.0", "0.2.0", "0.1.0"]
    assert not (box.layout.data / "replaced").exists()


def test_what_its_self_test_refuses_is_never_started(
    box: Appliance, tmp_path: Path, key: Path, trusted: list[Path]
) -> None:
    pid = box.service.look().pid
    with pytest.raises(ApplianceError, match=r"would not work here: models: cats; 0\.1\.0 goes on"):
        box.upgrade(bundle(tmp_path, "0.2.0", key, way="selftest"), trusted)
    assert box.service.look().pid == pid
    assert box.rows() == ["0.1.0"]
    assert box.leftovers() == []


def test_going_back_later(box: Appliance, tmp_path: Path, key: Path, trusted: list[Path]) -> None:
    with pytest.raises(ApplianceError, match="no update to take back"):
        box.switching.go_back(set_aside_newer=False)
    box.upgrade(bundle(tmp_path, "0.2.0", key, schema=2), trusted)
    with pytest.raises(ApplianceError, match="changed the database"):
        box.switching.go_back(set_aside_newer=False)
    assert box.runs() == "0.2.0"
    assert box.leftovers() == []
    box.switching.go_back(set_aside_newer=True)
    assert (box.runs(), box.schema()) == ("0.1.0", 1)
    assert box.leftovers() == []
    with pytest.raises(ApplianceError, match="no update to take back"):
        box.switching.go_back(set_aside_newer=True)


def test_an_older_one_is_installed_only_on_purpose(
    box: Appliance, tmp_path: Path, key: Path, trusted: list[Path]
) -> None:
    older = bundle(tmp_path, "0.0.9", key)
    with pytest.raises(ApplianceError, match=r"has tagd 0\.0\.9, and 0\.1\.0 runs"):
        box.upgrade(older, trusted)
    box.upgrade(older, trusted, allow_older=True)
    assert box.runs() == "0.0.9"


def test_one_update_at_a_time(box: Appliance, tmp_path: Path) -> None:
    with (
        box.switching.alone(),
        pytest.raises(ApplianceError, match="another update"),
        Appliance(box.layout.root).switching.alone(),
    ):
        pytest.fail("two at once")


def test_without_room_nothing_is_changed(
    box: Appliance, tmp_path: Path, key: Path, trusted: list[Path]
) -> None:
    class Full(Host):
        def free(self, _: Path) -> tuple[int, int]:
            return 1, 20 * 1024**2

    box.host = Full()
    with pytest.raises(ApplianceError, match=r"20 MB left, and .* MB are needed"):
        box.upgrade(bundle(tmp_path, "0.2.0", key), trusted)
    assert box.leftovers() == []
    assert box.releases.all() == ["0.1.0"]


def test_a_machine_that_goes_down_while_watching_goes_on_afterwards(
    box: Appliance, tmp_path: Path, key: Path, trusted: list[Path]
) -> None:
    box.when["watching it for 0.4 s"] = box.stopping.set
    with pytest.raises(ApplianceError, match="next start goes on"):
        box.upgrade(bundle(tmp_path, "0.2.0", key), trusted)
    again = Appliance(box.layout.root)
    again.service.restart()
    assert again.runs() == "0.2.0"
    assert again.switching.resume()["version"] == "0.2.0"
    assert again.leftovers() == []


def test_the_guard_counts_the_starts(
    box: Appliance, tmp_path: Path, key: Path, trusted: list[Path]
) -> None:
    """Nobody watches: as after a power cut, with a machine that nobody logs in to."""
    packed = bundle(tmp_path, "0.2.0", key, schema=2, way="falls")
    box.stopping.set()
    with pytest.raises(ApplianceError, match="interrupted"):
        box.upgrade(packed, trusted)
    assert box.runs() == "0.1.0", "before the switch it is left as it was"
    box.stopping.clear()
    pending = updating.Pending(
        "0.2.0", "0.1.0", 3, str(box.layout.data / "backups/before-m002_x.db")
    )
    box.switching._record.begin(pending)
    box.releases.switch("0.2.0")
    versions = []
    for _ in range(4):
        box.service.restart()
        versions.append(box.runs())
    assert versions == ["0.2.0", "0.2.0", "0.2.0", "0.1.0"]
    assert box.schema() == 1
    assert box.leftovers() == []
    assert box.switching.status()["taken_back"]["reason"] == "it did not stay up"


def test_the_guard_is_quick_and_quiet_when_there_is_nothing(box: Appliance) -> None:
    box.switching._record._write_guard()
    done = subprocess.run([box.switching._record.guard], capture_output=True, check=True)
    assert done.stdout + done.stderr == b""


def test_passwords_are_there_for_the_trial_and_gone_afterwards(
    box: Appliance, tmp_path: Path, key: Path, trusted: list[Path]
) -> None:
    secret = box.layout.settings / "credentials/MQTT_PASSWORD"
    secret.parent.mkdir()
    secret.write_text("s3cret")
    seen = []

    class Looking(type(box.host)):  # type: ignore[misc]
        def run(self, command, *, env=None, **how):  # type: ignore[no-untyped-def]
            if "selftest" in command:
                folder = Path(env["CREDENTIALS_DIRECTORY"])
                seen.append((folder, (folder / "MQTT_PASSWORD").read_text()))
            return super().run(command, env=env, **how)

    box.host = Looking()
    box.upgrade(bundle(tmp_path, "0.2.0", key), trusted)
    assert [text for _, text in seen] == ["s3cret"]
    assert not seen[0][0].exists()


@pytest.mark.parametrize(
    "row",
    ["0.1 0.2 0.10.0rc1 0.10.0 0.10.0+b 1.0", "0.2.0.dev1 0.2.0 0.2.1", "0.9 0.9.0.1 0.10"],
)
def test_versions_are_ordered(row: str) -> None:
    versions = row.split()
    shuffled = sorted(versions, key=lambda version: version[::-1])
    assert sorted(shuffled, key=updating.order) == versions


def test_the_record_can_be_read_by_a_person(
    box: Appliance, tmp_path: Path, key: Path, trusted: list[Path]
) -> None:
    box.upgrade(bundle(tmp_path, "0.2.0", key), trusted)
    said = json.loads((box.layout.state / "previous.json").read_text())
    assert (said["new"], said["old"]) == ("0.2.0", "0.1.0")
    assert os.stat(box.layout.state / "previous.json").st_mode & 0o077 == 0
