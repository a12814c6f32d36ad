"""`tagd selftest`: would this release work here? Asked before it takes the place of another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from tabulate import tabulate

from device import __version__, model_checks, wire
from device.commands.common import config_option, json_option
from device.config import Config
from device.config_file import find_config, load_config
from device.config_web import page_url
from device.doctor import Finding
from device.errors import TagdError
from device.examine import examine
from device.redact import redact
from device.store.rehearsal import Rehearsal, rehearse


@click.command("selftest")
@json_option
@config_option
def command(as_json: bool, config_path: Path | None) -> None:
    """Try this release beside the one that runs: config, a copy of the database, models.

    Exit code 1 if something is wrong. Nothing is changed.
    """
    findings: list[Finding] = []
    facts: dict[str, Any] = {}
    for finding in look(config_path, facts):
        findings.append(finding)
        if as_json:
            click.echo(wire.dumps(asdict(finding)))
    if as_json:
        click.echo(wire.dumps({"facts": facts}))
    else:
        click.echo(tabulate([(f.about, f.state, f.told) for f in findings], tablefmt="plain"))
    if any(finding.state == "wrong" for finding in findings):
        raise SystemExit(1)


def look(config_path: Path | None, facts: dict[str, Any]) -> Iterator[Finding]:
    """Every finding, as it comes; `facts` is filled with what an update needs to know."""
    try:
        found = find_config(config_path)
        config = load_config(found) if found else Config()
        examine(config)
    except TagdError as error:
        yield Finding("config", "wrong", redact("; ".join(str(error).splitlines())))
        return
    yield Finding("config", "ok", str(found or "the built-in one"))
    facts |= {"version": __version__, "data_dir": str(config.data_dir.absolute())}
    facts |= {"page": page(config), "copy": "", "seconds": 0.0}
    try:
        rehearsal = rehearse(config.data_dir)
    except TagdError as error:
        yield Finding("database", "wrong", str(error))
    else:
        yield Finding("database", "ok", _told(rehearsal))
        if rehearsal is not None and rehearsal.copy is not None:
            facts["copy"] = str(config.data_dir.absolute() / rehearsal.copy)
            facts["seconds"] = round(rehearsal.seconds, 3)
    yield from _models(config)


def page(config: Config) -> str:
    """Where this machine asks whether the page is well; empty: there is none to ask."""
    host, port = config.web.address
    if not config.web.enabled or not port:
        return ""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return page_url(host, port, tls=config.web.tls is not None, root="")


def _models(config: Config) -> Iterator[Finding]:
    if config.inference.accelerator != "none":
        told = f"the {config.inference.accelerator} is at work in the tagd that runs: not tried"
        yield Finding("taggers", "warning", told)
        return
    try:
        yield from model_checks.look(config)
    except TagdError as error:
        yield Finding("taggers", "wrong", str(error))


def _told(rehearsal: Rehearsal | None) -> str:
    if rehearsal is None:
        return "there is none yet"
    kept = f"{rehearsal.pictures} pictures"
    if not rehearsal.migrations:
        return f"{kept}, its schema stays as it is"
    names = ", ".join(rehearsal.migrations)
    return f"{kept}, a copy was brought up to date in {rehearsal.seconds:.1f} s ({names})"
