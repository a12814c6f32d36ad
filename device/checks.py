"""What is examined by `tagd doctor`, and by the doctor of a running appliance."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from device import clock, model_checks
from device.config import Config
from device.doctor import Finding
from device.inference.runtime import installed_runtimes
from device.sinks.mqtt_settings import MqttSettings

_ROOM = 300 * 1024**2  # bytes below which the data folder soon is full
_PATIENCE = 3.0  # seconds for a broker to answer


def look(config: Config) -> Iterator[Finding]:
    """Every finding, as it comes."""
    yield _data_folder(config.data_dir)
    yield _clock()
    yield from _models(config)
    yield from _folders(config)
    yield from _brokers(config)


def look_beside(config: Config, health: Mapping[str, Any]) -> Iterator[Finding]:
    """The same beside a running appliance, of which `health` tells: nothing is opened twice.

    Models run once more in a process of their own; one that an accelerator has is not loaded
    again, which would take it from those who work.
    """
    yield _data_folder(config.data_dir)
    yield _clock()
    if config.inference.accelerator == "none":
        yield from model_checks.look_apart(config)
    else:
        yield from map(_at_work, health["taggers"])
    yield from _folders(config)
    yield from _cameras(config, health["sources"])
    yield from _brokers(config)


def _folders(config: Config) -> Iterator[Finding]:
    for source in config.sources:
        if source.enabled and source.parts.scheme == "folder":
            yield _folder(f"source {source.name}", Path(unquote(source.parts.path)))


def _cameras(config: Config, sources: Sequence[Mapping[str, Any]]) -> Iterator[Finding]:
    """As they are now: a camera mostly has room for one who looks."""
    now = {source["name"]: source for source in sources}
    for name in [one.name for one in config.sources if one.parts.scheme != "folder"]:
        source = now.get(name)
        if source is None or not source["enabled"]:
            continue
        wrong = "; ".join(filter(None, [source["error"], *source["states"]]))
        told = wrong or f"{source['state']}, {source['fps']:g} pictures a second"
        yield Finding(f"source {name}", "wrong" if wrong else "ok", told)


def _at_work(tagger: Mapping[str, Any]) -> Finding:
    told = f"{tagger['model']} on {tagger['backend']}, {tagger['ms']:.0f} ms a picture"
    return Finding(f"tagger {tagger['name']}", "ok", told)


def _brokers(config: Config) -> Iterator[Finding]:
    if config.mqtt is not None:
        yield _broker(MqttSettings(config.mqtt.url, config.device.id))


def _data_folder(folder: Path) -> Finding:
    place = next(p for p in (folder, *folder.absolute().parents) if p.exists())
    if not os.access(place, os.W_OK | os.X_OK):
        told = f"this user may not write to {place}: chown it, or set data_dir"
        return Finding("data folder", "wrong", told)
    free = shutil.disk_usage(place).free
    if free < _ROOM:
        told = f"{folder} has {free / 1024**2:.0f} MB left: make room, or tagging will wait"
        return Finding("data folder", "warning", told)
    return Finding("data folder", "ok", f"{folder}, {free / 1024**3:.1f} GB free")


def _clock() -> Finding:
    if clock.state() == "synced":
        return Finding("clock", "ok", clock.iso(clock.now()))
    told = "not set by the network, events say `untrusted`: timedatectl set-ntp true"
    return Finding("clock", "warning", told)


def _models(config: Config) -> Iterator[Finding]:
    """The runtimes that are here, and the golden pictures on the one that the config takes."""
    found = ", ".join(map(str, installed_runtimes()))
    yield Finding("runtimes", "ok" if found else "wrong", found or "none: pip install tagd again")
    yield from model_checks.look(config)


def _folder(about: str, folder: Path) -> Finding:
    if not folder.is_dir():
        return Finding(about, "wrong", f"{folder} is not there: create it or correct its path")
    if not os.access(folder, os.R_OK | os.X_OK):
        return Finding(about, "wrong", f"this user may not read {folder}: chown or chmod it")
    return Finding(about, "ok", str(folder))


def _broker(settings: MqttSettings) -> Finding:
    """Only whether somebody answers: a login would take the session of a running tagd."""
    try:
        socket.create_connection((settings.host, settings.port), _PATIENCE).close()
    except OSError as error:
        reason = error.strerror or str(error)
        told = f"{settings.broker}: {reason}; start the broker or check mqtt.url"
        return Finding("broker", "wrong", told)
    return Finding("broker", "ok", f"{settings.broker} answers")
