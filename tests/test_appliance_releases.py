"""Releases with real virtual environments, of wheels that are made up."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from appliance_rig import fresh, install, supply

from device.appliance import room
from device.appliance.fake import FakeHost
from device.appliance.host import Host
from device.appliance.layout import Layout
from device.appliance.releases import Releases, listed
from device.appliance.steps import ApplianceError, StepFailed

PYTHON = getattr(sys, "_base_executable", sys.executable)


def tiny(folder: Path, version: str) -> Path:
    """A wheel of tagd that only says its version."""
    folder.mkdir(parents=True, exist_ok=True)
    about = f"tagd-{version}.dist-info"
    files = {
        "device/__init__.py": f'__version__ = "{version}"\n\ndef main():\n    print(__version__)\n',
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: tagd\nVersion: {version}\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{about}/entry_points.txt": "[console_scripts]\ntagd = device:main\n",
    }
    record = "".join(f"{name},,\n" for name in (*files, f"{about}/RECORD"))
    path = folder / f"tagd-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in {**files, f"{about}/RECORD": record}.items():
            wheel.writestr(name, text)
    return path


def says(root: Path) -> str:
    command = [str(root / "opt/tagd/current/venv/bin/tagd")]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with one release, of a folder that lists check sums."""
    folder = tmp_path_factory.mktemp("releases")
    root = fresh(folder / "root")
    path = tiny(folder / "wheels", "0.1.0")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    name = f"requirements-{sys.version_info.major}.{sys.version_info.minor}.txt"
    (path.parent / name).write_text(f"tagd==0.1.0 --hash=sha256:{digest}\n")
    wanted = listed(path.parent, sys.version.split()[0])
    assert wanted[0] == "--require-hashes"
    releases = Releases(Layout(root), Host())
    releases.build("0.1.0", path.parent, PYTHON, False, wanted=wanted)
    releases.switch("0.1.0")
    return root


def test_a_release_runs_from_where_it_ended_up(built: Path) -> None:
    releases = Releases(Layout(built), Host())
    assert releases.all() == ["0.1.0"]
    assert releases.works("0.1.0")
    assert says(built) == "0.1.0"
    folder = built / "opt/tagd/0.1.0"
    assert not folder.is_symlink()
    assert str(folder / "venv/bin/python") in (folder / "venv/bin/tagd").read_text()
    assert not list(folder.glob("venv/lib/*/site-packages/setuptools"))
    assert releases.about("0.1.0")["bytes"] > 1_000_000
    assert not list((built / "opt/tagd").glob("*.partial"))


def test_another_byte_is_refused_and_leaves_nothing(built: Path, tmp_path: Path) -> None:
    path = tiny(tmp_path / "wheels", "0.2.0")
    name = f"requirements-{sys.version_info.major}.{sys.version_info.minor}.txt"
    (path.parent / name).write_text(f"tagd==0.2.0 --hash=sha256:{'0' * 64}\n")
    before = sorted(os.listdir(built / "opt/tagd"))
    releases = Releases(Layout(built), Host())
    with pytest.raises(ApplianceError, match=r"(?i)hash"):
        releases.build("0.2.0", path.parent, PYTHON, False, wanted=listed(path.parent, "3.11"))
    assert sorted(os.listdir(built / "opt/tagd")) == before
    assert says(built) == "0.1.0"


def test_what_is_no_release_is_refused(built: Path) -> None:
    releases = Releases(Layout(built), Host())
    for name in ("../etc", "", "current", "0.1.0/../x", "1.0.partial", "-rf"):
        with pytest.raises(ApplianceError, match="no name for a release"):
            releases.build(name, None, PYTHON, False)
    with pytest.raises(ApplianceError, match="there already"):
        releases.build("0.1.0", None, PYTHON, False)
    with pytest.raises(ApplianceError, match="no release 9"):
        releases.switch("9")
    with pytest.raises(ApplianceError, match="that runs"):
        releases.remove("0.1.0")


def test_a_disk_that_fills_up_is_told_and_left_as_it_was(small_disk: Path, tmp_path: Path) -> None:
    root = fresh(tmp_path / "root")
    (root / "opt").rmdir()
    (root / "opt").symlink_to(small_disk)
    wheels = tiny(tmp_path / "wheels", "0.1.0").parent
    with pytest.raises((ApplianceError, OSError), match=r"(?i)space"):
        Releases(Layout(root), Host()).build("0.1.0", wheels, PYTHON, False)
    assert list((small_disk / "tagd").iterdir()) == []


def test_a_small_disk_is_told_before_anything_is_written(small_disk: Path) -> None:
    with pytest.raises(ApplianceError, match="1 MB free, and") as refused:
        room.check(Layout(small_disk), Host(), 300_000_000)
    assert "of room" in refused.value.hint


def test_a_full_var_is_told(small_disk: Path, tmp_path: Path) -> None:
    root = fresh(tmp_path / "root")
    (root / "var/lib").rmdir()
    (root / "var/lib").symlink_to(small_disk)

    class Measuring(FakeHost):
        def free(self, path: Path) -> tuple[int, int]:
            return Host.free(self, path)

    with pytest.raises(StepFailed, match="var/lib/tagd: 1 MB free, and 64 MB needed"):
        install(root, Measuring(root), of=supply())
    assert list(small_disk.iterdir()) == []


def test_one_that_was_begun_is_cleared_away(built: Path) -> None:
    home = built / "opt/tagd"
    (home / "0.3.0.partial/venv").mkdir(parents=True)
    (home / "0.3.0").symlink_to("0.3.0.partial")
    releases = Releases(Layout(built), FakeHost(built))
    assert releases.all() == ["0.1.0"]
    releases.clear()
    assert sorted(os.listdir(home)) == ["0.1.0", "current"]
