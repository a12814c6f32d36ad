"""A power cut at any step of an update: the old release with its data, or the new one with them."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_bundles import bundle, wheel
from upgrade_rig import Appliance

from device.appliance import signature
from device.appliance.pending import Pending, Record, guard_text
from device.appliance.steps import ApplianceError

HERE = Path(__file__).parent
pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="apt install openssl")


def cut(box: Appliance, packed: Path, key: Path, at: int) -> int:
    """Update, and lose the power at that moment; how many there were, if it is over before."""
    command = [sys.executable, str(HERE / "upgrade_cut.py"), str(box.layout.root), str(packed)]
    done = subprocess.run(
        [*command, str(key), str(at)],
        env={**os.environ, "PYTHONPATH": f"{HERE.parent}:{HERE}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode == -signal.SIGKILL:
        return 0
    return int(done.stdout or 0)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("way", ["well", "falls"])
@pytest.mark.parametrize("some", [23, pytest.param(7, marks=pytest.mark.slow)])
def test_the_power_goes(tmp_path: Path, way: str, some: int) -> None:
    """At every step, or at every `some`th of them beginning with another one each way."""
    signature.keygen(tmp_path / "maker.pem")
    key = tmp_path / "maker.pub.pem"
    first = Appliance(tmp_path / "box")
    first.install(wheel(tmp_path / "first", "0.1.0"))
    first.service.stop()
    packed = bundle(tmp_path, "0.2.0", tmp_path / "maker.pem", schema=2, way=way)
    outcomes: dict[str, int] = {}
    at = (5 if way == "well" else 0) % some
    while True:
        box = first.copy_to(tmp_path / f"cut{at}")
        with contextlib.suppress(ApplianceError):
            box.service.start()
        over = cut(box, packed, key, at)
        box.service.stop()
        outcome = after_the_cut(box, packed, key, way)
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
        box.service.stop()
        shutil.rmtree(box.layout.root)
        if over:
            break
        at += some
    assert at > 60, "hardly anything was cut"
    if way == "well":
        assert set(outcomes) == {"0.1.0", "0.2.0"}
    else:
        assert outcomes.keys() <= {"0.1.0", "0.2.0"}


def test_the_power_goes_while_the_guard_goes_back(tmp_path: Path) -> None:
    """After each of its lines, and then the machine starts again."""
    first = Appliance(tmp_path / "box")
    first.install(wheel(tmp_path / "first", "0.1.0"))
    packed = wheel(tmp_path / "second", "0.2.0", schema=2)
    first.releases.build("0.2.0", packed.parent, sys.executable, False)
    first.service.stop()
    lines = guard_text(first.layout).splitlines()
    begin = next(n for n, line in enumerate(lines) if "did not settle" in line)
    died = 0
    for number in range(begin, len(lines)):
        box = first.copy_to(tmp_path / f"cut{number}")
        copy = str(box.layout.data / "backups/before-m002_x.db")
        record = Record(box.layout)
        record.begin(Pending("0.2.0", "0.1.0", 1, copy))
        box.releases.switch("0.2.0")
        box.service.start()
        assert (box.runs(), box.schema()) == ("0.2.0", 2)
        box.service.stop()
        whole = record.guard.read_text()
        lines = whole.splitlines()
        lines.insert(number + 1, "kill -9 $$")
        record.guard.write_text("\n".join(lines))
        done = subprocess.run([record.guard], capture_output=True, check=False, timeout=30)
        died += done.returncode == -signal.SIGKILL  # not in a branch that is not taken
        record.guard.write_text(whole)
        box.service.start()
        assert (box.runs(), box.schema()) == ("0.1.0", 1), lines[number]
        assert box.rows() == ["0.1.0", "0.1.0"]
        box.switching.resume()
        assert set(box.leftovers()) <= {"opt/tagd/.current.guard"}
        box.service.stop()
    assert died > 10


def after_the_cut(box: Appliance, packed: Path, key: Path, way: str) -> str:
    """The machine starts again, and goes on with what was interrupted; what ran at first."""
    began = ""
    for _ in range(4):  # as systemd would start it again
        with contextlib.suppress(ApplianceError):
            box.service.restart()
            began = began or box.runs() or ""
    assert began in ("0.1.0", "0.2.0"), box.service.said()
    rows = box.rows()
    assert rows[0] == "0.1.0", "what was there before is there"
    if box.switching.is_under_way:
        with contextlib.suppress(ApplianceError):
            box.switching.resume()
    assert not box.switching.is_under_way
    now = box.releases.current()
    assert box.schema() == (1 if now == "0.1.0" else 2)
    if way == "well":
        box.upgrade(packed, [key])
        assert box.runs() == "0.2.0"
        assert box.schema() == 2
    else:
        with pytest.raises(ApplianceError, match="taken back"):
            box.upgrade(packed, [key])
        assert box.runs() == "0.1.0"
        assert box.schema() == 1
    assert box.rows()[0] == "0.1.0"
    assert box.leftovers() == []
    return began
