"""What is measured, for Prometheus: names, meanings and numbers. Each look is cheap.

Whoever asks sees the sources that they may see; the names are part of the API (docs/operations.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from device import board
from device.exposition import Family, Kind, Sample, histogram
from device.latency import STEPS
from device.system import System
from device.who import Who

_UP = {"running": 1, "ended": 1}


def measures(system: System, who: Who) -> Iterator[Family]:
    """All families; whoever sees some sources only gets the numbers of these, and no sums."""
    health = system.health.look(counted=False)
    machine = board.look()
    yield from _sources([one for one in health["sources"] if who.sees(one["name"])])
    yield from _visits(system, who.sees)
    if who.sources is not None:
        return
    yield _one("healthy", "gauge", "1 while nothing is wrong", int(health["status"] == "ok"))
    yield _one("uptime_seconds", "gauge", "since the program was started", health["uptime_s"])
    yield Family(
        "tagd_build_info",
        "gauge",
        "always 1; the version is in its label",
        [Sample(1, {"version": health["version"]})],
    )
    yield from _work(system, health)
    yield from _room(health["store"].get("room"))
    if machine.celsius is not None:
        yield _one("temperature_celsius", "gauge", "of the processor", machine.celsius)
    if machine.used is not None:
        yield _one("memory_bytes", "gauge", "of this program, in memory", machine.used)


def _one(name: str, kind: Kind, told: str, value: float) -> Family:
    return Family(f"tagd_{name}", kind, told, [Sample(value, {})])


def _sources(sources: list[dict[str, Any]]) -> Iterator[Family]:
    def by_source(name: str, kind: Kind, told: str, key: str) -> Family:
        found = [Sample(one[key], {"source": one["name"]}) for one in sources if key in one]
        return Family(f"tagd_{name}", kind, told, found)

    yield by_source("pictures_total", "counter", "tagged since the start", "done")
    yield by_source("refused_total", "counter", "pictures that could not be tagged", "failed")
    yield by_source("dropped_total", "counter", "frames passed over for newer ones", "dropped")
    yield by_source("frames_waiting", "gauge", "frames that wait to be tagged", "queued")
    yield by_source("frames_per_second", "gauge", "that the source gives", "fps")
    yield Family(
        "tagd_source_up",
        "gauge",
        "1 while a source that is switched on works",
        [
            Sample(_UP.get(one["state"], 0), {"source": one["name"]})
            for one in sources
            if one.get("enabled")
        ],
    )


def _visits(system: System, sees: Callable[[str], bool]) -> Iterator[Family]:
    present = system.pipeline.presence.snapshot()
    found = [
        Sample(sum(one.count for one in present.get(name, {}).values()), {"source": name})
        for name in system.pipeline.captures
        if sees(name)
    ]
    yield Family("tagd_visits_open", "gauge", "things that are there now", found)


def _work(system: System, health: dict[str, Any]) -> Iterator[Family]:
    store, sinks = health["store"], health["sinks"]
    yield _one("events_total", "counter", "number of the newest event", store["last_seq"])
    yield _one("results_waiting", "gauge", "results that wait to be stored", store["queued"])
    lag = [Sample(sink["lag"], {"sink": sink["name"]}) for sink in sinks]
    yield Family("tagd_outbox_events", "gauge", "events that wait for a receiver", lag)
    failing = [Sample(int(sink["error"] is not None), {"sink": sink["name"]}) for sink in sinks]
    yield Family("tagd_sink_failing", "gauge", "1 while a receiver takes nothing", failing)
    samples = []
    for name, times in system.times.items():
        found = times.summary()
        one = histogram(STEPS, found.steps, found.count, found.total, {"tagger": name})
        samples += one
    told = "how long a tagger takes for a picture or a part of it"
    yield Family("tagd_inference_seconds", "histogram", told, samples)


def _room(room: dict[str, Any] | None) -> Iterator[Family]:
    if room is not None:
        yield _one("disk_free_bytes", "gauge", "of the data folder's disk", room["free_bytes"])
        yield _one("disk_bytes", "gauge", "size of the data folder's disk", room["total_bytes"])
