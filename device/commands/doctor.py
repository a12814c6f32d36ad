"""`tagd doctor`: what works on this machine, and what to do about what does not."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

import click
from tabulate import tabulate

from device import build, clock, wire
from device.commands.common import config_option, json_option, read_config
from device.config import Config
from device.errors import ModelError
from device.inference.golden import self_test
from device.inference.runtime import installed_runtimes
from device.sinks.mqtt_settings import MqttSettings

_ROOM = 300 * 1024**2  # bytes below which the data folder soon is full
_PATIENCE = 3.0  # seconds for a broker to answer

State = Literal["ok", "warning", "wrong"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    about: str
    state: State
    told: str  # what was seen, and for anything but `ok` what to do


@click.command("doctor")
@json_option
@config_option
def command(as_json: bool, config_path: Path | None) -> None:
    """Look at all that the config needs; exit code 1 if something of it is wrong."""
    findings = []
    for finding in look(read_config(config_path)):
        findings.append(finding)
        if as_json:
            click.echo(wire.dumps(asdict(finding)))
    if not as_json:
        click.echo(tabulate([(f.about, f.state, f.told) for f in findings], tablefmt="plain"))
    if any(finding.state == "wrong" for finding in findings):
        raise SystemExit(1)


def look(config: Config) -> Iterator[Finding]:
    """Every finding, as it comes."""
    yield _data_folder(config.data_dir)
    yield _clock()
    yield from _models(config)
    for source in config.sources:
        if source.enabled and source.parts.scheme == "folder":
            yield _folder(f"source {source.name}", Path(unquote(source.parts.path)))
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
    models = build.Models(config)
    if models.engines is None:
        return
    yield Finding("runs on", "warning" if models.problem() else "ok", str(models.engines))
    for name, card in models.cards.items():
        try:
            verdicts = self_test(card, models.engines)
        except ModelError as error:
            yield Finding(f"tagger {name}", "wrong", str(error))
            continue
        wrong = [str(verdict) for verdict in verdicts if not verdict.right]
        said = "; ".join(wrong) or f"{card.spec}, {len(verdicts)} golden pictures right" + (
            f", {max(verdict.milliseconds for verdict in verdicts):.0f} ms" if verdicts else ""
        )
        yield Finding(f"tagger {name}", "wrong" if wrong else "ok", said)


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
