"""Which wheels a bundle brings: those of the other machine and Python, pinned, with check sums."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from device.appliance import packing, wheels
from device.appliance.steps import ApplianceError
from device.appliance.wheels import TARGETS, Collector, Target

ROOT = Path(__file__).parents[1]
PINS = """
a==1.0
b==2.0 ; python_version < '3.12'
b==3.0 ; python_version >= '3.12'
c==1.0 ; platform_machine == 'armv7l'
d==1.0
"""


def wheel(folder: Path, name: str, version: str, tag: str, *wishes: str) -> Path:
    """One that has nothing but a name and wishes."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}-{version}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        about = f"{name}-{version}.dist-info"
        lines = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"]
        lines += [f"Requires-Dist: {wish}" for wish in wishes]
        archive.writestr(f"{about}/METADATA", "\n".join(lines) + "\n")
        archive.writestr(f"{about}/WHEEL", f"Wheel-Version: 1.0\nTag: {tag}\n")
        archive.writestr(f"{about}/RECORD", "")
    return path


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Wheels for some machines; pip looks nowhere else."""
    folder = tmp_path / "shelf"
    wheel(folder, "a", "1.0", "py3-none-any", "b; extra == 'more'", "pip")
    wheel(folder, "b", "2.0", "cp311-cp311-manylinux_2_17_aarch64")
    wheel(folder, "b", "3.0", "cp313-cp313-manylinux_2_17_aarch64")
    wheel(folder, "b", "2.0", "cp311-cp311-manylinux_2_17_x86_64")
    wheel(folder, "c", "1.0", "cp311-cp311-linux_armv7l")
    wheel(folder, "d", "1.0", "cp311-cp311-manylinux_2_39_aarch64")
    for name, value in (("NO_INDEX", "1"), ("CONFIG_FILE", "/dev/null"), ("FIND_LINKS", "")):
        monkeypatch.setenv(f"PIP_{name}", value)
    return folder


def collect(tmp_path: Path, shelf: Path, target: Target, python: str, *wishes: str) -> list[str]:
    pins = tmp_path / "constraints.txt"
    pins.write_text(f"# tested\n{PINS}")
    own = wheel(tmp_path, "tagd", "9", "py3-none-any", *wishes)
    collector = Collector(target, python, pins, tmp_path / "wheels")
    found = collector.collect(own, ["video"], [shelf], lambda _: None)
    for one in found:
        digest = hashlib.sha256(one.path.read_bytes()).hexdigest()
        assert one.pinned == f"{one.name}=={one.version} --hash=sha256:{digest}"
    return [one.path.name for one in found]


WISHES = ("a[more]>=1", "c; platform_machine == 'armv7l'", "d; extra == 'onnx'")


@pytest.mark.parametrize(
    ("target", "python", "expected"),
    [
        ("pi", "3.11", ["a-1.0-py3-none-any.whl", "b-2.0-cp311-cp311-manylinux_2_17_aarch64.whl"]),
        ("pi", "3.13", ["a-1.0-py3-none-any.whl", "b-3.0-cp313-cp313-manylinux_2_17_aarch64.whl"]),
        ("x86", "3.11", ["a-1.0-py3-none-any.whl", "b-2.0-cp311-cp311-manylinux_2_17_x86_64.whl"]),
    ],
)
def test_those_of_the_other_machine(
    tmp_path: Path, shelf: Path, target: str, python: str, expected: list[str]
) -> None:
    found = collect(tmp_path, shelf, TARGETS[target], python, *WISHES)
    assert found == [*expected, "tagd-9-py3-none-any.whl"]


def test_what_lacks_is_named(tmp_path: Path, shelf: Path) -> None:
    with pytest.raises(ApplianceError, match=r"no wheel of b==2\.0 for armv7l and Python 3\.11"):
        collect(tmp_path, shelf, TARGETS["zero-32"], "3.11", *WISHES)
    with pytest.raises(ApplianceError, match=r"no wheel of d==1\.0 .* --find-links"):
        collect(tmp_path, shelf, TARGETS["pi"], "3.11", "d; extra == 'video'")
    with pytest.raises(ApplianceError, match="pins no version of zebra"):
        collect(tmp_path, shelf, TARGETS["pi"], "3.11", "zebra")
    (tmp_path / "x.whl").write_bytes(b"no zip")
    with pytest.raises(ApplianceError, match="is no wheel"):
        wheels.read(tmp_path / "x.whl")


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("target", ["pi", "jetson"])
def test_every_wheel_of_ours_is_there(tmp_path: Path, target: str) -> None:
    """What the constraints pin resolves for these machines, from the index that pip knows here."""
    found = TARGETS[target]
    tagd = packing.build_wheel(ROOT, tmp_path / "built", "9.9")
    assert wheels.read(tagd).version == "9.9"
    assert wheels.schema(tagd).startswith("m0")
    for python in found.pythons:
        collector = Collector(found, python, ROOT / "config/constraints.txt", tmp_path / "wheels")
        names = {one.name for one in collector.collect(tagd, ["video"], [], lambda _: None)}
        assert names >= {"tagd", "numpy", "pillow", "ai-edge-litert", "av", "pydantic-core"}
