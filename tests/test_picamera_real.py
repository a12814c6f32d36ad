"""The same on the real picamera2, with libcamera's virtual camera in a Debian 13 root."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from camera_contract import CameraContract
from emulation.root import debian_root, run_inside

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

CONTRACT = sorted(name for name in vars(CameraContract) if name.startswith("test_"))

_ENVIRONMENT = (
    "PYTHONPATH=/opt/site:/opt/tagd:/opt/tagd/tests",
    "PYTHONDONTWRITEBYTECODE=1",
    "LIBCAMERA_LOG_LEVELS=*:ERROR",
    # libcamera 0.4 never sets the status of a virtual frame: fresh memory must read as success.
    "MALLOC_PERTURB_=255",
    "GLIBC_TUNABLES=glibc.malloc.tcache_count=0",
    "LD_PRELOAD=/opt/dmabuf.so",
)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ET.Element]:
    """By the name of a test, its element in the report from inside."""
    root, out = debian_root(), tmp_path_factory.mktemp("picamera")
    options = [
        "--noconftest",
        "-c",
        "/dev/null",
        "-p",
        "no:cacheprovider",
        "-o",
        "junit_family=xunit1",
    ]
    options += ["--timeout=60"]
    test = ["python3", "-m", "pytest", *options, "--junitxml=/opt/out/report.xml"]
    command = ["env", *_ENVIRONMENT, *test, "/opt/tagd/tests/emulation/inside_picamera.py"]
    said = run_inside(root, command, out, 400)
    report = out / "report.xml"
    assert report.exists(), said
    found = {case.attrib["name"]: case for case in ET.parse(report).iter("testcase")}
    assert set(CONTRACT) <= set(found), said
    return found


@pytest.mark.parametrize("name", [*CONTRACT, "test_what_a_frame_costs"])
def test_inside(results: dict[str, ET.Element], name: str) -> None:
    case = results[name]
    for bad in (*case.iter("failure"), *case.iter("error")):
        pytest.fail(bad.text or "failed")
    for measured in case.iter("property"):
        print(measured.attrib["name"], measured.attrib["value"], file=sys.stderr)


def test_nothing_is_left_mounted(results: dict[str, ET.Element]) -> None:
    assert results
    assert str(debian_root()) not in Path("/proc/mounts").read_text(encoding="utf-8")
