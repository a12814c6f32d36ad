"""The drop-in APIs against floods and waits that one small request could cause."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from vendors_rig import everything
from web_helpers import Site

from device.web.compat import vendors
from device.web.compat.vendor import taker


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with everything(tmp_path_factory.mktemp("hostile") / "data") as opened:
        yield opened


@pytest.mark.parametrize("part", ["operations/", "images:", "files:", "projects/", "files/", "v1/"])
@pytest.mark.parametrize("end", ["", "\n", "\nx", "x"])
def test_no_path_takes_long_to_be_told_apart(site: Site, part: str, end: str) -> None:
    """Nobody has shown a key yet, and all others wait meanwhile."""
    dropped_in = vendors.enabled(site.services)
    path = f"/v1/{part * (60_000 // len(part))}{end}"
    start = time.process_time()
    taker(dropped_in, {"type": "http", "method": "POST", "path": path, "headers": []})
    assert time.process_time() - start < 1.0
