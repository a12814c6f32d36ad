"""A power cut at every change that the installer makes to the disk, and the same run once more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

HERE = Path(__file__).parent
MEMORY = Path("/dev/shm")


@pytest.mark.timeout(180)
@pytest.mark.parametrize(("verb", "least"), [("install", 100), ("upgrade", 30), ("uninstall", 50)])
def test_cut_anywhere_it_comes_to_the_same_end(verb: str, least: int) -> None:
    where = MEMORY if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=where) as folder:
        done = subprocess.run(
            [sys.executable, str(HERE / "appliance_cuts.py"), folder, verb],
            env={**os.environ, "PYTHONPATH": f"{HERE.parent}:{HERE}"},
            capture_output=True,
            text=True,
            timeout=170,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["wrong"] == []
    assert said["cuts"] >= least
