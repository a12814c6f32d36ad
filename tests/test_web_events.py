"""Events over HTTP: as JSON, and as a live stream that misses nothing."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from web_helpers import (
    EVENTS,
    PICTURES,
    Site,
    lazy_reader,
    problem,
    read_head,
    request,
    running,
    stored,
    until,
)

from device.types import Event
from device.web import live, models, server

LIVE = {"Accept": "text/event-stream"}


@dataclass(frozen=True)
class Sent:
    """One event as it came."""

    id: int
    event: str
    data: bytes


class Stream:
    """A live stream as a browser reads it."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.iter_lines()

    def next(self, count: int) -> list[Sent]:
        """The next events."""
        return [self._next() for _ in range(count)]

    def _next(self) -> Sent:
        fields: dict[str, str] = {}
        for line in self._lines:
            name, _, value = line.partition(": ")
            if name:
                fields[name] = value
            elif "data" in fields:
                return Sent(int(fields["id"]), fields["event"], fields["data"].encode())
        raise AssertionError("the stream ended")

    def wait_for_the_end(self) -> None:
        """Read on until the server ends it."""
        for _ in self._lines:
            pass


@contextmanager
def watching(site: Site, **headers: str) -> Iterator[Stream]:
    """A stream that the server has begun."""
    with (
        httpx.Client(base_url=site.server.url, timeout=10, trust_env=False) as client,
        client.stream("GET", EVENTS, headers={**LIVE, **headers}) as response,
    ):
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert response.headers["cache-control"] == "no-store"
        stream = Stream(response)
        assert next(stream._lines) == "retry: 2000"
        yield stream


def kept(site: Site, after: int = 0) -> list[Event]:
    return site.reader.events_after(after, 1000)


def test_json_has_the_bytes_of_the_database(tmp_path: Path) -> None:
    with running(tmp_path / "data", pictures=30) as site, site.client() as client:
        answer = client.get(EVENTS, params={"after_seq": 10, "limit": 5})
        page = models.EventsShape.model_validate_json(answer.content)
        assert [event.seq for event in page.events] == [11, 12, 13, 14, 15]
        assert page.last_seq == 30
        for event in kept(site, 10)[:5]:
            assert event.body in answer.content
        assert client.get(EVENTS, params={"after_seq": 30}).json()["events"] == []


def test_new_events_arrive_live_as_the_same_bytes(tmp_path: Path) -> None:
    with running(tmp_path / "data", pictures=5) as site, watching(site) as stream:
        uploaded = site.upload(1)
        (first,) = stream.next(1)
        assert (first.id, first.event) == (6, "picture")
        assert first.data == kept(site, 5)[0].body
        event = models.EventShape.model_validate_json(first.data)
        assert (event.picture.id, event.replayed) == (uploaded["id"], False)


def test_a_stream_resumes_where_it_broke_off(tmp_path: Path) -> None:
    """Across a restart of the server; what was made meanwhile is marked as replayed."""
    with running(tmp_path / "data", pictures=3) as site:
        port = site.server.port
        with watching(site) as stream:
            site.upload(1)
            last = stream.next(1)[0].id
    with running(tmp_path / "data", port=port, pictures=0) as site:
        site.upload(2)
        site.upload(3)
        with watching(site, **{"Last-Event-ID": str(last)}) as stream:
            site.upload(4)
            sent = stream.next(3)
        assert [one.id for one in sent] == [5, 6, 7]
        assert [json.loads(one.data)["replayed"] for one in sent] == [True, True, False]
        for one, event in zip(sent, kept(site, 4), strict=True):
            assert one.data.replace(b'"replayed":true', b'"replayed":false') == event.body


def test_a_number_of_another_database_does_not_silence_the_stream(site: Site) -> None:
    with watching(site, **{"Last-Event-ID": "5000"}) as stream:
        site.upload(1)
        assert stream.next(1)[0].id == 1


def test_a_long_way_back_comes_whole_and_in_order(tmp_path: Path) -> None:
    """More than one batch is read, and commits fall into the middle of it."""
    with (
        running(tmp_path / "data", pictures=450) as site,
        watching(site, **{"Last-Event-ID": "0"}) as stream,
    ):
        first = stream.next(120)
        for number in range(3):
            site.upload(number)
        rest = stream.next(333)
        assert [one.id for one in first + rest] == list(range(1, 454))


@pytest.fixture
def few_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hundred clients of this file's kind take a minute to make."""
    monkeypatch.setattr(live, "MOST_CLIENTS", 20)


@pytest.mark.usefixtures("few_places")
def test_places_are_limited_and_given_back(site: Site) -> None:
    with ExitStack() as watchers:
        for _ in range(live.MOST_CLIENTS):
            watchers.enter_context(watching(site))
        with site.client() as client:
            refused = client.get(EVENTS, headers=LIVE)
            assert "too many" in problem(refused, 503)["detail"]
            assert refused.headers["retry-after"] == "30"
            assert client.get(PICTURES).status_code == 200  # the others do not suffer
            assert client.get(EVENTS).status_code == 200
    with site.client() as client:
        assert until(lambda: free(client))


def free(client: httpx.Client) -> bool:
    """Whether another stream may begin."""
    with client.stream("GET", EVENTS, headers=LIVE) as response:
        return response.status_code == 200


@pytest.mark.usefixtures("few_places")
def test_a_rush_does_not_get_more_places(site: Site) -> None:
    """All at the same moment: the check and the taking of a place are one."""
    connections = [site.connect() for _ in range(live.MOST_CLIENTS + 20)]
    try:
        for connection in connections:
            connection.sendall(request(EVENTS, "Accept: text/event-stream"))
        got = [read_head(connection)[0] for connection in connections]
    finally:
        for connection in connections:
            connection.close()
    assert sorted(got) == [200] * live.MOST_CLIENTS + [503] * 20


@pytest.mark.usefixtures("few_places")
def test_head_of_a_stream_holds_no_place(site: Site) -> None:
    with site.client() as client:
        for _ in range(live.MOST_CLIENTS + 5):
            assert client.head(EVENTS, headers=LIVE).status_code == 200


@pytest.mark.usefixtures("few_places")
def test_who_reads_nothing_is_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else twenty of them would hold every place, and the memory of what they were sent."""
    monkeypatch.setattr(server, "_STALLED", 1500)
    with running(tmp_path / "data", pictures=3000) as site, ExitStack() as lazy:
        for _ in range(live.MOST_CLIENTS):
            lazy.enter_context(lazy_reader(site))
        with site.client() as client:
            assert until(lambda: free(client), 20.0)


@pytest.mark.alone
def test_a_slow_reader_does_not_slow_the_others(tmp_path: Path) -> None:
    with (
        running(tmp_path / "data", pictures=1000) as site,
        lazy_reader(site),
        watching(site) as stream,
    ):
        begin = time.monotonic()
        site.upload(1)
        assert stream.next(1)[0].id == 1001
        assert time.monotonic() - begin < 2.0


@pytest.mark.alone
def test_closing_ends_every_stream_at_once(site: Site) -> None:
    with ExitStack() as watchers:
        streams = [watchers.enter_context(watching(site)) for _ in range(5)]
        readers = [threading.Thread(target=stream.wait_for_the_end) for stream in streams]
        for reader in readers:
            reader.start()
        begin = time.monotonic()
        site.server.close()
        for reader in readers:
            reader.join(3.0)
        assert time.monotonic() - begin < 1.5  # without waiting for the grace of slow answers
        assert site.server.silence() == "the web thread has ended"


@pytest.mark.alone
def test_events_come_within_moments(site: Site) -> None:
    with watching(site) as stream:
        times = []
        for item in range(10):
            begin = time.monotonic()
            site.store.commit([stored(item)], {})
            site.pipeline.commits.announce(site.store.seq)
            stream.next(1)
            times.append(time.monotonic() - begin)
    assert sorted(times)[5] < 0.1
