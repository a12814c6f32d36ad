"""A running media library, and programs that use it as ImageKit's clients do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from imagekit_rig import library, program, three
from web_helpers import Site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with library(tmp_path_factory.mktemp("library") / "data") as opened:
        yield opened


@pytest.fixture(scope="module")
def shop(site: Site) -> Iterator[httpx.Client]:
    """With the key of a reviewer."""
    with program(site) as client:
        yield client


@pytest.fixture(scope="module")
def files(shop: httpx.Client) -> list[dict[str, Any]]:
    """Three of them, as they were told when they were sent."""
    return three(shop)
