"""For programs that watch over others: numbers for Prometheus, and whether it works at all."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import PlainTextResponse, Response

from device import exposition
from device.exposition import Family, Sample
from device.measures import measures
from device.system import System
from device.web.counted import Tally
from device.web.describe import text, text_answer
from device.web.live import Live
from device.web.who import Viewer


def router(system: System, live: Live, tally: Tally) -> APIRouter:
    """The two routes. The second is for everybody: it tells nothing but its word."""
    api = APIRouter(default_response_class=Response)
    ailing = text("it does not do its work: start it again", "not ok\n")

    @api.get("/metrics", responses=text_answer("numbers", "# HELP tagd_pictures_total ..."))
    def get_metrics(who: Viewer) -> Response:
        """Numbers in Prometheus' text format, of the sources that whoever asks may see."""
        families = [*measures(system, who)]
        if who.sources is None:
            told = "live streams of events"
            watching = Family("tagd_viewers", "gauge", told, [Sample(live.viewers, {})])
            families += [watching, tally.family()]
        return Response(exposition.text(families), media_type=exposition.CONTENT_TYPE)

    @api.get("/healthz", responses={**text_answer("it works", "ok\n"), 503: ailing})
    def get_healthz() -> Response:
        """Whether pictures are tagged and stored; `health` tells more to whoever may know."""
        if system.ailing() is None:
            return PlainTextResponse("ok\n")
        return PlainTextResponse("not ok\n", 503)

    return api
