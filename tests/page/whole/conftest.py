"""One appliance with a login for all the tests of the whole, and its owner in front of it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import httpx
import pytest
from page_rig import Open
from whole_rig import House, built, enter_first

from device.broker import PrivateBroker, find_mosquitto


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Nobody has been in it yet."""
    root = tmp_path_factory.mktemp("house")
    broker = None
    if find_mosquitto() is not None:
        folder = root / "broker"
        folder.mkdir()
        broker = PrivateBroker(folder)
        broker.start()
    opened = built(root, broker)
    yield opened
    code = opened.daemon.stop()
    if broker is not None:
        broker.stop()
    assert code == 0, opened.daemon.said()


@pytest.fixture(scope="module")
def page_url(house: House) -> str:
    """The page of that house, in the place of the one that needs no login."""
    return house.url


@pytest.fixture
def owner(visit: Open, house: House) -> Open:
    """Opens the page as the administrator that the first link has made."""
    if house.kept is None:
        enter_first(visit, house)
    return partial(visit, storage_state=house.kept)


@pytest.fixture
def api(owner: Open, house: House) -> Iterator[httpx.Client]:
    """Another client of the owner."""
    with house.client() as client:
        yield client
