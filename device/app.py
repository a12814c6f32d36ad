"""Builds everything from the config, in order, and takes it apart again."""

from __future__ import annotations

import logging
import socket
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

from device import build, build_sinks, build_store
from device.config import Config, Source
from device.control import Control
from device.health import Health
from device.inbox import Inbox
from device.notify import notify, watchdog_seconds
from device.outbox import Bounds
from device.pipeline import Pipeline
from device.seams import Listening, Sink
from device.seams import Source as SourceSeam
from device.settings import Settings
from device.standing import Remote, Standing
from device.store.reader import Reader
from device.store.writer import Store
from device.store_health import StoreHealth

log = logging.getLogger(__name__)

_LOOK = 1.0  # seconds between two looks at the threads


class App:
    """The appliance. Raises a `TagdError` when something of it cannot be had."""

    def __init__(self, config: Config, settings: Settings | None = None) -> None:
        """`settings`: the file that the config came from; None: from none."""
        sys.setswitchinterval(0.001)  # a busy Python thread stretched 6.2 ms of model to 11.2
        self.config = config
        self.settings = settings or Settings(None, config)
        self.inbox = Inbox()  # from whoever hears the broker to the sources it is for
        self._models = build.Models(config)
        with ExitStack() as parts:
            self._build(parts)
            self._parts = parts.pop_all()

    def _build(self, parts: ExitStack) -> None:
        """Whatever is built is closed in the opposite order, also when the next cannot be had."""
        config = self.config
        self.store = Store(config.data_dir, config.device.id)
        parts.callback(self.store.close)
        self.reader = Reader(config.data_dir)
        parts.callback(self.reader.close)
        sinks = build_sinks.sinks(config)
        for sink in sinks:
            self.store.add_sink(sink.name)
        upkeep, self.chores = build_store.keepers(config, self.store, self.reader, sinks)
        self.pipeline = Pipeline(
            store=self.store,
            feed=self.reader,
            ledger=self.reader,
            make_tagging=self._models.tagging,
            sinks=sinks,
            make_visits=build.visits(config),
            bounds=Bounds(config.outbox.days, config.outbox.events),
            upkeep=upkeep,
            chores=self.chores.run,
        )
        self._add_sources()
        self.control = Control(self.pipeline, config.sources)
        storage = StoreHealth(self.store, self.reader, self.pipeline, upkeep, self.chores)
        self.health = Health(config, self.pipeline, self.reader, self._models.problem, storage)
        self._let_sinks_listen(sinks)
        self.web: Any = self._build_web() if config.web.enabled else None
        if self.web is not None:
            parts.callback(self.web.close)
        parts.callback(self.pipeline.stop)
        parts.callback(self._say_that_it_ends)

    def _let_sinks_listen(self, sinks: Sequence[Sink]) -> None:
        """They are built before the pipeline that they may ask of and tell about."""
        commits = self.pipeline.commits
        now = Standing(
            self.config,
            self.reader,
            lambda: commits.seq,
            self.health.look,
            self.control.enabled,
            self.pipeline.presence.snapshot,
        )
        for sink in sinks:
            if isinstance(sink, Listening):
                sink.listen(Remote(self.control, self.inbox), now, commits.nudge)

    def _add_sources(self) -> None:
        configured = {source.name: source.enabled for source in self.config.sources}
        enabled = self.store.enabled_sources(configured)
        for source in self.config.sources:
            if enabled[source.name] is not source.enabled:
                chosen = "on" if enabled[source.name] else "off"
                log.info("source %s stays switched %s, as it was chosen", source.name, chosen)
            make = partial(self._build_source, source)
            watch = partial(build.watch, source)
            self.pipeline.add_source(source.name, make, watch, enabled=enabled[source.name])

    def _build_source(self, wanted: Source) -> SourceSeam:
        name = wanted.name
        refuse = partial(self.pipeline.refuse_file, name)
        return build.source(wanted, self.reader, refuse, self.inbox)

    def _build_web(self) -> Any:
        from device.web.server import WebServer  # a box without a page does not pay for FastAPI
        from device.web.services import Services

        host, port = self.config.web.address
        own = socket.gethostname()
        services = Services(
            reader=self.reader,
            commits=self.pipeline.commits,
            control=self.control,
            sources=self.health.sources.look,
            health=self.health.look,
            storage_problem=lambda: self.pipeline.write.problem,
            max_upload=round(self.config.web.max_upload_mb * 1024**2),
            taggers=tuple(self.config.taggers),
            settings=self.settings,
            chores=self.chores,
            hosts=frozenset({"localhost", host, own, f"{own}.local", *self.config.web.hosts}),
        )
        return WebServer(services, host, port)

    def start(self) -> None:
        """Everything runs on return; models load in their own thread."""
        self.pipeline.start()
        if self.web is not None:
            self.web.start()
            log.info("the page is at %s", self.web.url)

    def run(self, stopping: threading.Event) -> int:
        """Until `stopping` is set or something vital ends; the exit code for the process.

        Also until the config has changed: then it is 0.
        """
        beat = watchdog_seconds()
        notify("READY=1", f"STATUS=device {self.config.device.id}")
        while not stopping.wait(min(_LOOK, beat / 2 if beat else _LOOK)):
            if self.settings.restart.is_set():
                return 0
            reason = self._damage() or self.pipeline.check()
            if reason is None and self.web is not None and not self.web.alive:
                reason = "the web thread has ended"
            if reason is not None:
                log.critical("%s; tagd stops, so that it is started again", reason)
                return 1
            notify("WATCHDOG=1")
        return 0

    def _damage(self) -> str | None:
        """Whoever finds it, the store is told, so that its next opening looks through all of it."""
        if self.reader.damaged and not self.store.damaged:
            self.store.found_damaged()
        return "the database is damaged" if self.store.damaged else None

    @property
    def is_to_be_built_anew(self) -> bool:
        """Whether a new start in this process helps: the store repairs itself when it is opened."""
        return self.store.damaged

    def _say_that_it_ends(self) -> None:
        """systemd kills what says so and goes on all the same: not if this process builds anew."""
        if not (self.settings.restart.is_set() or self.is_to_be_built_anew):
            notify("STOPPING=1")

    def close(self) -> None:
        """Stop in order, under 10 s. Twice does no harm."""
        self._parts.close()
