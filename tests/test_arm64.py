"""tagd on 64-bit Arm: a Debian 12 root under qemu's Cortex-A72, that of a Raspberry Pi 4.

The wheels of the package index install, the models say what they say on x86-64, the daemon runs.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from emulation import arm
from emulation.root import CHECKOUT, run_inside

from device import shipped

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.timeout(1500)]

CONFIDENCE, EDGE = 0.03, 0.05
"""How far a sum in another order may lead: measured were 0.012, and 0.025 of a picture's side.

The card's golden floors lie below what x86-64 says by at least twice that."""

Report = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """What came of each step inside."""
    out = tmp_path_factory.mktemp("arm64")
    with arm.fresh_root(arm.ARM64) as root:
        own = arm.own_wheel(out / "own")
        shutil.copytree(arm.wheels(arm.ARM64, "-c", str(arm.PINS), str(own)), out / "wheels")
        shutil.copy(own, out / "wheels" / own.name)
        inside = "/opt/tagd/tests/emulation/inside_arm.py"
        said = run_inside(root, ["env", "QEMU_CPU=cortex-a72", "python3", inside], out, 800)
    shutil.rmtree(out / "wheels")
    assert (out / "report.json").exists(), said[-3000:]
    told: Report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    for name, step in told.items():
        print(f"{name}: {step['seconds']} s", file=sys.stderr)
    return {**told, "root": {"said": str(root)}}


def test_the_wheels_install(report: Report) -> None:
    assert report["install"]["code"] == 0, report["install"]["complained"]
    listed = {
        line.partition("==")[0].lower().replace("_", "-")
        for line in report["list"]["said"].splitlines()
    }
    assert {"tagd", "ai-edge-litert", "numpy", "pillow", "pydantic-core"} <= listed


def test_it_says_what_x86_says(report: Report) -> None:
    assert report["tag"]["code"] == 0, report["tag"]["complained"]
    pictures = [str(shipped.SAMPLES / f"{name}.jpg") for name in ("chelsea", "coffee")]
    here = subprocess.run(
        [sys.executable, "-m", "device", "tag", "--json", *pictures],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    )
    theirs, ours = (tags(said) for said in (report["tag"]["said"], here.stdout))
    assert len(theirs) == len(ours) == 2
    for there, x86 in zip(theirs, ours, strict=True):
        assert set(there) == set(x86)
        for name, tag in there.items():
            assert abs(tag["confidence"] - x86[name]["confidence"]) <= CONFIDENCE, name
            for side, place in (tag["box"] or {}).items():
                assert abs(place - x86[name]["box"][side]) <= EDGE, (name, side)


def tags(said: str) -> list[dict[str, Any]]:
    """Of each picture, its tags by their names."""
    return [{tag["name"]: tag for tag in json.loads(one)["tags"]} for one in said.splitlines()]


def test_the_doctor_finds_the_golden_pictures_right(report: Report) -> None:
    found = {one["about"]: one for one in map(json.loads, report["doctor"]["said"].splitlines())}
    assert found["tagger objects"]["state"] == found["tagger scene"]["state"] == "ok"
    assert found["packages"]["state"] == "ok", found["packages"]["told"]
    assert "aarch64" in found["board"]["told"]


def test_the_daemon_tags_a_picture_and_stops(report: Report) -> None:
    assert report["daemon"]["said"] is True, report["daemon"]["complained"]
    assert report["daemon"]["code"] == 0, report["daemon"]["complained"]


def test_nothing_is_left(report: Report) -> None:
    assert report["root"]["said"] not in Path("/proc/mounts").read_text(encoding="utf-8")
    assert not Path(report["root"]["said"]).exists()
