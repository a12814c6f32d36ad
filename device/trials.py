"""Parts of a config tried out before they are saved: a source, a broker, a retention.

Nothing of it changes anything here, and nothing is said that a person may not know. Whoever tries
a source sees what it gives, so files of this machine are read only where the config names them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel

from device import clock, images
from device.build_sinks import mqtt_settings
from device.config import Source
from device.config_file import parse
from device.config_secrets import restored
from device.config_sinks import Mqtt
from device.config_store import Retention, size_bytes
from device.config_variables import moved
from device.errors import Busy, ConfigError, SourceError
from device.probe import opened, probe
from device.redact import redact
from device.settings import Settings
from device.sinks.mqtt_trial import Trip, round_trip
from device.store import forecast
from device.store.retention import Rules
from device.store.room import look

TRIED = ("rtsp", "rtsps", "rtmp", "rtmps", "http", "https", "v4l2", "picamera", "demo", "fake")
"""Schemes that anybody who may change the config may try; others only as the config has them."""

_PATIENCE = 12.0  # seconds for the first picture
_SIDE = 960  # pixels, about the longer side of a sample
_BROKER = 8.0  # seconds
M = TypeVar("M", bound=BaseModel)


class Trials:
    """Of one appliance; one source and one broker at a time. Any thread, which waits."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._source, self._broker = threading.Lock(), threading.Lock()

    def source(self, given: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
        """Open a source as a config would name it: what it gives, and a picture of it as JPEG.

        Raises `ConfigError`, `SourceError`, `Busy`.
        """
        wanted = self._read({"name": "test", **given}, Source, "sources", "source")
        known = {one.url for one in self._settings.running.sources}
        if wanted.parts.scheme not in TRIED and wanted.url not in known:
            told = "this machine's files are tried only where the config names them: save it first"
            raise ConfigError([f"url: {told}"])
        refused: list[str] = []
        with _alone(self._source, "another source is being tried"):
            try:
                source = opened(wanted, refused)
                found, sample = probe(source, _PATIENCE, lambda *_: None, wanted.privacy)
            except SourceError as error:
                raise SourceError(redact(": ".join([str(error), *refused[-1:]]))) from None
        status = {key: redact(str(value)) for key, value in found.status.items()}
        gave = {"url": redact(wanted.url), **asdict(found), "status": status}
        return gave, images.jpeg_bytes(sample.picture.reduced(_SIDE))

    def broker(self, given: Mapping[str, Any]) -> Trip:
        """Connect as a config would, and send one message to ourselves. Raises `SinkError`, ..."""
        wanted = self._read(given, Mqtt, "mqtt")
        with _alone(self._broker, "another broker is being tried"):
            return round_trip(mqtt_settings(wanted, self._settings.running.device), _BROKER)

    def retention(self, given: Mapping[str, Any], picture_bytes: int | None) -> forecast.Forecast:
        """What would go with these rules. Raises `ConfigError`, `StoreError`."""
        keep = self._read(given, Retention, "retention")
        config = self._settings.running
        disk = look(config.data_dir)
        return forecast.forecast(
            config.data_dir,
            Rules(keep.days, keep.by_source, keep.by_tag, keep.keep == "reviewed"),
            clock.milliseconds(clock.now()),
            max_bytes=round(keep.max_gb * 10**9) if keep.max_gb is not None else None,
            min_free=size_bytes(keep.min_free, disk.total) if keep.min_free else None,
            picture_bytes=picture_bytes,
        )

    def _read(self, given: Mapping[str, Any], model: type[M], *place: str) -> M:
        """A section as if it stood in the file, with the passwords that stand there."""
        key = place[0]
        try:
            section = _with_passwords(given, key, self._settings)
            text = yaml.safe_dump(section, allow_unicode=True)
            inside = yaml.safe_dump({key: [section] if key == "sources" else section}, width=10_000)
        except ConfigError:
            raise
        except (RecursionError, ValueError, yaml.YAMLError):
            raise ConfigError(
                ["this cannot stand in a config: it is too deep, or no text"]
            ) from None
        _require_known(inside, self._settings)
        return parse(text, place[-1], model)[0]


def _with_passwords(given: Mapping[str, Any], key: str, settings: Settings) -> Any:
    """`***` becomes what stands in the file for the same host, or at the same key."""
    inner: Any = [dict(given)] if key == "sources" else dict(given)
    text = yaml.safe_dump({key: inner}, allow_unicode=True, width=10_000)
    found = yaml.safe_load(restored(text, settings.text))[key]
    return found[0] if key == "sources" else found


def _require_known(text: str, settings: Settings) -> None:
    """`${NAME}` goes out of this machine only where the owner has put it into the file."""
    for _, name in moved(text, settings.text):
        raise ConfigError([f"{name} is not in the config here: put it into the file itself first"])


@contextmanager
def _alone(lock: threading.Lock, told: str) -> Iterator[None]:
    if not lock.acquire(blocking=False):
        raise Busy(f"{told}; come back soon", retry_after=5.0)
    try:
        yield
    finally:
        lock.release()
