"""The numbers for Prometheus, read by a strict reader of its format."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import prometheus
import pytest
from control_rig import camera
from hypothesis import given
from hypothesis import strategies as st
from people_rig import as_program
from web_helpers import PICTURES, Site, running, until

from device import exposition
from device.exposition import Family, Sample


@pytest.fixture
def client(site: Site) -> Iterator[httpx.Client]:
    with site.client() as opened:
        yield opened


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
    with (
        running(tmp_path / "data", sources=cameras) as site,
        as_program(site, "guest", "viewer", ["garden"]) as guest,
    ):
        found = prometheus.parse(guest.get("/metrics").text)
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
