"""docs/operations.md names every number that Prometheus gets, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import prometheus
from control_rig import camera
from web_helpers import running

DOCS = (Path(__file__).parents[1] / "docs" / "operations.md").read_text(encoding="utf-8")
ELSEWHERE = {
    "tagd_outbox_events",  # with a sink
    "tagd_sink_failing",
    "tagd_disk_free_bytes",  # of the whole appliance
    "tagd_disk_bytes",
    "tagd_temperature_celsius",  # where there is a sensor
}


def test_the_numbers_are_told(tmp_path: Path) -> None:
    table = DOCS.split("## Watching it")[1]
    told = set(re.findall(r"`(tagd_[a-z_]+)`", table))
    with running(tmp_path / "data", sources={"gate": (camera, True)}) as site, site.client() as c:
        site.upload(1)
        c.get("/metrics")  # so that a request is counted
        found = set(prometheus.parse(c.get("/metrics").text))
    assert found <= told
    assert told - found <= ELSEWHERE
    used = set(re.findall(r"\b(tagd_[a-z_]+)", table)) - told
    assert used == {"tagd_inference_seconds_bucket"}
