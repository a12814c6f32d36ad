"""Markers are read as packaging reads them, for another machine than this."""

from __future__ import annotations

import pytest
from packaging.markers import Marker

from device.appliance import markers
from device.appliance.steps import ApplianceError

MARKERS = (
    "platform_machine == 'armv7l'",
    "platform_machine == 'x86_64' or platform_machine == 'aarch64'",
    "python_version < '3.12' and platform_machine == 'armv7l'",
    "python_full_version >= '3.11' and (platform_machine != 'armv7l' or os_name == 'nt')",
    "python_version >= '3.9'",
    "python_version == '3.11'",
    "python_version == '3.*'",
    "python_version != '3.1'",
    "'linux' in sys_platform",
    "sys_platform not in 'win32 cygwin'",
    "platform_python_implementation != 'PyPy'",
    "implementation_name == 'cpython' and platform_system == \"Linux\"",
    "extra == 'video'",
    "'3.10' <= python_version",
)


@pytest.mark.parametrize("marker", MARKERS)
@pytest.mark.parametrize("python", ["3.10", "3.11", "3.13"])
@pytest.mark.parametrize("platform", ["x86_64", "armv7l"])
def test_they_hold_as_elsewhere(marker: str, python: str, platform: str) -> None:
    where = markers.environment(platform, python)
    assert markers.holds(marker, where) == Marker(marker).evaluate(dict(where))


@pytest.mark.parametrize(
    "marker",
    ["__import__('os')", "platform_machine", "a == 'b'", "1 < 2", "'a' == 'a' =", "(" * 900],
)
def test_what_is_none_is_refused(marker: str) -> None:
    with pytest.raises(ApplianceError, match="is not understood"):
        markers.holds(marker, markers.environment("x86_64", "3.11"))


@pytest.mark.parametrize(
    ("line", "name", "extras", "pin"),
    [
        ("AI_edge.litert==2.3.0 ; os_name == 'posix'", "ai-edge-litert", set(), "2.3.0"),
        ("uvicorn[standard, x] (>=0.5)", "uvicorn", {"standard", "x"}, None),
        ("numpy", "numpy", set(), None),
        ("a>=1,<2", "a", set(), None),
    ],
)
def test_requirements(line: str, name: str, extras: set[str], pin: str | None) -> None:
    wish = markers.parse(line)
    assert (wish.name, set(wish.extras), wish.pin) == (name, extras, pin)


@pytest.mark.parametrize("line", ["a @ https://example.org/a.whl", "-r other.txt", "==1"])
def test_what_is_no_requirement(line: str) -> None:
    with pytest.raises(ApplianceError, match="is not understood"):
        markers.parse(line)


def test_extras_bring_theirs() -> None:
    where = markers.environment("aarch64", "3.11")
    lines = ["a", "b; extra == 'video'", "c; extra == 'onnx'", "d; python_version < '3'"]
    assert [wish.name for wish in markers.holding(lines, where)] == ["a"]
    assert [wish.name for wish in markers.holding(lines, where, ["video"])] == ["a", "b"]
