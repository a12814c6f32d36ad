"""The machine, the log, the doctor, and the sign of life over HTTP."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from daemon_rig import Daemon, wait_until
from people_rig import as_program
from web_helpers import PICTURES, Site, problem, until

from device import shipped
from device.web import system_models as shapes


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


@pytest.mark.parametrize("role", ["viewer", "reviewer"])
def test_it_is_for_administrators(site: Site, role: str) -> None:
    with as_program(site, "guest", role) as guest:
        for path in ("system", "log", "doctor"):
            problem(guest.get(f"/api/v1/{path}"), 403)


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
