"""Reviewing in a real browser, on an appliance of its own: what is said here changes its pictures.

Each test brings pictures that nobody has seen, and finds them again by their names.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator

import httpx
import pytest
from daemon_rig import Daemon, wait_until
from desk_rig import Fill, People
from page_rig import Open
from PIL import Image

from device import shipped

_numbers = itertools.count()


@pytest.fixture(scope="module")
def appliance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon with the real models and no pictures."""
    root = tmp_path_factory.mktemp("review")
    daemon = Daemon(root, web={"listen": "127.0.0.1:0"}, device={"id": "page", "name": "Gate"})
    del daemon.sections["taggers"]
    daemon.start()
    wait_until(lambda: "the page is at" in daemon.said(), 40, daemon.said)
    yield daemon
    assert daemon.stop() == 0, daemon.said()


@pytest.fixture(scope="module")
def page_url(appliance: Daemon) -> str:
    """The page of that daemon, in the place of the one that the other tests share."""
    return f"http://127.0.0.1:{appliance.port()}"


@pytest.fixture
def fill(api: httpx.Client) -> Fill:
    """`fill(12)` has so many new pictures tagged; answers what their names begin with."""
    samples = [Image.open(path).convert("RGB") for path in shipped.sample_pictures()]

    def make(count: int) -> str:
        prefix = f"r{next(_numbers)}-"
        for number in range(count):
            picture = samples[number % len(samples)]
            picture = picture.resize((480, round(480 * picture.height / picture.width)))
            out = io.BytesIO()
            # A comment of its own makes it new content.
            picture.save(out, "JPEG", quality=88, comment=f"{prefix}{number}".encode())
            file = {"file": (f"{prefix}{number:03d}.jpg", out.getvalue(), "image/jpeg")}
            api.post("pictures", files=file).raise_for_status()
        return prefix

    return make


@pytest.fixture
def people(visit: Open, api: httpx.Client) -> People:
    """`people("?view=review")` opens the page."""
    return People(visit, api)
