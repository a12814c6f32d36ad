"""The Pi camera on the real picamera2, with libcamera's virtual camera in a Debian 13 root."""

from __future__ import annotations

from pathlib import Path

import pytest
from camera_contract import CameraContract
from emulation import report
from emulation.root import debian_root, run_inside

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

CONTRACT = sorted(name for name in vars(CameraContract) if name.startswith("test_"))

_ENVIRONMENT = (
    *report.ENVIRONMENT,
    "LIBCAMERA_LOG_LEVELS=*:ERROR",
    # libcamera 0.4 never sets the status of a virtual frame: fresh memory must read as success.
    "MALLOC_PERTURB_=255",
    "GLIBC_TUNABLES=glibc.malloc.tcache_count=0",
    "LD_PRELOAD=/opt/dmabuf.so",
)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> report.Report:
    """What came of the tests inside."""
    root, out = debian_root(), tmp_path_factory.mktemp("picamera")
    tests = "/opt/tagd/tests/emulation/inside_picamera.py"
    said = run_inside(root, ["env", *_ENVIRONMENT, *report.PYTEST, tests], out, 300)
    return report.read(out, said)


@pytest.mark.parametrize("name", [*CONTRACT, "test_what_a_frame_costs"])
def test_inside(results: report.Report, name: str) -> None:
    report.tell(results, name)


def test_nothing_is_left_mounted(results: report.Report) -> None:
    assert results
    assert str(debian_root()) not in Path("/proc/mounts").read_text(encoding="utf-8")
