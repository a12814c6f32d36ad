"""Opens one source for some seconds and notes what comes."""

from __future__ import annotations

import difflib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from device import build, images, privacy
from device.config import Config, Source
from device.config_base import Polygon
from device.errors import ConfigError, PictureError, SourceError
from device.images import DecodedPicture
from device.ledgers import NoLedger
from device.redact import redact
from device.seams import Reporting
from device.seams import Source as SourceSeam
from device.types import Frame

_MEASURE = 3.0  # seconds from the first picture on, for the rate
_TURN = 0.1  # seconds between two looks
_WHOLE = (100_000, 100_000)  # as `size` of a decoding: nothing is left out
_PATIENCE = 2.0  # seconds for the source to close
_NAME = "test"

Tick = Callable[[float, int], None]
"""Is told the seconds since the start and the pictures so far."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a source gave."""

    format: str  # JPEG, ..., RAW
    width: int  # pixels, upright
    height: int
    size: int  # bytes of the first picture; 0 for pixels that never were a file
    first_s: float  # seconds until the first picture
    frames: int
    fps: float | None  # None: only one came, or they were there before
    stream: bool
    status: dict[str, Any]  # what the source says of itself


@dataclass(frozen=True, slots=True)
class Sample:
    """The first picture of it."""

    picture: DecodedPicture  # upright, what is private is black
    jpeg: bytes | None  # as it came, where that is a JPEG without anything to hide


def target(given: str, config: Config | None) -> Source:
    """The source of that name, or one made of the URL. Raises `ConfigError`."""
    if config is None:
        try:
            return Source(name=_NAME, url=given)
        except ValidationError as error:
            told = [problem["msg"].removeprefix("Value error, ") for problem in error.errors()]
            raise ConfigError([f"{redact(given)}: {redact(one)}" for one in told]) from None
    found = {source.name: source for source in config.sources}
    if given not in found:
        close = difflib.get_close_matches(given, found, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(found) or 'none'}"
        raise ConfigError([f"no source is called {given}; {hint} (a URL has :// in it)"])
    return found[given]


def opened(wanted: Source, refused: list[str]) -> SourceSeam:
    """The source of a config, put into motion by nobody yet; `refused` gathers its complaints.

    Raises `ConfigError` for options that are wrong, and where there is nothing to open.
    """
    if wanted.parts.scheme == "mqtt-ingest":
        told = "its pictures come by the broker to a running tagd; there is nothing to open"
        raise ConfigError([f"{wanted.url}: {told}"])
    return build.source(wanted, NoLedger(), lambda name, why, _: refused.append(f"{name}: {why}"))


def probe(
    source: SourceSeam, timeout: float, tick: Tick, masks: Sequence[Polygon] = ()
) -> tuple[Found, Sample]:
    """Watch the source for its first picture and some seconds more, and close it.

    `masks`: what is black in the sample, in 0..1 of it.
    Raises `SourceError` when no picture comes within `timeout` seconds, or none can be read.
    """
    watcher = _Watcher(source)
    start = time.monotonic()
    try:
        while not watcher.over.wait(_TURN):
            now = time.monotonic()
            tick(now - start, len(watcher.times))
            if not watcher.times and now - start > timeout:
                break
            if watcher.times and now - watcher.times[0] > min(_MEASURE, timeout):
                break
        status = source.status() if isinstance(source, Reporting) else {}
        late = not watcher.over.is_set()
    finally:
        watcher.close()
    if watcher.first is None:
        if watcher.error is not None and not late:
            raise watcher.error
        none = f"no picture came within {timeout:g} s"
        raise SourceError(none if late else "it ended without a picture")
    return _found(watcher, start, masks, status)


class _Watcher:
    """Reads a source in a thread: one that hangs must not hang the command."""

    def __init__(self, source: SourceSeam) -> None:
        self.first: Frame | None = None
        self.times: list[float] = []  # monotonic, of every picture
        self.error: Exception | None = None
        self.over = threading.Event()
        self.source = source
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def close(self) -> None:
        """Close the source, and wait for it for a while."""
        closing = threading.Thread(target=self.source.close, daemon=True)
        closing.start()
        closing.join(_PATIENCE)
        self._reader.join(_PATIENCE)

    def _read(self) -> None:
        try:
            for frame in self.source:
                self.first = self.first or frame
                self.times.append(time.monotonic())
        except Exception as error:  # noqa: BLE001 - raised again by whoever waits
            self.error = error
        self.over.set()


def _found(
    watcher: _Watcher, start: float, masks: Sequence[Polygon], status: dict[str, Any]
) -> tuple[Found, Sample]:
    first, times, source = watcher.first, watcher.times, watcher.source
    assert first is not None
    try:
        picture = privacy.hidden(images.decode(first, _WHOLE), masks)
    except PictureError as error:
        raise SourceError(f"what came cannot be read: {error}") from None
    data = first.data
    span = times[-1] - times[0]
    found = Found(
        format=picture.format,
        width=picture.width,
        height=picture.height,
        size=len(data) if isinstance(data, bytes) else 0,
        first_s=round(times[0] - start, 3),
        frames=len(times),
        fps=round((len(times) - 1) / span, 2) if span and source.live else None,
        stream=source.stream,
        status=status,
    )
    as_it_came = isinstance(data, bytes) and picture.format == "JPEG" and not masks
    return found, Sample(picture, data if as_it_came else None)  # type: ignore[arg-type]
