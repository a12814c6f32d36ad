"""What the tests of the web share: a running server over a real store, pictures, raw HTTP."""

from __future__ import annotations

import hashlib
import io
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
from control_rig import Given, control_of
from PIL import Image
from raw_http import cut_off as cut_off
from raw_http import lazy_reader as lazy_reader
from raw_http import read_head as read_head
from raw_http import read_problem as read_problem
from raw_http import request as request
from web_parts import FullStore
from web_parts import HeldTagger as HeldTagger

from device import build_words, clock, ids
from device.build_store import keepers
from device.config import Config, Device, Source, Tagger, Web
from device.config_compat import Compat
from device.health import Health
from device.hearing import Rule
from device.inference.fake import FakeTagger
from device.learning import Lessons
from device.lexicon import Lexicon
from device.naming import Naming
from device.passwords import Cost, Hasher
from device.pipeline import Pipeline
from device.results import Origin, Tagged
from device.settings import Settings
from device.store.access import Access
from device.store.chores import Chores
from device.store.reader import Reader
from device.system import System
from device.tagging import Tagging
from device.types import Box, Tag
from device.vocabulary import Vocabulary
from device.web.models import ProblemShape
from device.web.server import WebServer
from device.web.services import Services

MEGABYTE = 1024**2
LIMIT = 2 * MEGABYTE  # of one upload to the servers here
PICTURES = "/api/v1/pictures"
EVENTS = "/api/v1/events"
CHEAP = Hasher(Cost(n=4, p=1))  # the real one takes a sixth of a second


@dataclass
class Site:
    """A running appliance without sources."""

    server: WebServer
    pipeline: Pipeline
    store: FullStore
    reader: Reader
    data: Path
    lexicon: Lexicon
    system: System
    services: Services
    access: Access
    settings: Settings
    chores: Chores
    broken: list[Exception] = field(default_factory=list)  # what `health` raises, if anything

    def client(self, **options: Any) -> httpx.Client:
        """A client of this server."""
        return httpx.Client(base_url=self.server.url, timeout=20, trust_env=False, **options)

    def connect(self) -> socket.socket:
        """A bare connection."""
        return socket.create_connection(("127.0.0.1", self.server.port), timeout=10)

    def upload(self, number: int) -> dict[str, Any]:
        """Upload the picture of that number; the answer."""
        with self.client() as client:
            answer = client.post(PICTURES, files={"file": (f"{number}.png", png(number))})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())


@contextmanager
def running(
    folder: Path,
    *,
    tagger: Callable[[], FakeTagger] = FakeTagger,
    pictures: int = 0,
    port: int = 0,
    hosts: Sequence[str] = ("localhost",),
    trust_loopback: bool = True,
    sources: Mapping[str, Given] = MappingProxyType({}),
    lessons: Lessons | None = None,
    settings: Path | None = None,
    compat: Compat | None = None,
) -> Iterator[Site]:
    """Start everything over this data folder, with so many pictures in it already."""
    config = Config(
        device=Device(id="test"),
        data_dir=folder,
        sources=tuple(Source(name=name, url="fake:") for name in sources),
        taggers={"fake": Tagger(model="fake")},
        web=Web(listen=f"127.0.0.1:{port}"),
        compat=compat or Compat(),
    )
    store = FullStore(folder, "test")
    for first in range(0, pictures, 50):
        store.commit([stored(n) for n in range(first, min(first + 50, pictures))], {})
    reader = Reader(folder)
    book = build_words.wordbook(config, {})
    lexicon = build_words.lexicon(book, {}, lambda _: Rule())
    reader.naming = store.eraser.naming = lambda: Naming.of(book.now.vocabulary)
    pipeline = Pipeline(
        store=store,
        feed=reader,
        ledger=reader,
        make_tagging=lambda: Tagging([tagger()], Vocabulary(), thumbnail_side=64),
    )
    access = Access(folder, hasher=CHEAP)
    checkup = Health(config, pipeline, reader, people=access.look)
    broken: list[Exception] = []

    def health() -> dict[str, Any]:
        if broken:
            raise broken[0]
        return checkup.look()

    system = System(config, pipeline, checkup)
    place, chores = Settings(settings, config), keepers(config, store, reader, [])[1]
    services = Services(
        reader=reader,
        commits=pipeline.commits,
        control=control_of(pipeline, **sources),
        sources=checkup.sources.look,
        health=health,
        storage_problem=lambda: pipeline.write.problem,
        max_upload=LIMIT,
        taggers=("fake",),
        lexicon=lexicon,
        hosts=frozenset(hosts),
        system=system,
        access=access,
        trust_loopback=trust_loopback,
        lessons=lessons or Lessons(),
        settings=place,
        chores=chores,
        compat=config.compat,
    )
    server = WebServer(services, "127.0.0.1", port)
    pipeline.start()
    access.audit.start()
    server.start()
    try:
        yield Site(
            server, pipeline, store, reader, folder, lexicon, system, services, access, place,
            chores, broken,
        )  # fmt: skip
    finally:
        pipeline.stop()
        server.close()
        access.close()
        reader.close()
        store.close()


def png(number: int, size: tuple[int, int] = (64, 48)) -> bytes:
    """A plain picture, another one for each number below 2^24."""
    buffer, colour = io.BytesIO(), (number & 255, number >> 8 & 255, number >> 16 & 255)
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


def stored(number: int) -> Tagged:
    """A picture as the infer thread hands it on, without an image: tags only."""
    tag = "even" if number % 2 == 0 else "odd"
    tags = (
        Tag(tag, 0.9, "scene", "fake", "colours@1"),
        Tag("number", 0.5, "object", "fake", "colours@1", Box(0.1, 0.2, 0.3, 0.4), ("thing",)),
    )
    now = clock.now()
    digest = hashlib.sha256(str(number).encode()).digest()
    origin = Origin(ids.new_id(), "gate", now, f"{number}.jpg", 1000, digest, None)
    return Tagged(origin, now, 64, 48, "JPEG", tags, None, None)


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The body, which must be an RFC 9457 problem of that status that says something."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = dict(answer.json())
    ProblemShape.model_validate(told)
    assert told["status"] == status
    assert len(told["detail"]) > 10
    return told


def form(*parts: tuple[str, bytes], boundary: str = "limit") -> bytes:
    """A multipart body of (Content-Disposition, data)."""
    body = b"".join(
        f"--{boundary}\r\nContent-Disposition: {said}\r\n\r\n".encode() + data + b"\r\n"
        for said, data in parts
    )
    return body + f"--{boundary}--\r\n".encode()


def until(true: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Wait for it; whether it came true."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
