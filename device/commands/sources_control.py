"""`tagd sources enable/disable/capture`: commands to the running tagd, by its HTTP API."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import click

from device import wire
from device.commands.common import config_option, json_option, read_config, tag_words
from device.errors import CommandError, TagdError

_PATIENCE = 90.0  # seconds; the device itself gives up before
_url_option = click.option("--url", help="The page's address; default the config's web.listen.")


@click.command("enable")
@click.argument("name")
@_url_option
@config_option
def enable(name: str, url: str | None, config_path: Path | None) -> None:
    """Switch a source on; it stays on until you, or the config, say otherwise."""
    _switch(_address(url, config_path), name, enabled=True)


@click.command("disable")
@click.argument("name")
@_url_option
@config_option
def disable(name: str, url: str | None, config_path: Path | None) -> None:
    """Switch a source off: its camera is closed, also after a restart."""
    _switch(_address(url, config_path), name, enabled=False)


@click.command("capture")
@click.argument("name")
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write what is kept of the picture to this file.",
)
@_url_option
@json_option
@config_option
def capture(
    name: str, save: Path | None, url: str | None, as_json: bool, config_path: Path | None
) -> None:
    """Have a camera take a picture now, and tag it."""
    address = _address(url, config_path)
    picture = json.loads(_ask(address, "POST", f"/api/v1/sources/{quote(name, safe='')}/capture"))
    if save is not None:
        if picture["url"] is None:
            raise CommandError("no picture is kept: the config has store.pictures: none")
        _write(save, _ask(address, "GET", picture["url"]))
    if as_json:
        click.echo(wire.dumps(picture))
    else:
        tags = [wire.tag_from_object(tag) for tag in picture["tags"]]
        click.echo(f"{picture['id']}  {tag_words(tags)}")


def _switch(address: str, name: str, *, enabled: bool) -> None:
    path = f"/api/v1/sources/{quote(name, safe='')}"
    now = json.loads(_ask(address, "PATCH", path, wire.dumps({"enabled": enabled})))
    click.echo(f"{now['name']} is {'on' if now['enabled'] else 'off'}")


def _address(url: str | None, config_path: Path | None) -> str:
    address = url or f"http://{read_config(config_path).web.listen}"
    parts = urlsplit(address)
    if parts.scheme != "http" or not parts.hostname:
        raise click.UsageError(f"write the address as http://host:port, not {address}")
    return address


def _ask(address: str, method: str, path: str, body: str | None = None) -> bytes:
    """The body of the answer. Raises `TagdError` with what the device says is wrong."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(
        parts.hostname or "", parts.port or 80, timeout=_PATIENCE
    )
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        said = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise TagdError(f"no tagd answers at {address}: {error}") from None
    finally:
        connection.close()
    if answer.status >= http.client.BAD_REQUEST:
        raise TagdError(_detail(said) or f"{address} answers {answer.status} {answer.reason}")
    return said


def _detail(said: bytes) -> str | None:
    try:
        problem: Any = json.loads(said)
    except ValueError:
        return None
    return problem.get("detail") if isinstance(problem, dict) else None


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}") from None
