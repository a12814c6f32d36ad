"""Cameras that show their picture over HTTP: motion JPEG, or a still picture asked for in turn.

Which of the two it is says the camera's answer; with `?every=10s` one picture is taken in turn
whatever it is. The bytes are handed on as they came: nothing is decoded here.
"""

from __future__ import annotations

import hashlib
import logging
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult

from device import clock
from device.config_camera import Camera
from device.errors import ConfigError, SourceError
from device.http_fetch import Answer, Fetch
from device.http_picture import begin, follow, is_stream, whole
from device.ids import new_id
from device.newest import Newest
from device.sources.http_options import read_options
from device.sources.http_state import State, Unchanged
from device.types import Frame
from device.workers import Worker

log = logging.getLogger(__name__)

EVERY = 10.0
"""Seconds between two stills where nobody says."""

_PATIENCE = 1.0  # seconds for the reading thread to notice that it is over


class HttpSource:
    """The newest picture of a camera. Implements `Source`, `OnDemand` and `Reporting`.

    A thread of its own empties the socket, so a slow taker is never behind: it misses pictures.
    """

    live = True

    def __init__(
        self, name: str, fetch: Fetch, *, every: float | None = None, watched: bool = False
    ) -> None:
        """`every`: seconds between two pictures; None: as the camera sends them, or `EVERY`.

        `watched`: stills come so often that things can be followed through them.
        """
        self.name = name
        self._fetch = fetch
        self._every = every
        self._watched = watched
        self._state = State(None if every is None else "still")
        self._unchanged = Unchanged()
        self._newest: Newest[Frame] = Newest()
        self._asked = False  # somebody wants a picture before its time
        self._wake = threading.Event()
        self._closed = False

    @property
    def stream(self) -> bool:
        """Taken for one until the camera has answered with a still picture."""
        return self._watched or self._state.kind != "still"

    def __iter__(self) -> Iterator[Frame]:
        self._newest = newest = Newest[Frame]()
        reader = Worker(f"read-{self.name}", lambda worker: self._read(worker, newest))
        if self._closed:
            return
        # After an error the picture comes again even if it is the same, so that all is well again;
        # the ledger knows it by its content.
        self._unchanged = Unchanged()
        self._fetch.resume()
        reader.start()
        try:
            while (frame := newest.take()) is not None:
                yield frame
        finally:
            self._state.dropped += newest.dropped
            reader.stopping.set()
            self._wake.set()
            self._fetch.abort()
            reader.join(_PATIENCE)  # one that still connects ends by itself, within seconds

    def close(self) -> None:
        """End the iteration for good. From any thread, at any time, twice if you like."""
        self._closed = True
        self._newest.close()

    def ask(self) -> None:
        """Take a still now, also if it is the same as before; a stream does so all the time."""
        self._asked = True
        self._wake.set()

    def status(self) -> dict[str, Any]:
        """What comes, how often, and what was wrong with it. Any thread."""
        every = (self._every or EVERY) if self._state.kind == "still" else None
        return self._state.status(self._newest.dropped, every)

    def _read(self, worker: Worker, newest: Newest[Frame]) -> None:
        """The reading thread: until it is told to stop or the camera breaks off."""
        try:
            while not worker.stopping.is_set():
                start = time.monotonic()
                self._wake.clear()
                asked, self._asked = self._asked, False
                if worker.stopping.is_set():  # it was this that woke it
                    return
                with self._fetch.open(self._unchanged.conditions(asked)) as answer:
                    self._state.opened += 1
                    self._look(answer, newest, worker, asked)
                self._wake.wait(max(0.0, start + (self._every or EVERY) - time.monotonic()))
        except SourceError as error:
            newest.fail(error)
        except Exception as error:
            log.exception("source %s: its reader broke", self.name)
            newest.fail(SourceError(f"its reader broke ({type(error).__name__})"))

    def _look(self, answer: Answer, newest: Newest[Frame], worker: Worker, asked: bool) -> None:
        if answer.status == 304:
            self._state.unchanged += 1
            return
        first = begin(answer)
        if not is_stream(answer, first):
            self._state.kind = "still"
            data = whole(answer, first)
            digest = hashlib.sha256(data).digest()
            if self._unchanged.note(answer.headers, digest) and not asked:
                self._state.unchanged += 1
            else:
                newest.put(self._frame(data, None if asked else digest))
            return
        self._state.kind = "stream" if self._every is None else "still"
        for body in follow(answer, first):
            if worker.stopping.is_set():
                return
            if body is None:
                self._state.broken += 1
                continue
            newest.put(self._frame(body))
            if self._every is not None:
                return

    def _frame(self, data: bytes, digest: bytes | None = None) -> Frame:
        self._state.count(len(data))
        moment = time.monotonic() if self.stream else None
        return Frame(new_id(), self.name, clock.now(), data, sha256=digest, moment=moment)


def from_url(name: str, url: SplitResult, *, camera: Camera | None = None, **_: Any) -> HttpSource:
    """`http://user:password@host/path?every=10s` from the config. Raises ConfigError."""
    options, rest = read_options(name, url)
    try:
        fetch = Fetch(rest, None if options.ca_file is None else _trusting(options.ca_file))
    except OSError as error:  # SSLError among them
        told = f"{options.ca_file} is no file of certificates (PEM) that tagd can read"
        raise ConfigError([f"source {name}: option ca_file: {told}"]) from error
    except ValueError as error:
        told = f"{error}; write http://HOST/PATH, and %23 %2F %40 for # / @ in a user or password"
        raise ConfigError([f"source {name}: its URL cannot be used: {told}"]) from None
    watched = camera is not None and camera.mode in ("visits", "interval")
    return HttpSource(name, fetch, every=options.every, watched=watched)


def _trusting(ca_file: Path) -> ssl.SSLContext:
    """Who is named by hand is trusted, also if it is the camera's own certificate."""
    context = ssl.create_default_context(cafile=str(ca_file))
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    # Python 3.13 asks for more than the certificates that cameras make for themselves say.
    context.verify_flags &= ~ssl.VerifyFlags.VERIFY_X509_STRICT
    return context
