"""One look at the whole appliance: what works, how much waits, what is wrong."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from device import __version__
from device.config import UPLOAD, Config
from device.pipeline import Pipeline
from device.redact import redact
from device.seams import Reporting
from device.store.reader import Reader
from device.store_health import StoreHealth


class Health:
    """`look()` from any thread."""

    def __init__(
        self,
        config: Config,
        pipeline: Pipeline,
        reader: Reader,
        models_problem: Callable[[], str | None] = lambda: None,
        storage: StoreHealth | None = None,
    ) -> None:
        """`models_problem` says what the models suffer from, if anything."""
        self._storage = storage or StoreHealth(None, reader, pipeline)
        self._models_problem = models_problem
        self._config = config
        self._pipeline = pipeline
        self._started = time.monotonic()

    def look(self) -> dict[str, Any]:
        """The answer of `GET /api/v1/health`; nothing in it is secret."""
        suffering = self._models_problem()
        problems = [suffering] if suffering is not None else []
        sources = [self._source(source.name, source.url, problems) for source in self._sources()]
        sources.append(self._upload_lane())
        sinks = [self._sink(name, problems) for name in self._pipeline.delivers]
        store, suffered = self._storage.look()
        problems += suffered
        return {
            "status": "degraded" if problems else "ok",
            "version": __version__,
            "device": {"id": self._config.device.id, "name": self._config.device.name},
            "uptime_s": round(time.monotonic() - self._started, 1),
            "problems": [redact(problem) for problem in problems],
            "sources": sources,
            "taggers": self._taggers(),
            "store": store,
            "sinks": sinks,
        }

    def _sources(self) -> list[Any]:
        return [s for s in self._config.sources if s.name in self._pipeline.captures]

    def _source(self, name: str, url: str, problems: list[str]) -> dict[str, Any]:
        captured = self._pipeline.captures[name]
        pulse = captured.worker.pulse()
        if pulse.error is not None:
            problems.append(f"source {name}: {pulse.error}")
        return {
            "name": name,
            "url": redact(url),
            "live": captured.source.live,
            "alive": pulse.alive,
            "error": redact(pulse.error) if pulse.error else None,
            **self._counts(name),
        }

    def _upload_lane(self) -> dict[str, Any]:
        upload = {"name": UPLOAD, "url": None, "live": False, "alive": True, "error": None}
        return {**upload, **self._counts(UPLOAD)}

    def _counts(self, lane: str) -> dict[str, int]:
        return {
            "done": self._pipeline.infer.tagged[lane],
            "failed": self._pipeline.infer.refused[lane],
            "queued": self._pipeline.mailbox.depth(lane),
            "dropped": self._pipeline.mailbox.dropped(lane),
        }

    def _taggers(self) -> list[dict[str, Any]]:
        tagging = self._pipeline.infer.tagging
        if tagging is None:
            return []
        return [
            {**asdict(info), "ms": round(tagging.milliseconds.get(info.name, 0.0), 2)}
            for info in tagging.infos
        ]

    def _sink(self, name: str, problems: list[str]) -> dict[str, Any]:
        deliver = self._pipeline.delivers[name]
        pulse = self._pipeline.deliver_workers[name].pulse()
        if pulse.error is not None:
            problems.append(f"sink {name}: {pulse.error}")
        sink = self._pipeline.sinks[name]
        return {
            **(sink.status() if isinstance(sink, Reporting) else {}),
            "name": name,
            "cursor": deliver.cursor,
            "lag": deliver.lag,
            "error": redact(pulse.error) if pulse.error else None,
        }
