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

from device import build, build_sinks, build_store, build_words, local_token, wire
from device.config import Config, Source
from device.config_web import networks, page_url
from device.control import Control
from device.health import Health
from device.inbox import Inbox
from device.learning import Lessons
from device.naming import Naming
from device.outbox import Bounds
from device.pipeline import Pipeline
from device.seams import Listening, Sink
from device.seams import Source as SourceSeam
from device.settings import Settings
from device.standing import Remote, Standing
from device.store.access import Access
from device.store.people_links import HOURS
from device.store.reader import Reader
from device.store.writer import Store
from device.store_health import StoreHealth
from device.supervisor import Supervisor
from device.system import System

log = logging.getLogger(__name__)


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
        words = self._models.book
        self.reader.naming = lambda: Naming.of(words.now.vocabulary)
        sinks = build_sinks.sinks(config)
        for sink in sinks:
            self.store.add_sink(sink.name)
        self.upkeep, self.chores = build_store.keepers(config, self.store, self.reader, sinks)
        self.pipeline = Pipeline(
            store=self.store,
            feed=self.reader,
            ledger=self.reader,
            make_tagging=self._models.tagging,
            sinks=sinks,
            make_visits=build.visits(config),
            bounds=Bounds(config.outbox.days, config.outbox.events),
            upkeep=self.upkeep,
            chores=self.chores.run,
            words=words.run,
        )
        self._add_sources()
        self.control = Control(self.pipeline, config.sources, self._models.words)
        self.store.eraser.gone, self.store.eraser.naming = self.control.erased, self.reader.naming
        storage = StoreHealth(self.store, self.reader, self.pipeline, self.upkeep, self.chores)
        self.access = self._open_access(parts) if config.web.enabled else None
        people = {} if self.access is None else {"people": self.access.look}
        self.health = Health(
            config, self.pipeline, self.reader, self._models.problem, storage, **people
        )
        self._let_sinks_listen(sinks)
        self.web: Any = self._build_web(self.access) if self.access is not None else None
        if self.web is not None:
            parts.callback(self.web.close)
        parts.callback(self.pipeline.stop)

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
            lambda: self.store.eraser.done,
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

    def _open_access(self, parts: ExitStack) -> Access:
        access = Access(self.config.data_dir)
        parts.callback(access.close)
        parts.callback(local_token.remove, self.config.data_dir)
        return access

    def _build_web(self, access: Access) -> Any:
        from device.web.proxy import Front
        from device.web.server import WebServer  # a box without a page does not pay for FastAPI
        from device.web.services import Services
        from device.web.tls import TlsKeeper

        host, port = self.config.web.address
        models, kept = self._models, self.config.store
        own = socket.gethostname()
        web = self.config.web
        hosts = frozenset({"localhost", host, own, f"{own}.local", *web.hosts})
        wire.below(web.root_path)
        services = Services(
            reader=self.reader,
            commits=self.pipeline.commits,
            control=self.control,
            sources=self.health.sources.look,
            health=self.health.look,
            storage_problem=lambda: self.pipeline.write.problem,
            max_upload=round(web.max_upload_mb * 1024**2),
            taggers=tuple(self.config.taggers),
            lexicon=build_words.lexicon(models.book, models.cards, models.rule),
            lessons=Lessons(
                judged=self.reader.judged,
                counts=self.reader.review_counts,
                nearly=self.reader.words.nearly,
            ),
            hosts=hosts,
            latency=self.health.latency.points,
            compat=self.config.compat,
            front=Front(networks(web.trusted_proxies), web.root_path),
            system=System(
                self.config,
                self.pipeline,
                self.health,
                counted=lambda: self.chores.footprint,
                picture_bytes=lambda: self.upkeep.picture_bytes,
            ),
            access=access,
            trust_loopback=self.config.web.trust_loopback,
            local_token=local_token.make(self.config.data_dir),
            thumbnail_side=0 if kept.pictures == "none" else kept.thumbnail_side,
            originals=kept.pictures == "full",
            settings=self.settings,
            chores=self.chores,
        )
        # The machine's own name first: it is what its certificate shows.
        named = [own, f"{own}.local", *sorted(hosts)]
        tls = TlsKeeper(web.tls, self.config.data_dir, named) if web.tls else None
        server = WebServer(services, host, port, tls)
        self.health.reach = server.reach
        return server

    def start(self) -> None:
        """Everything runs on return; models load in their own thread."""
        self.pipeline.start()
        if self.web is not None and self.access is not None:
            self.access.audit.start()
            self.web.start()
            log.info("the page is at %s", self.web.url)
            if not self.access.persons.has_administrator():
                self._invite_administrator(self.access)

    def _invite_administrator(self, access: Access) -> None:
        web = self.config.web
        tls = web.tls is not None
        page = page_url(web.address[0], self.web.port, tls=tls, root=web.root_path)
        link = f"{page}/#invite={access.links.invite(None)}"
        level = logging.INFO if web.trust_loopback else logging.WARNING
        told = "nobody administers this device yet: open %s (once, within %d hours)"
        log.log(level, told, link, HOURS)

    def run(self, stopping: threading.Event) -> int:
        """Until `stopping` is set or something vital ends; the exit code for the process.

        Also until the config has changed: then it is 0.
        """
        looks = [self._damage] if self.web is None else [self._damage, self._page]
        return Supervisor(self.pipeline, self.health, looks).run(stopping, self.settings.restart)

    def _page(self) -> str | None:
        self.web.reach.look()
        silence: str | None = self.web.silence()
        return silence

    def _damage(self) -> str | None:
        """Whoever finds it, the store is told, so that its next opening looks through all of it."""
        if self.reader.damaged and not self.store.damaged:
            self.store.found_damaged()
        return "the database is damaged" if self.store.damaged else None

    @property
    def is_to_be_built_anew(self) -> bool:
        """Whether a new start in this process helps: the store repairs itself when it is opened."""
        return self.store.damaged

    def close(self) -> None:
        """Stop in order, under 10 s. Twice does no harm."""
        self._parts.close()
