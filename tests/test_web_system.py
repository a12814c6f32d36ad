"""The machine, the log, the doctor, the numbers and the sign of life over HTTP."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import prometheus
import pytest
from control_rig import camera
from daemon_rig import Daemon, wait_until
from hypothesis import given
from hypothesis import strategies as st
from web_helpers import PICTURES, Site, problem, running, until

from device import exposition, shipped
from device.exposition import Family, Sample
from device.web import system_models as shapes
from device.web.app import create_app
from device.web.live import Live
from device.web.who import SCOPE
from device.who import Role, Who


@pytest.fixture
def client(site: Site) -> Iterator[httpx.Client]:
    with site.client() as opened:
        yield opened


def test_the_system_is_as_described(site: Site, client: httpx.Client) -> None:
    site.upload(1)
    found = shapes.SystemShape.model_validate_json(client.get("/api/v1/system").content)
    [model] = found.models
    assert (model.name, model.runs, len(model.recent_ms)) == ("fake", 1, 1)
    assert model.median_ms is not None
    assert model.median_ms > 0
    assert {thread.name for thread in found.threads} >= {"infer", "write", "chores"}
    assert {queue.name for queue in found.queues} == {"upload", "write"}
    assert found.storage.parts.database > 0
    assert found.troubles == []


def test_what_is_wrong_has_a_time_that_stays(site: Site, client: httpx.Client) -> None:
    site.store.full = True
    client.post(PICTURES, files={"file": b"\xff\xd8\xff"})
    assert until(lambda: site.pipeline.write.problem is not None)
    first = client.get("/api/v1/system").json()["troubles"]
    again = client.get("/api/v1/system").json()["troubles"]
    assert [one["told"] for one in first] == [site.pipeline.write.problem]
    assert first == again
    site.store.full = False
    assert until(lambda: site.pipeline.write.problem is None)
    assert client.get("/api/v1/system").json()["troubles"] == []


def test_the_log(client: httpx.Client) -> None:
    log = logging.getLogger("device.test")
    log.warning("first <b>\nand second line")
    found = shapes.LogShape.model_validate_json(client.get("/api/v1/log").content)
    assert found.lines[-1].text == "first <b>\nand second line"
    assert (found.lines[-1].level, found.lines[-1].logger) == ("warning", "device.test")
    log.error("then")
    query = {"after": found.next, "level": "error"}
    [line] = client.get("/api/v1/log", params=query).json()["lines"]
    assert line["text"] == "then"


@pytest.mark.parametrize(
    "query", [{"level": "loud"}, {"limit": 0}, {"limit": 2001}, {"after": -1}, {"after": "x"}]
)
def test_what_cannot_be_asked_of_the_log(client: httpx.Client, query: dict[str, str | int]) -> None:
    problem(client.get("/api/v1/log", params=query), 422)


def test_the_doctor(client: httpx.Client) -> None:
    found = shapes.ExaminationShape.model_validate_json(client.get("/api/v1/doctor").content)
    assert found.complete
    assert {"data folder", "clock"} <= {finding.about for finding in found.findings}


def ask_as(site: Site, who: Who, path: str) -> httpx.Response:
    """As the guard around the app would say who asks."""
    live = Live(site.reader, site.pipeline.commits)
    app = create_app(site.services, live)

    async def asked(scope, receive, send):  # type: ignore[no-untyped-def]
        await app({**scope, SCOPE: who}, receive, send)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(asked)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as one:
            return await one.get(path)

    try:
        return asyncio.run(ask())
    finally:
        live.close()


@pytest.mark.parametrize("path", ["system", "log", "doctor"])
@pytest.mark.parametrize("role", ["viewer", "reviewer"])
def test_it_is_for_administrators(site: Site, path: str, role: Role) -> None:
    problem(ask_as(site, Who("guest", role), f"/api/v1/{path}"), 403)


# -- numbers


def numbers(client: httpx.Client) -> dict[str, prometheus.Family]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == exposition.CONTENT_TYPE
    return prometheus.parse(answer.text)


def value(families: dict[str, prometheus.Family], name: str, **labels: str) -> float:
    base = next(f for f in families.values() if (name, frozenset(labels.items())) in f.samples)
    return base.samples[name, frozenset(labels.items())]


def test_numbers(tmp_path: Path) -> None:
    with running(tmp_path / "data", sources={"gate": (camera, True)}) as site, site.client() as c:
        site.upload(1)
        site.upload(2)
        c.post(PICTURES, files={"file": b"no picture"})
        assert until(lambda: site.pipeline.captures["gate"].newest is not None)
        c.get("/api/v1/pictures/nobody-knows-this")
        c.get("/anything/<b>'\"")
        c.head("/api/v1/health")
        c.request("BREW", "/api/v1/health")
        found = numbers(c)
        well = c.get("/api/v1/health").json()["status"] == "ok"
        assert value(found, "tagd_healthy") == int(well)
        assert value(found, "tagd_pictures_total", source="upload") == 2
        assert value(found, "tagd_refused_total", source="upload") == 1
        assert value(found, "tagd_visits_open", source="gate") == 0
        assert value(found, "tagd_source_up", source="gate") in (0, 1)
        assert value(found, "tagd_inference_seconds_count", tagger="fake") >= 2
        assert value(found, "tagd_events_total") >= 2
        assert value(found, "tagd_viewers") == 0
        http = {
            tuple(sorted(dict(labels).items())): count
            for (_, labels), count in found["tagd_http_requests_total"].samples.items()
        }

        def answers(method: str, route: str, status: int) -> float:
            labels = {"method": method, "route": route, "status": str(status)}
            return http[tuple(sorted(labels.items()))]

        assert answers("POST", "/api/v1/pictures", 201) == 2
        assert answers("POST", "/api/v1/pictures", 422) == 1
        assert answers("GET", "/api/v1/pictures/{picture_id}", 404) == 1
        assert answers("GET", "other", 404) == 1
        assert answers("HEAD", "/api/v1/health", 200) == 1
        assert answers("other", "/api/v1/health", 405) == 1
        assert "nobody" not in c.get("/metrics").text


def test_a_guest_gets_the_numbers_of_the_garden(tmp_path: Path) -> None:
    cameras = {"garden": (camera, True), "hall": (camera, True)}
    with running(tmp_path / "data", sources=cameras) as site:
        guest = Who("guest", "viewer", frozenset({"garden"}), token=True)
        found = prometheus.parse(ask_as(site, guest, "/metrics").text)
    sources = {dict(labels).get("source") for one in found.values() for _, labels in one.samples}
    assert sources == {"garden"}, "and no sum of which the hall is a part"


def test_however_much_is_asked_the_labels_stay_few(site: Site, client: httpx.Client) -> None:
    for number in range(200):
        client.get(f"/{number}", headers={"Host": "localhost" if number % 2 else "evil.example"})
    samples = numbers(client)["tagd_http_requests_total"].samples
    assert {dict(labels)["status"]: n for (_, labels), n in samples.items()} == {
        "404": 100,
        "421": 100,
    }


@given(st.text(), st.floats(allow_nan=False, allow_infinity=False))
def test_every_text_and_number_survives(text: str, number: float) -> None:
    family = Family("tagd_some", "gauge", text.split("\n")[0] or "x", [Sample(number, {"a": text})])
    read = prometheus.parse(exposition.text([family]))["tagd_some"]
    assert read.samples == {("tagd_some", frozenset({("a", text)})): number}


# -- the sign of life


def test_healthz(site: Site, client: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    well = client.get("/healthz")
    assert (well.status_code, well.text) == (200, "ok\n")
    site.store.full = True
    client.post(PICTURES, files={"file": b"\xff\xd8\xff"})
    assert until(lambda: site.pipeline.write.problem is not None)
    ill = client.get("/healthz")
    assert (ill.status_code, ill.text) == (503, "not ok\n")
    client.get("/healthz")
    said = [one.getMessage() for one in caplog.records if one.name == "device.system"]
    assert len(said) == 1, "why is for the log, once"
    assert "make room" in said[0]
    site.store.full = False
    assert until(lambda: client.get("/healthz").status_code == 200)
    site.pipeline.infer_worker.stopping.set()
    site.pipeline.infer_worker.join(10)
    assert client.get("/healthz").status_code == 503
    assert client.get("/api/v1/health").status_code == 200


# -- the real daemon


@pytest.mark.timeout(120)
def test_a_real_daemon_tells_all_of_it(tmp_path: Path) -> None:
    """With its real models: the doctor tries them in another process, and nothing is disturbed."""
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    daemon = Daemon(tmp_path, web={"listen": "127.0.0.1:0"}, store={"retention": {"days": 30}})
    del daemon.sections["taggers"]
    daemon.sections["mqtt"] = {"url": f"mqtt://127.0.0.1:{port}"}
    (daemon.inbox / "a.jpg").write_bytes((shipped.SAMPLES / "astronaut.jpg").read_bytes())
    daemon.start()
    wait_until(lambda: daemon.count("picture") == 1, 60, daemon.said)
    daemon.port()

    def system() -> shapes.SystemShape:
        status, body = daemon.get("/api/v1/system")
        assert status == 200
        return shapes.SystemShape.model_validate_json(json.dumps(body))

    wait_until(lambda: system().storage.forecast is not None, 60, daemon.said)
    found = system()
    assert [model.runs for model in found.models] == [1, 1]
    assert (found.storage.parts.thumbnails or 0) > 1000
    assert found.storage.room is not None
    wait_until(lambda: any("nobody answers" in one.told for one in system().troubles), 30)
    assert [sink.lag for sink in found.sinks] == [1]
    before = found.board.used or 0
    status, examination = daemon.get("/api/v1/doctor")
    assert status == 200
    states = {one["about"]: one["state"] for one in examination["findings"]}
    assert states["tagger objects"] == states["tagger scene"] == states["source inbox"] == "ok"
    assert states["broker"] == "wrong"
    assert [model.runs for model in system().models] == [1, 1], "they were left alone"
    assert (system().board.used or 0) - before < 10 * 1024**2
    status, log = daemon.get("/api/v1/log")
    assert any("the page is at" in line["text"] for line in log["lines"])
    assert daemon.stop() == 0, daemon.said()
