"""The report of a pytest that ran somewhere else, told test by test."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

Report = dict[str, ET.Element]
"""By the name of a test, its element."""

PYTEST = (
    *("python3", "-m", "pytest", "--noconftest", "-c", "/dev/null", "-p", "no:cacheprovider"),
    *("--timeout=60", "-o", "junit_family=xunit1", "--junitxml=/opt/out/report.xml"),
)
"""Inside, where the report goes to /opt/out."""

ENVIRONMENT = ("PYTHONPATH=/opt/site:/opt/tagd:/opt/tagd/tests", "PYTHONDONTWRITEBYTECODE=1")


def read(out: Path, said: str) -> Report:
    """The report in `out`. Fails with what was said if there is none."""
    file = out / "report.xml"
    if not file.exists():
        pytest.fail(f"there is no report; it said: {said[-3000:]}")
    found = {case.attrib["name"]: case for case in ET.parse(file).iter("testcase")}
    if "" in found:  # pytest could not even read the tests
        pytest.fail(said[-3000:])
    return found


def tell(report: Report, name: str) -> None:
    """Pass, fail or skip as that test did there, and print what it measured."""
    assert name in report, f"{name} did not run; there are {', '.join(report)}"
    case = report[name]
    for bad in (*case.iter("failure"), *case.iter("error")):
        pytest.fail(bad.text or "failed")
    for skipped in case.iter("skipped"):
        pytest.skip(skipped.attrib["message"])
    for measured in case.iter("property"):
        print(measured.attrib["name"], measured.attrib["value"], file=sys.stderr)
