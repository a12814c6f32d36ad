"""`tagd watch`: the live events of a running tagd, in a terminal."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from device import wire
from device.backoff import Backoff
from device.commands.common import config_option, json_option, read_config, tag_words
from device.errors import TagdError

_SILENCE = 45.0  # seconds; the server says something every 15


@click.command("watch")
@click.option("--url", help="The page's address; default the config's web.listen.")
@click.option("--after-seq", type=click.IntRange(0), help="Begin after this event; default: now.")
@json_option
@config_option
def command(
    url: str | None, after_seq: int | None, as_json: bool, config_path: Path | None
) -> None:
    """Show events as they happen, until Ctrl-C; a broken connection is taken up again."""
    address = url or f"http://{read_config(config_path).web.listen}"
    parts = urlsplit(address)
    if parts.scheme != "http" or not parts.hostname:
        raise click.UsageError(f"write the address as http://host:port, not {address}")
    backoff, pause = Backoff(limit=10.0), threading.Event()
    seen = after_seq
    connected = False
    while True:
        try:
            for seq, body in _events(parts.hostname, parts.port or 80, seen):
                connected = True
                if seq is not None and body is not None:
                    seen = seq
                    click.echo(body if as_json else _line(body))
            backoff.reset()
        except (OSError, http.client.HTTPException) as error:
            if not connected:
                raise TagdError(f"no tagd answers at {address}: {error}") from None
        click.echo("connection lost; trying again", err=True)
        pause.wait(backoff.next())


def _events(host: str, port: int, after: int | None) -> Iterator[tuple[int | None, str | None]]:
    """`seq` and JSON of each event of the live stream, after a pair of None at its opening."""
    connection = http.client.HTTPConnection(host, port, timeout=_SILENCE)
    headers = {"Accept": "text/event-stream"}
    if after is not None:
        headers["Last-Event-ID"] = str(after)
    try:
        connection.request("GET", "/api/v1/events", headers=headers)
        response = connection.getresponse()
        if response.status != http.client.OK:
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


def _line(body: str) -> str:
    event = json.loads(body)
    if gap := event.get("gap"):
        return f"{event['tagged_at']} {gap['sink']} misses {gap['count']} events: {gap['reason']}"
    late = " (late)" if event["replayed"] else ""
    return f"{event['taken_at']} {event['source']}: {_told(event)}{late}"


def _told(event: dict[str, Any]) -> str:
    if event["type"] == "health":
        health = event["health"]
        return f"{health['state']}{'' if health['active'] else ' no more'}: {health['detail']}"
    if (visit := event["visit"]) is None:
        return tag_words([wire.tag_from_object(tag) for tag in event["tags"]])
    if event["type"] == "visit_start":
        return f"{visit['tag']} came"
    doing = ", ".join([*visit["actions"], *visit["zones"]])
    if event["type"] == "visit_update":
        return f"{visit['tag']} is here{f' ({doing})' if doing else ''}"
    return f"{visit['tag']} left after {visit['duration']:.0f} s{f' ({doing})' if doing else ''}"
