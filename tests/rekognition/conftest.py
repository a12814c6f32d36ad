"""A running appliance, and a program with a key pair for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from aws_rig import Rekognition, Signer, signer
from web_helpers import Site, running


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(tmp_path_factory.mktemp("site"), trust_loopback=False) as opened:
        yield opened


@pytest.fixture(scope="module")
def signed(site: Site) -> Signer:
    return signer(site)


@pytest.fixture
def aws(site: Site, signed: Signer) -> Iterator[Rekognition]:
    """Its signer may be changed: the next test has one of its own."""
    with Rekognition(site.server.url, replace(signed)) as opened:
        yield opened
