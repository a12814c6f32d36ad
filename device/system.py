"""The machine and the program on it, for whoever looks after them: what `health` does not tell."""

from __future__ import annotations

import logging
import platform
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

from device import __version__, board, checks, clock
from device.config import UPLOAD, Config
from device.config_store import size_bytes
from device.doctor import Doctor
from device.forecast import Bounds, Use, forecast
from device.health import Health
from device.latency import Times
from device.log_ring import Ring, attached
from device.pipeline import Pipeline
from device.redact import redact
from device.store import footprint
from device.store.footprint import Footprint
from device.store.room import scarce
from device.workers import Worker

log = logging.getLogger(__name__)


class System:
    """Any thread. `counted`: the picture files as counted last; `picture_bytes`: those of now."""

    def __init__(
        self,
        config: Config,
        pipeline: Pipeline,
        health: Health,
        counted: Callable[[], Footprint | None] = lambda: None,
        picture_bytes: Callable[[], int | None] = lambda: None,
    ) -> None:
        self.pipeline = pipeline
        self.health = health
        self.log: Ring = attached()
        self.doctor = Doctor(lambda: checks.look_beside(config, health.look()))
        self._config = config
        self._logged: str | None = None
        self._counted = counted
        self._picture_bytes = picture_bytes

    def look(self) -> dict[str, Any]:
        """The answer of `GET /api/v1/system`; nothing in it is secret."""
        health = self.health.look()
        return {
            "at": clock.iso(clock.now()),
            "uptime_s": health["uptime_s"],
            "troubles": [
                {"told": one.told, "since": clock.iso(one.since)} for one in self.health.troubles
            ],
            "versions": {
                "tagd": __version__,
                "python": platform.python_version(),
                "sqlite": sqlite3.sqlite_version,
                "system": platform.platform(),
            },
            "board": asdict(board.look()),
            "models": [{**one, **_times(self.times[one["name"]])} for one in health["taggers"]],
            "storage": self._storage(health["store"]),
            "queues": self._queues(),
            "sinks": [
                {key: sink[key] for key in ("name", "cursor", "lag", "error")}
                for sink in health["sinks"]
            ],
            "threads": [_thread(worker) for worker in self._workers()],
        }

    def ailing(self) -> str | None:
        """Why the appliance does not do its work, for whoever would start it again; logged once."""
        reason = self.pipeline.silence() or self.pipeline.write.problem
        if reason is not None and reason != self._logged:
            log.warning("not ok: %s", reason)
        self._logged = reason
        return reason

    @property
    def times(self) -> dict[str, Times]:
        """By tagger, how long it takes; empty until the models are loaded."""
        tagging = self.pipeline.infer.tagging
        return {} if tagging is None else tagging.times

    def _storage(self, store: dict[str, Any]) -> dict[str, Any]:
        keep, room = self._config.store.retention, store.get("room")
        counted, total = self._counted(), self._picture_bytes()
        parts = {**_pictures(counted, total), **footprint.rest(self._config.data_dir)}
        told = None
        if room is not None and counted is not None and total is not None:
            least = scarce(room["total_bytes"])
            if keep.min_free is not None:
                least = max(least, size_bytes(keep.min_free, room["total_bytes"]))
            most = round(keep.max_gb * 10**9) if keep.max_gb is not None else None
            pace = counted.a_day(clock.now())
            use = Use(total, parts["database"] or 0, pace, room["free_bytes"] - least)
            told = asdict(forecast(use, Bounds(keep.days, most)))
        return {
            "room": room,
            "parts": parts,
            "forecast": told,
            "retention": keep.model_dump(mode="json"),
            "backup": store.get("backup"),
            "wear": store.get("wear"),
        }

    def _queues(self) -> list[dict[str, Any]]:
        mailbox = self.pipeline.mailbox
        lanes = [*self.pipeline.captures, UPLOAD]
        return [
            *(
                {"name": n, "waiting": mailbox.depth(n), "dropped": mailbox.dropped(n)}
                for n in lanes
            ),
            {"name": "write", "waiting": self.pipeline.write.depth(), "dropped": 0},
        ]

    def _workers(self) -> Iterator[Worker]:
        yield from (self.pipeline.infer_worker, self.pipeline.write_worker, self.pipeline.chores)
        yield from self.pipeline.deliver_workers.values()
        yield from (captured.worker for captured in self.pipeline.captures.values())


def _pictures(counted: Footprint | None, total: int | None) -> dict[str, int | None]:
    """Bytes of now, in the proportion in which they were counted."""
    if counted is None or total is None:
        return {"pictures": None, "thumbnails": None}
    part = counted.pictures / counted.total if counted.total else 0.0
    return {"pictures": round(total * part), "thumbnails": round(total * (1 - part))}


def _times(times: Times) -> dict[str, Any]:
    found = times.summary()
    return {
        "runs": found.count,
        "median_ms": _ms(found.median),
        "p95_ms": _ms(found.p95),
        "recent_ms": [_ms(one) for one in found.recent],
    }


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 2)


def _thread(worker: Worker) -> dict[str, Any]:
    pulse = asdict(worker.pulse())
    error = redact(pulse["error"]) if pulse["error"] else None
    return {**pulse, "age": round(pulse["age"], 1), "error": error}
