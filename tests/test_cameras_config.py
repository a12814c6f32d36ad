"""What may be wrong in the config of a camera: all of it is named at once, each with its line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CONFIG = """\
sources:
  - name: gate
    url: "rtsp://viewer:geheim-3@192.0.2.10/sub"
  - name: gate
    url: "rtsp://192.0.2.11/sub"
  - name: yard
    url: "rtps://viewer:geheim-3@192.0.2.12/sub"
  - name: porch
    url: "rtsp://192.0.2.13/sub"
    privacy:
      - [[0, 0], [1.2, 0], [1, 1]]
    zones:
      drive: {polygon: [[0, 0], [0.5, -0.1], [1, 1]]}
  - name: attic
    url: "rtsp://192.0.2.14/sub"
    decode: sometimes
    visits: {hits: 5, looks: 4}
"""
WANTED = {4: "gate", 7: "rtsp", 11: "1.2", 13: "-0.1", 16: "adaptive", 17: "5 hits"}
"""By line, what the sentence has to name."""


def test_every_problem_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "tagd.yaml"
    file.write_text(CONFIG, encoding="utf-8")
    command = [sys.executable, "-W", "error", "-m", "device", "check", "--config", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    assert "geheim" not in said
    for line, what in WANTED.items():
        told = [text for text in said.splitlines() if f"tagd.yaml:{line}:" in text]
        assert len(told) == 1, said
        assert what in told[0], told[0]
    assert len(said.strip().splitlines()) <= len(WANTED) + 1
