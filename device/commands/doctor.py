"""`tagd doctor`: what works on this machine, and what to do about what does not."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from shutil import get_terminal_size

import click

from device import checks, wire
from device.as_owner import acting_for_owner, name
from device.commands import doctor_bundle
from device.commands.common import config_option, json_option, read_config
from device.config import Config
from device.config_file import find_config
from device.doctor import Finding
from device.errors import ConfigError
from device.redact import redact

_MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "wrong": ("✗", "red")}
_PLAIN = {"ok": "+", "warning": "!", "wrong": "x"}
_INDENT = 22  # letters before what is told
_NARROW, _WIDE = 60, 110  # letters a line


@click.command("doctor")
@json_option
@click.option(
    "--bundle",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a zip for a bug report: findings, config without passwords, log, numbers.",
)
@click.option("--with-tags", is_flag=True, help="With --bundle: how often each tag was said, too.")
@config_option
def command(as_json: bool, bundle: Path | None, with_tags: bool, config_path: Path | None) -> None:
    """Look at all that tagd needs here; exit code 1 if something of it is wrong."""
    if with_tags and bundle is None:
        raise click.UsageError("--with-tags goes with --bundle FILE")
    path, broken = find_config(config_path), None
    try:
        config = read_config(config_path)
    except ConfigError as error:
        if bundle is None:
            raise
        config, broken = Config(), error
    show = _json if as_json else _table
    problems = broken.problems if broken else []
    findings = show("Config", [Finding("config", "wrong", line) for line in problems])
    with acting_for_owner(config.data_dir, path):
        if os.geteuid() != os.getuid() and not as_json:
            click.echo(f"Looking with the rights of {name()}, who owns {config.data_dir}.")
        for heading, some in checks.sections(config, path, with_models=broken is None):
            findings += show(heading, some)
    wrong = sum(one.state == "wrong" for one in findings)
    if not as_json:
        _sum_up(findings)
    if bundle is not None:
        _write(bundle, path, config, findings, with_tags=with_tags)
    if broken is not None:
        raise broken
    if wrong:
        raise SystemExit(1)


def _json(_heading: str, findings: Iterable[Finding]) -> list[Finding]:
    told = []
    for finding in findings:
        told.append(finding)
        click.echo(wire.dumps({**asdict(finding), "told": redact(finding.told)}))
    return told


def _table(heading: str, findings: Iterable[Finding]) -> list[Finding]:
    """Each as it is found, below its heading; colours on a terminal only."""
    told: list[Finding] = []
    for finding in findings:
        if not told:
            click.secho(heading, bold=True)
        told.append(finding)
        click.echo(_line(finding))
    return told


def _line(finding: Finding) -> str:
    mark, colour = _MARKS[finding.state]
    if not _can_say(mark):
        mark = _PLAIN[finding.state]
    width = max(_NARROW, min(get_terminal_size().columns, _WIDE)) - _INDENT
    words = textwrap.wrap(
        redact(finding.told), width, break_long_words=False, break_on_hyphens=False
    )
    about = f"{finding.about:<{_INDENT - 4}} "
    if finding.state != "ok":
        about = click.style(about, fg=colour)
    text = f"\n{' ' * _INDENT}".join(words or [""])
    return f" {click.style(mark, fg=colour)} {about}{text}"


def _can_say(mark: str) -> bool:
    try:
        mark.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def _sum_up(findings: list[Finding]) -> None:
    wrong = sum(one.state == "wrong" for one in findings)
    warned = sum(one.state == "warning" for one in findings)
    if not wrong and not warned:
        click.secho(f"All {len(findings)} are well.", fg="green")
    else:
        click.secho(f"{wrong} wrong, {warned} to look at.", fg="red" if wrong else "yellow")


def _write(
    file: Path, path: Path | None, config: Config, findings: list[Finding], *, with_tags: bool
) -> None:
    """The archive, and what is in it, before anybody sends it anywhere."""
    inside = doctor_bundle.write(file, path, config, findings, with_tags=with_tags)
    click.echo(f"\n{file} was written; tagd sends it nowhere. It holds:", err=True)
    for part in inside:
        click.echo(f"  {part.name:<16} {len(part.text):>9,} letters  {part.what}", err=True)
    click.echo(f"Look through it before you send it: unzip -c {file} | less", err=True)
