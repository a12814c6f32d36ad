"""A running appliance that answers Google's clients, and a key for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from vision_rig import key, vision
from web_helpers import Site


@pytest.fixture(scope="module")
def open_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with vision(tmp_path_factory.mktemp("vision") / "data") as site:
        yield site


@pytest.fixture(scope="module")
def secret(open_site: Site) -> str:
    return key(open_site)
