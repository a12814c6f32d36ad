"""Of a manifest nothing is believed that was not looked at."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tiny_bundles import PYTHON, bundle

from device.appliance import archive, manifest, updating
from device.appliance.steps import ApplianceError


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bundle(tmp_path_factory.mktemp("bundle"), "0.2.0", None)


def test_it_is_read_as_it_was_written(good: Path) -> None:
    found = archive.peek(good)[0]
    assert manifest.parse(found.dumps().encode()) == found
    assert manifest.parse(found.dumps().encode()).dumps() == found.dumps()


@pytest.mark.parametrize(
    ("machine", "bits", "platform"),
    [
        ("aarch64", 64, "aarch64"),
        ("arm64", 64, "aarch64"),
        ("aarch64", 32, "armv7l"),
        ("armv7l", 32, "armv7l"),
        ("x86_64", 64, "x86_64"),
        ("x86_64", 32, "i686"),
    ],
)
def test_processors(machine: str, bits: int, platform: str) -> None:
    assert manifest.platform_of(machine, bits) == platform


@pytest.mark.parametrize(
    ("change", "about"),
    [
        ({"format": 2}, "format 2 and this tagd reads up to 1"),
        ({"format": "1"}, "no bundle"),
        ({"name": "other"}, "something else"),
        ({"version": "../x"}, "version is '../x'"),
        ({"platform": "mips"}, "platform is 'mips'"),
        ({"pythons": []}, "pythons is"),
        ({"pythons": ["2.7"]}, "pythons is '2.7'"),
        ({"pythons": ["3.99"]}, "no list of its wheels"),
        ({"schema": None}, "schema is None"),
        ({"files": {}}, "must name 1 to"),
        ({"files": {"../x": {"size": 1, "sha256": "0" * 64}}}, "no such name"),
        ({"files": {"/x": {"size": 1, "sha256": "0" * 64}}}, "no such name"),
        ({"files": {"a/.hidden": {"size": 1, "sha256": "0" * 64}}}, "no such name"),
        ({"files": {"a//b": {"size": 1, "sha256": "0" * 64}}}, "no such name"),
        ({"files": {"a\n": {"size": 1, "sha256": "0" * 64}}}, "no such name"),
        ({"files": {"a": {"size": -1, "sha256": "0" * 64}}}, "size of -1"),
        ({"files": {"a": {"size": 2**40, "sha256": "0" * 64}}}, "size of"),
        ({"files": {"a": {"size": 1, "sha256": "0"}}}, "sha256 is"),
        ({"files": {str(n): {"size": 2**29, "sha256": "0" * 64} for n in range(9)}}, "more than"),
    ],
)
def test_another_manifest(good: Path, change: dict[str, object], about: str) -> None:
    said = json.loads(archive.peek(good)[0].dumps())
    with pytest.raises(ApplianceError, match=about):
        manifest.parse(json.dumps(said | change).encode())


@pytest.mark.parametrize("data", [b"", b"{", b"[" * 10**5, b"1", b"\xff", b" " * 2**21])
def test_no_manifest(data: bytes) -> None:
    with pytest.raises(ApplianceError, match="no bundle of tagd"):
        manifest.parse(data)


def test_for_another_machine(tmp_path: Path) -> None:
    other = archive.peek(bundle(tmp_path, "0.2.0", None, platform="armv7l"))[0]
    with pytest.raises(ApplianceError, match="is for armv7l and this machine is"):
        updating.require_suits(other)
    newer = archive.peek(bundle(tmp_path, "0.2.0", None, python="3.99"))[0]
    with pytest.raises(ApplianceError, match=rf"wheels for Python 3\.99 and this is {PYTHON}"):
        updating.require_suits(newer)
