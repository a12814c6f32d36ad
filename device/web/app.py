"""Puts the web together: API, page, errors and shield around them."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.types import ASGIApp

from device import __version__
from device.trials import Trials
from device.web import api, backups, me, page, problem, settings, sources, trials, visits
from device.web.head import Head
from device.web.live import Live
from device.web.services import Services
from device.web.shield import Shield


def create_app(services: Services, live: Live) -> ASGIApp:
    """The ASGI application over these services."""
    app = FastAPI(
        title="tagd",
        version=__version__,
        description="Pictures, their tags and events of a private image-tagging appliance.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # the viewers come from another host
        redoc_url=None,
        redirect_slashes=False,  # a path is right or wrong
        generate_unique_id_function=lambda route: route.name,
    )
    problem.add_handlers(app)
    app.include_router(api.router(services, live))
    app.include_router(settings.router(services.settings))
    app.include_router(trials.router(Trials(services.settings), services.chores))
    app.include_router(backups.router(services.settings.running.data_dir, services.chores))
    app.include_router(sources.router(services))
    app.include_router(visits.router(services.reader))
    app.include_router(me.router())
    page.mount(app, services.reader)
    # Outside of everything, so that no answer gets out without it, an error's neither.
    return Shield(Head(app), hosts=services.hosts, policy=page.content_policy())
