"""A new user's installation: runtime dependencies only, no checkout beside it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of a virtual environment with what `pip install .` brings, and no more."""
    place = tmp_path_factory.mktemp("fresh")
    subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
    pip = [str(place / "bin/python"), "-m", "pip", "install", "-q", "--no-input"]
    constraints = ["-c", str(ROOT / "config/constraints.txt")]
    subprocess.run([*pip, *constraints, str(ROOT)], check=True, cwd=place, timeout=240)
    return place / "bin"


@pytest.mark.timeout(300)
def test_tag_works_from_a_wheel_alone(fresh: Path, tmp_path: Path) -> None:
    sample = ROOT / "device/samples/chelsea.jpg"
    done = subprocess.run(
        [str(fresh / "tagd"), "tag", "--json", str(sample)],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    assert "cat" in {tag["name"] for tag in json.loads(done.stdout)["tags"]}


@pytest.mark.timeout(300)
def test_demo_works_from_a_wheel_alone(fresh: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [str(fresh / "tagd"), "demo", "--once"], cwd=tmp_path, check=True, capture_output=True
    )
    said = done.stdout.decode()
    events = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert [event["seq"] for event in events] == [1, 2, 3, 4, 5, 6]
    assert "Received from mqtt://127.0.0.1:" in said
    table = {line.split()[0]: line for line in said.splitlines()[2:8]}
    assert " cat " in table["chelsea.jpg"]
    assert "espresso" in table["coffee.jpg"] or "coffee cup" in table["coffee.jpg"]
    assert "person" in table["astronaut.jpg"]


def test_the_doctor_works_from_a_wheel_alone(fresh: Path, tmp_path: Path) -> None:
    """It knows the tested versions, and says how to get what is missing."""
    config = tmp_path / "tagd.yaml"
    config.write_text(
        f"data_dir: {tmp_path}/data\n"
        "sources: [{name: gate, url: 'rtsp://127.0.0.1:9/sub'}]\nweb: {enabled: false}\n"
    )
    done = subprocess.run(
        [str(fresh / "tagd"), "doctor", "--json", "--config", str(config)],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    found = {one["about"]: one for one in map(json.loads, done.stdout.splitlines())}
    assert found["packages"]["state"] == "ok", found["packages"]
    assert int(found["packages"]["told"].split(",")[0]) > 20
    assert found["tagger scene"]["state"] == "ok"
    assert found["video"]["state"] == "wrong"
    assert "tagd[video]" in found["video"]["told"]


def test_no_tool_of_the_tests_is_needed(fresh: Path) -> None:
    listed = subprocess.check_output([str(fresh / "python"), "-m", "pip", "list"], text=True)
    for tool in ("pytest", "hypothesis", "httpx", "playwright", "mypy", "ruff"):
        assert f"\n{tool} " not in listed
