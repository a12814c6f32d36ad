"""With real virtual environments: pip installs from the bundle alone, by check sums."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_bundles import PYTHON, bundle, wheel
from upgrade_rig import Appliance

from device.appliance import signature
from device.appliance.host import Host
from device.appliance.releases import listed
from device.appliance.steps import ApplianceError

ROOT = Path(__file__).parents[1]


@pytest.mark.timeout(300)
@pytest.mark.skipif(not shutil.which("openssl"), reason="apt install openssl")
def test_an_update_with_pip(tmp_path: Path) -> None:
    signature.keygen(tmp_path / "maker.pem")
    box = Appliance(tmp_path / "box", Host())
    box.install(wheel(tmp_path / "first", "0.1.0"))
    try:
        packed = bundle(tmp_path, "0.2.0", tmp_path / "maker.pem", schema=2)
        box.upgrade(packed, [tmp_path / "maker.pub.pem"])
        assert (box.runs(), box.schema()) == ("0.2.0", 2)
        shebang = (box.layout.release("0.2.0") / "venv/bin/tagd").read_text().splitlines()[0]
        assert shebang == f"#!{box.layout.release('0.2.0')}/venv/bin/python"
        changed = tmp_path / f"0.2.0/requirements-{PYTHON}.txt"
        changed.write_text(f"tagd==0.2.0 --hash=sha256:{'0' * 64}\n")
        wanted = listed(changed.parent, PYTHON)
        with pytest.raises(ApplianceError, match=r"(?i)hash"):
            box.releases.build("0.9.0", changed.parent, sys.executable, False, wanted=wanted)
        assert box.leftovers() == []
    finally:
        box.service.stop()


def test_the_commands_need_nothing_but_python() -> None:
    """As out of a wheel, before anything is installed; without site-packages."""
    for name in ("bundle", "upgrade"):
        done = subprocess.run(
            [sys.executable, "-S", "-E", "-m", f"device.appliance.{name}", "--help"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "usage: tagd-" in done.stdout


@pytest.mark.skipif(os.getuid() != 0, reason="it is refused before, without root's rights")
def test_where_systemd_does_not_run() -> None:
    if Path("/run/systemd/system").is_dir() or Path("/opt/tagd").exists():
        pytest.skip("systemd runs here")
    done = subprocess.run(
        [sys.executable, "-m", "device.appliance.upgrade", "--status"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "tagd-upgrade: systemd does not run here" in done.stderr
