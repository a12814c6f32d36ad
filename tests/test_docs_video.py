"""Numbers that the docs tell of cameras are those of the code."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("av")
from device.sources import video_decoder, video_live, video_open
from device.stages import capture

DOCS = " ".join((Path(__file__).parents[1] / "docs" / "sources.md").read_text().split())


def test_numbers() -> None:
    patience = f"{video_open._OPEN:g} s for a connection and its first video, "
    patience += f"{2 * video_open._READ:g} s for every silence"
    assert patience in DOCS
    assert f"after {video_live._SILENT:g} s without a packet, or {video_live._BLIND:g} s" in DOCS
    assert video_live._BLIND_GAPS == 3
    assert "(three keyframe distances, if that is longer)" in DOCS
    assert f"where they are more than {video_decoder.LONG_GAP:g} s apart" in DOCS
    assert capture._REFUSED == 30.0
    assert "half a minute at least after a 401" in DOCS
