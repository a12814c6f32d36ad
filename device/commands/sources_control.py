"""`tagd sources enable/disable/capture`: commands to the running tagd, by its HTTP API."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import click

from device import wire
from device.commands.access import headers, token_option
from device.commands.common import config_option, json_option, read_config, tag_words
from device.errors import CommandError, TagdError

_PATIENCE = 90.0  # seconds; the device itself gives up before
_url_option = click.option("--url", help="The page's address; default the config's web.listen.")


@click.command("enable")
@click.argument("name")
@_url_option
@token_option
@config_option
def enable(name: str, url: str | None, token_file: Path | None, config_path: Path | None) -> None:
    """Switch a source on; it stays on until you, or the config, say otherwise."""
    _switch(_Daemon(url, token_file, config_path), name, enabled=True)


@click.command("disable")
@click.argument("name")
@_url_option
@token_option
@config_option
def disable(name: str, url: str | None, token_file: Path | None, config_path: Path | None) -> None:
    """Switch a source off: its camera is closed, also after a restart."""
    _switch(_Daemon(url, token_file, config_path), name, enabled=False)


@click.command("capture")
@click.argument("name")
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write what is kept of the picture to this file.",
)
@_url_option
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
    daemon = _Daemon(url, token_file, config_path)
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


class _Daemon:
    """A running tagd, and how it knows us."""

    def __init__(self, url: str | None, token_file: Path | None, config_path: Path | None) -> None:
        """Raises `TagdError` for a wrong token or config, and UsageError for a wrong address."""
        config = read_config(config_path) if url is None else None
        self._address = url if config is None else f"http://{config.web.listen}"
        parts = urlsplit(self._address or "")
        if parts.scheme != "http" or not parts.hostname:
            raise click.UsageError(f"write the address as http://host:port, not {self._address}")
        self._host, self._port = parts.hostname, parts.port or 80
        self._headers = {"Content-Type": "application/json", **headers(token_file, config)}

    def ask(self, method: str, path: str, body: str | None = None) -> bytes:
        """The body of the answer. Raises `TagdError` with what the device says is wrong."""
        connection = http.client.HTTPConnection(self._host, self._port, timeout=_PATIENCE)
        try:
            connection.request(method, path, body, self._headers)
            answer = connection.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise TagdError(f"no tagd answers at {self._address}: {error}") from None
        finally:
            connection.close()
        if answer.status >= http.client.BAD_REQUEST:
            told = f"{self._address} answers {answer.status} {answer.reason}"
            raise TagdError(_detail(said) or told)
        return said


def _switch(daemon: _Daemon, name: str, *, enabled: bool) -> None:
    path = f"/api/v1/sources/{quote(name, safe='')}"
    now = json.loads(daemon.ask("PATCH", path, wire.dumps({"enabled": enabled})))
    click.echo(f"{now['name']} is {'on' if now['enabled'] else 'off'}")


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
