"""USB cameras on a real /dev/video0: the kernel's virtual one, in a machine of its own."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from emulation import report
from emulation.root import debian_root
from emulation.vm import run_in_machine

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

INSIDE = Path(__file__).parent / "emulation/inside_usb.py"


def names() -> list[str]:
    """Of the tests inside, which cannot be imported here."""
    tree = ast.parse(INSIDE.read_text(encoding="utf-8"))
    functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    return [name for name in functions if name.startswith("test_")]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> report.Report:
    """What came of the tests inside."""
    root, out = debian_root(), tmp_path_factory.mktemp("usb")
    tests = f"/opt/tagd/tests/emulation/{INSIDE.name}"
    command = " ".join(["env", *report.ENVIRONMENT, *report.PYTEST, tests])
    said = run_in_machine(root, f"export PATH=/usr/sbin:/usr/bin\n{command}\n", out, 400)
    return report.read(out, said)


@pytest.mark.parametrize("name", names())
def test_inside(results: report.Report, name: str) -> None:
    report.tell(results, name)
