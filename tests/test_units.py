"""The units fit the machine, name nothing that is not there, and are what systemd understands."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Collection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from device.appliance.layout import Layout
from device.appliance.units import LAN_ONLY, unit_files

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "device/appliance/units"
EVERY_GROUP = ("video", "render", "plugdev", "apex", "gpio")


def files(
    board: str = "x86", groups: Collection[str] = EVERY_GROUP, **wanted: bool
) -> dict[str, str]:
    machine: Any = SimpleNamespace(board=board)
    return unit_files(machine, groups, **wanted)


def drop_ins(board: str, **wanted: bool) -> set[str]:
    return {path.partition("/")[2] for path in files(board, **wanted)} - {""}


@pytest.mark.parametrize(
    ("board", "more"),
    [
        ("x86", set()),
        ("other", set()),
        ("pi-5", {"10-pi-camera.conf"}),
        ("pi-zero-2", {"10-pi-camera.conf"}),
        ("pi", {"10-pi-camera.conf"}),
        ("jetson", {"10-jetson.conf"}),
    ],
)
def test_a_board_opens_what_it_has(board: str, more: set[str]) -> None:
    assert drop_ins(board) == {"10-usb-camera.conf", "10-coral.conf"} | more


def test_staying_off_the_internet_is_asked_for() -> None:
    assert LAN_ONLY in drop_ins("pi-4", lan_only=True)


@pytest.mark.parametrize("groups", [(), ("video",), ("plugdev", "render"), EVERY_GROUP])
def test_only_groups_that_exist_are_named(groups: tuple[str, ...]) -> None:
    for board in ("pi-4", "jetson", "x86"):
        for path, text in files(board, groups).items():
            for line in re.findall(r"^SupplementaryGroups=(.*)$", text, re.MULTILINE):
                assert set(line.split()) <= set(groups), path
                assert line, f"{path}: an empty list takes away what other files gave"


def test_every_template_is_used() -> None:
    used = {Path(path).name for board in ("pi", "jetson") for path in files(board, lan_only=True)}
    assert used == {file.name for file in FOLDER.iterdir()}


def test_the_docs_name_every_one() -> None:
    docs = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    for file in FOLDER.iterdir():
        assert f"`{file.name.replace('backup.service', 'backup.timer')}`" in docs


def test_the_paths_are_those_of_the_layout() -> None:
    layout = Layout()
    for path, text in files().items():
        for found in re.findall(r"(?<![\w/.])/(?:opt|etc|var)/[\w./-]+", text):
            known = (
                *(layout.current, layout.settings, layout.state, layout.backup),
                layout.home / "guard",
            )
            assert any(Path(found).is_relative_to(place) for place in known), f"{path}: {found}"


def test_they_are_read_out_of_a_wheel(tmp_path: Path) -> None:
    wheel = tmp_path / "tagd.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for file in (ROOT / "device/appliance").rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                archive.write(file, file.relative_to(ROOT))
        archive.write(ROOT / "device/__init__.py", "device/__init__.py")
    code = (
        "from types import SimpleNamespace as S; from device.appliance.units import unit_files;"
        "print(*unit_files(S(board='pi-4'), []), sep='\\n')"
    )
    done = subprocess.run(
        [
            sys.executable,
            "-I",
            "-S",
            "-c",
            f"import sys; sys.path.insert(0, {str(wheel)!r}); {code}",
        ],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.stdout.split() == list(files("pi-4")), done.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
@pytest.mark.parametrize("board", ["x86", "pi-4", "jetson"])
def test_systemd_understands_every_line(board: str, tmp_path: Path) -> None:
    for path, text in files(board, lan_only=True).items():
        file = tmp_path / path
        file.parent.mkdir(exist_ok=True)
        # What is not installed here is no matter of the unit.
        file.write_text(re.sub(r"^Exec(.*?)=\S+", r"Exec\1=/bin/true", text, flags=re.MULTILINE))
    done = subprocess.run(
        ["systemd-analyze", "verify", *map(str, tmp_path.glob("tagd*.[st]*[er]"))],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
    )
    assert str(tmp_path) not in done.stderr
    assert "tagd" not in done.stderr, done.stderr
