"""`tagd sources enable/disable/capture`: commands to the running tagd, by its HTTP API."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import click

from device import wire
from device.commands.access import token_option
from device.commands.common import config_option, json_option, tag_words
from device.commands.running import Running, url_option
from device.errors import CommandError


@click.command("enable")
@click.argument("name")
@url_option
@token_option
@config_option
def enable(name: str, url: str | None, token_file: Path | None, config_path: Path | None) -> None:
    """Switch a source on; it stays on until you, or the config, say otherwise."""
    _switch(Running(url, token_file, config_path), name, enabled=True)


@click.command("disable")
@click.argument("name")
@url_option
@token_option
@config_option
def disable(name: str, url: str | None, token_file: Path | None, config_path: Path | None) -> None:
    """Switch a source off: its camera is closed, also after a restart."""
    _switch(Running(url, token_file, config_path), name, enabled=False)


@click.command("capture")
@click.argument("name")
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write what is kept of the picture to this file.",
)
@url_option
@token_option
@json_option
@config_option
def capture(
    name: str,
    save: Path | None,
    url: str | None,
    token_file: Path | None,
    as_json: bool,
    config_path: Path | None,
) -> None:
    """Have a camera take a picture now, and tag it."""
    daemon = Running(url, token_file, config_path)
    picture = json.loads(daemon.ask("POST", f"/api/v1/sources/{quote(name, safe='')}/capture"))
    if save is not None:
        if picture["url"] is None:
            raise CommandError("no picture is kept: the config has store.pictures: none")
        _write(save, daemon.ask("GET", picture["url"]))
    if as_json:
        click.echo(wire.dumps(picture))
    else:
        tags = [wire.tag_from_object(tag) for tag in picture["tags"]]
        click.echo(f"{picture['id']}  {tag_words(tags)}")


def _switch(daemon: Running, name: str, *, enabled: bool) -> None:
    path = f"/api/v1/sources/{quote(name, safe='')}"
    now = json.loads(daemon.ask("PATCH", path, wire.dumps({"enabled": enabled})))
    click.echo(f"{now['name']} is {'on' if now['enabled'] else 'off'}")


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}") from None
