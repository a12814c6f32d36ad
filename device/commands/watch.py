"""`tagd watch`: the live events of a running tagd, in a terminal."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from pathlib import Path

import click

from device.backoff import Backoff
from device.commands.access import headers, token_option
from device.commands.common import config_option, json_option, read_config
from device.commands.event_line import event_line
from device.commands.way import Way
from device.errors import TagdError

_SILENCE = 45.0  # seconds; the server says something every 15


@click.command("watch")
@click.option("--url", help="The page's address; default the config's web.listen.")
@click.option("--after-seq", type=click.IntRange(0), help="Begin after this event; default: now.")
@token_option
@json_option
@config_option
def command(
    url: str | None,
    after_seq: int | None,
    token_file: Path | None,
    as_json: bool,
    config_path: Path | None,
) -> None:
    """Show events as they happen, until Ctrl-C; a broken connection is taken up again."""
    config = read_config(config_path) if url is None else None
    way = Way(url, config)
    backoff, pause = Backoff(limit=10.0), threading.Event()
    seen = after_seq
    connected = False
    while True:
        try:
            shown = headers(token_file, config)  # another one after a restart of the device
            for seq, body in _events(way, seen, shown):
                connected = True
                if seq is not None and body is not None:
                    seen = seq
                    click.echo(body if as_json else event_line(body))
            backoff.reset()
        except (OSError, http.client.HTTPException) as error:
            if not connected:
                raise TagdError(way.trouble(error)) from None
        click.echo("connection lost; trying again", err=True)
        pause.wait(backoff.next())


def _events(
    way: Way, after: int | None, shown: dict[str, str]
) -> Iterator[tuple[int | None, str | None]]:
    """`seq` and JSON of each event of the live stream, after a pair of None at its opening."""
    connection = way.connect(_SILENCE)
    asked = {"Accept": "text/event-stream", **shown}
    if after is not None:
        asked["Last-Event-ID"] = str(after)
    try:
        connection.request("GET", way.path("/api/v1/events"), headers=asked)
        response = connection.getresponse()
        if response.status != http.client.OK:
            if response.status == http.client.UNAUTHORIZED:
                raise PermissionError("it asks for a token; name one with --token-file")
            raise OSError(f"it answers {response.status} {response.reason}")
        yield None, None
        seq = 0
        while line := response.readline():
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name == "id":
                seq = int(value)
            elif name == "data":
                yield seq, value
    finally:
        connection.close()
