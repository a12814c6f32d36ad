"""`tagd doctor`: what works on this machine, and what to do about what does not."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click
from tabulate import tabulate

from device import checks, wire
from device.commands.common import config_option, json_option, read_config


@click.command("doctor")
@json_option
@config_option
def command(as_json: bool, config_path: Path | None) -> None:
    """Look at all that the config needs; exit code 1 if something of it is wrong."""
    findings = []
    for finding in checks.look(read_config(config_path)):
        findings.append(finding)
        if as_json:
            click.echo(wire.dumps(asdict(finding)))
    if not as_json:
        click.echo(tabulate([(f.about, f.state, f.told) for f in findings], tablefmt="plain"))
    if any(finding.state == "wrong" for finding in findings):
        raise SystemExit(1)
