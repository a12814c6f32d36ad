"""tagd on 32-bit Arm: which of its packages have a wheel, and what the models say there.

A Debian 12 root under qemu's Cortex-A7, with Debian's own numpy, Pillow and PyYAML.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from emulation import arm
from emulation.root import CHECKOUT, run_inside
from packaging.requirements import Requirement
from PIL import Image

from device import shipped

tomllib = pytest.importorskip("tomllib")
pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.timeout(1500)]

TOLERANCE = 0.05
"""Another runtime, of 2023, with other kernels: measured were 0.024."""

HERE = {
    "python_version": "3.11",
    "python_full_version": "3.11.2",
    "sys_platform": "linux",
    "platform_machine": "armv7l",
    "platform_system": "Linux",
    "os_name": "posix",
    "extra": "",
    "platform_python_implementation": "CPython",
    "implementation_name": "cpython",
}
FROM_DEBIAN = {"numpy", "pillow", "pyyaml"}


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def holds(wanted: Requirement) -> bool:
    return wanted.marker is None or wanted.marker.evaluate(HERE)


def pins() -> dict[str, str]:
    """The packages that tagd needs there, and what they need, each with its tested version."""
    lines = arm.PINS.read_text(encoding="utf-8").splitlines()
    pinned = [Requirement(line) for line in lines if line and not line.startswith("#")]
    tested = {plain(one.name): f"{one.name}{one.specifier}" for one in pinned if holds(one)}
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    ahead = [*project["dependencies"], *project["optional-dependencies"]["video"]]
    found: dict[str, str] = {}
    while ahead:
        wanted = Requirement(ahead.pop())
        name = plain(wanted.name)
        if not holds(wanted) or name in found or name not in tested:
            continue
        found[name] = tested[name]
        if name != "tflite-runtime":  # which is not here; it needs numpy alone
            ahead += metadata.requires(name) or []
    return found


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that have one, with tagd's own."""
    out = tmp_path_factory.mktemp("arm32")
    there = [pin for name, pin in pins().items() if name not in FROM_DEBIAN]
    shutil.copytree(arm.wheels(arm.ARMHF, "--no-deps", *there), out / "wheels")
    arm.own_wheel(out / "wheels")
    return out


def test_the_set_is_whole(wheels: Path) -> None:
    names = {plain(file.name.split("-")[0]) for file in (wheels / "wheels").glob("*.whl")}
    assert names | FROM_DEBIAN == {*pins(), "tagd"}
    assert {"tflite-runtime", "av", "pydantic-core", "fastapi", "paho-mqtt"} <= names
    assert "ai-edge-litert" not in names


@pytest.mark.parametrize("name", sorted(FROM_DEBIAN))
def test_what_has_no_wheel_is_what_the_docs_say(name: str, tmp_path: Path) -> None:
    done = arm.download(arm.ARMHF, tmp_path, "--no-deps", pins()[name])
    assert done.returncode != 0, f"{name} has a wheel by now: correct docs/install.md"
    assert "No matching distribution" in done.stderr
    section = (CHECKOUT / "docs/install.md").read_text(encoding="utf-8").split("## 32-bit Arm")[1]
    assert f"\n| {name} |" in section.split("\n## ")[0]


def said(text: str) -> dict[tuple[str, str], Any]:
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("[")]
    return {(name, picture): tags for _, name, picture, tags in lines}


def test_the_models_say_what_they_say_elsewhere(wheels: Path) -> None:
    for name in ("chelsea", "coffee"):
        picture = Image.open(shipped.SAMPLES / f"{name}.jpg").convert("RGB")
        np.save(wheels / f"{name}.npy", np.asarray(picture))
    script = "tests/emulation/inside_arm32.py"
    inside = (
        "python3 -m venv --system-site-packages /opt/venv &&"
        " /opt/venv/bin/pip install -q --no-index --no-deps /opt/out/wheels/*.whl &&"
        f" /opt/venv/bin/python -W ignore /opt/tagd/{script} /opt/out"
    )
    with arm.fresh_root(arm.ARMHF) as root:
        there = run_inside(
            root, ["env", "QEMU_CPU=cortex-a7", "sh", "-c", f"'{inside}'"], wheels, 800
        )
    here = subprocess.run(
        [sys.executable, script, str(wheels)],
        cwd=CHECKOUT,
        env={"PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "tflite-runtime 2.14.0" in there, there[-3000:]
    theirs, ours = said(there), said(here)
    assert set(theirs) == set(ours)
    assert len(ours) == 4
    for key, tags in ours.items():
        assert list(theirs[key]) == list(tags), key
        for tag, confidence in tags.items():
            assert abs(theirs[key][tag] - confidence) <= TOLERANCE, (key, tag)
