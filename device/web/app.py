"""Puts the web together: API, page, errors and shield around them."""

from __future__ import annotations

from functools import partial

from fastapi import FastAPI
from starlette.types import ASGIApp

from device import __version__
from device.trials import Trials
from device.web import (
    api,
    audit,
    backups,
    erase,
    export,
    import_,
    insights,
    login,
    me,
    metrics,
    page,
    people,
    problem,
    reviews,
    settings,
    sources,
    system,
    tokens,
    trials,
    visits,
    vocabulary,
    vocabulary_file,
)
from device.web.compat import vendors
from device.web.compat.vendor import Fork, Shaped
from device.web.counted import Counted, Tally
from device.web.guard import Guard
from device.web.head import Head
from device.web.live import Live
from device.web.proxy import Proxy
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
        servers=[{"url": services.front.root or "/"}],
        redirect_slashes=False,  # a path is right or wrong
        generate_unique_id_function=lambda route: route.name,
    )
    problem.add_handlers(app)
    tally = Tally()
    app.include_router(api.router(services, live))
    app.include_router(settings.router(services.settings))
    app.include_router(trials.router(Trials(services.settings), services.chores))
    app.include_router(backups.router(services.settings.running.data_dir, services.chores))
    app.include_router(sources.router(services))
    app.include_router(visits.router(services.reader))
    app.include_router(vocabulary.router(services))
    app.include_router(vocabulary_file.router(services))
    app.include_router(insights.router(services))
    app.include_router(me.router())
    app.include_router(reviews.router(services))
    app.include_router(system.router(services.system))
    app.include_router(metrics.router(services.system, live, tally))
    access = services.access
    app.include_router(login.router(access))
    app.include_router(people.router(access))
    app.include_router(tokens.router(access))
    app.include_router(audit.router(access.audit))
    app.include_router(erase.router(services))
    app.include_router(export.router(services.reader))
    app.include_router(import_.router(services))
    page.mount(app, services.reader)
    guard = Guard(
        Head(app),
        access,
        trust_loopback=services.trust_loopback,
        local_token=services.local_token,
    )
    dropped_in = vendors.enabled(services)
    fork = Fork(guard, dropped_in, access.audit)
    # Outside of everything, so that no answer gets out without it, an error's neither.
    shield = Shield(fork, hosts=services.hosts, policy=page.content_policy())
    shaped = partial(Shaped, vendors=dropped_in)
    return Proxy(Counted(shaped(shield), tally), services.front, shaped)
