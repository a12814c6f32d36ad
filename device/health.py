"""One look at the whole appliance: what works, how much waits, what is wrong."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Protocol

from device import __version__, clock
from device.config import Config
from device.pipeline import Pipeline
from device.redact import redact
from device.seams import Reporting
from device.source_health import SourceHealth
from device.store.reader import Reader
from device.store_health import StoreHealth
from device.trend import Trend
from device.troubles import Trouble, Troubles

_WATCH = 30.0  # seconds


class Reach(Protocol):
    """How the page is reached."""

    @property
    def problem(self) -> str | None:
        """What is wrong with it."""
        ...

    def status(self) -> dict[str, Any]:
        """Small and fit for JSON."""
        ...


class Health:
    """`look()` from any thread."""

    def __init__(
        self,
        config: Config,
        pipeline: Pipeline,
        reader: Reader,
        models_problem: Callable[[], str | None] = lambda: None,
        storage: StoreHealth | None = None,
        people: Callable[[], tuple[dict[str, Any], list[str]]] = lambda: ({}, []),
    ) -> None:
        """`models_problem` says what the models suffer from, if anything.

        `people` what is to be said of who may come in, and its problems.
        """
        self._people = people
        self._storage = storage or StoreHealth(None, reader, pipeline)
        self._models_problem = models_problem
        self._config = config
        self._pipeline = pipeline
        self.sources = SourceHealth(config.sources, pipeline)
        self.reach: Reach | None = None  # set where there is a page
        self.latency = Trend()  # milliseconds a picture, by tagger
        self._started = time.monotonic()
        self._troubles = Troubles()
        self._watch_at = 0.0
        self.troubles: list[Trouble] = []  # the problems of the newest look, since when

    def sample(self) -> None:
        """Now and then, for how things went. From one thread."""
        tagging = self._pipeline.infer.tagging
        if tagging is not None:
            self.latency.note({name: round(ms, 2) for name, ms in tagging.milliseconds.items()})

    def watch(self) -> None:
        """Note since when something is wrong, also while nobody looks; call it often."""
        if time.monotonic() >= self._watch_at:
            self._watch_at = time.monotonic() + _WATCH
            self.look(counted=False)

    def look(self, *, counted: bool = True) -> dict[str, Any]:
        """The answer of `GET /api/v1/health`; nothing in it is secret.

        Without `counted` the pictures are not counted, which reads much of a large database.
        """
        suffering = self._models_problem()
        problems = [suffering] if suffering is not None else []
        sources = self.sources.look()
        for one in sources:
            said = [*([one["error"]] if one["error"] else []), *one["states"]]
            problems += [f"source {one['name']}: {what}" for what in said]
        sinks = [self._sink(name, problems) for name in self._pipeline.delivers]
        store, suffered = self._storage.look(counted=counted)
        people, missing = self._people()
        problems += [*suffered, *missing]
        if self.reach is not None and self.reach.problem is not None:
            problems.append(self.reach.problem)
        problems = [redact(problem) for problem in problems]
        self.troubles = self._troubles.note(problems, clock.now())
        return {
            "status": "degraded" if problems else "ok",
            "version": __version__,
            "device": {"id": self._config.device.id, "name": self._config.device.name},
            "uptime_s": round(time.monotonic() - self._started, 1),
            "problems": problems,
            "sources": [*sources, *self.sources.sent()],
            "taggers": self._taggers(),
            "store": store,
            "sinks": sinks,
            "people": people,
            "web": self.reach.status() if self.reach is not None else None,
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
        status = sink.status() if isinstance(sink, Reporting) else {}
        problems += [f"sink {name}: {problem}" for problem in status.pop("problems", ())]
        return {
            **status,
            "name": name,
            "cursor": deliver.cursor,
            "lag": deliver.lag,
            "error": redact(pulse.error) if pulse.error else None,
        }
