"""A site that nobody may enter without a login, and people who may."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
from control_rig import camera
from fastapi import FastAPI
from fastapi.routing import APIRoute
from web_helpers import Site, running, until

from device import ids
from device.age import Reading
from device.errors import PeopleConflict
from device.people import checked_role
from device.results import Tagged
from device.web.app import create_app
from device.web.live import Live
from device.web.who import AtLeast
from device.who import Role

PASSWORD = "correct horse battery"
COOKIE = "tagd_session"


class Clocks:
    """The clocks of a machine that a test can set."""

    def __init__(self) -> None:
        self.boot, self.uptime = "first", 1000.0
        self.wall: float | None = 1_800_000_000.0

    def __call__(self) -> Reading:
        return Reading(self.boot, self.uptime, self.wall)

    def pass_(self, seconds: float) -> None:
        """Time goes by."""
        self.uptime += seconds
        if self.wall is not None:
            self.wall += seconds


@contextmanager
def locked(
    folder: Path, *, cameras: bool = False, pictures: int = 0, owner: bool = False
) -> Iterator[Site]:
    """A site without `trust_loopback`, maybe with the cameras garden and hall.

    `owner`: whoever shows no token is let in as an administrator.
    """
    makes: Any = {}
    if cameras:
        makes = {name: (lambda name=name: camera(name), True) for name in ("garden", "hall")}
    with running(folder, trust_loopback=owner, sources=makes, pictures=pictures) as site:
        for name in makes:
            assert until(lambda name=name: site.pipeline.captures[name].newest is not None, 20)
        yield site


def add(site: Site, name: str, role: str, sources: list[str] | None = None) -> int:
    """A person with the password of all; the number."""
    seen = None if sources is None else frozenset(sources)
    hashed = site.access.hasher.hash(PASSWORD)
    try:
        return site.access.persons.add(name, checked_role(role), seen, hashed).id
    except PeopleConflict:
        return site.access.persons.named(name).id


@contextmanager
def entered(site: Site, name: str, password: str = PASSWORD) -> Iterator[httpx.Client]:
    """A client with a session of this person, that says where it comes from as browsers do."""
    with site.client(headers={"Origin": site.server.url}) as client:
        answer = client.post("/api/v1/login", json={"name": name, "password": password})
        assert answer.status_code == 200, answer.text
        yield client


def with_token(site: Site, secret: str) -> httpx.Client:
    """A program with this token."""
    return site.client(headers={"Authorization": f"Bearer {secret}"})


def from_source(item: Tagged, source: str) -> Tagged:
    """The same picture, from elsewhere."""
    origin = replace(item.origin, source=source, frame_id=ids.new_id())
    return replace(item, origin=origin)


def as_program(site: Site, name: str, role: str, sources: list[str] | None = None) -> httpx.Client:
    """A client that asks as a program of this name."""
    seen = None if sources is None else frozenset(sources)
    return with_token(site, site.access.tokens.add(name, checked_role(role), seen, "test")[1])


def routes(site: Site) -> dict[tuple[str, str], Role | None]:
    """Every route of the app, with the role that it needs."""
    live = Live(site.reader, site.pipeline.commits)
    app: Any = create_app(site.services, live)
    while not isinstance(app, FastAPI):
        app = app._app
    live.close()
    found: dict[tuple[str, str], Role | None] = {}
    for route in _flat(app.routes):
        needs = [d.call.role for d in route.dependant.dependencies if isinstance(d.call, AtLeast)]
        for method in route.methods or ():
            found[method, route.path] = needs[0] if needs else None
    return found


def _flat(routes: list[Any]) -> Iterator[APIRoute]:
    """Those of included routers as well, which newer versions of FastAPI keep as they are."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "original_router"):
            yield from _flat(route.original_router.routes)
