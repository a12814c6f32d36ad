"""What the tests of the API as a whole share: an appliance with something of everything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from control_rig import camera
from test_store_visits import ended, visit
from web_helpers import Site, running, until

from device.results import VisitChange

DESCRIPTION = "/api/v1/openapi.json"
_METHODS = ("get", "post", "put", "patch", "delete")


@contextmanager
def appliance(folder: Path) -> Iterator[Site]:
    """With two pictures, a visit and a camera."""
    with running(folder, sources={"gate": (camera, True)}) as opened:
        opened.upload(1)
        opened.upload(2)
        opened.store.commit([VisitChange(ended(visit()), "visit_end")], {})
        assert until(lambda: opened.pipeline.captures["gate"].newest is not None)
        yield opened


def description(site: Site) -> dict[str, Any]:
    """The OpenAPI that it gives of itself."""
    with site.client() as client:
        return dict(client.get(DESCRIPTION).json())


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and what is said of it."""
    for path, methods in described["paths"].items():
        for method in _METHODS:
            if method in methods:
                yield method, path, methods[method]
