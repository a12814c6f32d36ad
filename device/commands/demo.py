"""`tagd demo`: the whole appliance on sample pictures, without a camera and without set-up."""

from __future__ import annotations

import contextlib
import json
import logging
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Empty
from typing import Any

import click
from tabulate import tabulate

from device import shipped, wire
from device.app import App
from device.broker import PrivateBroker, find_mosquitto
from device.commands.common import set_up_logging, tag_words
from device.commands.event_line import event_line
from device.commands.listening import Listener
from device.config import Config, Device, Source, Web
from device.config_camera import Zone
from device.config_sinks import Mqtt
from device.errors import TagdError
from device.search_query import Query

_DEVICE = "demo"
_SOURCE = "samples"
_PACE = 1.5  # seconds between two samples, slow enough to watch them come
_PATIENCE = 60.0  # seconds for all samples, on the slowest board


@click.command("demo")
@click.option("--once", is_flag=True, help="Tag the samples, print what was published, and end.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, help="Of the page; 0: any.")
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the data here; default: a temporary folder that is removed at the end.",
)
def command(once: bool, port: int, data_dir: Path | None) -> None:
    """Show the whole appliance at work: pictures, tags, events and the page."""
    set_up_logging(logging.WARNING)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    with contextlib.ExitStack() as stack:
        folder = data_dir or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tagd-")))
        inbox = folder / "inbox"
        inbox.mkdir(parents=True, exist_ok=True)
        broker = _broker(folder, stack)
        app = App(_config(folder, inbox, port, broker, once=once))
        stack.callback(app.close)
        listener = None
        if broker is not None:
            topic = f"tagd/{_DEVICE}/events"
            listener = stack.enter_context(Listener("127.0.0.1", broker.port, topic))
        app.start()
        if once:
            _once(app, inbox, listener, stopping)
        else:
            _go_on(app, inbox, listener, stopping)


def _broker(folder: Path, stack: contextlib.ExitStack) -> PrivateBroker | None:
    if find_mosquitto() is None:
        click.echo("There is no mosquitto here (sudo apt install mosquitto): events wait in the")
        click.echo("outbox, and are shown from there.")
        return None
    place = folder / "broker"
    place.mkdir(exist_ok=True)
    return stack.enter_context(PrivateBroker(place))


def _config(
    folder: Path, inbox: Path, port: int, broker: PrivateBroker | None, *, once: bool
) -> Config:
    """With `once` only what comes to an end: the samples."""
    samples = Source(name=_SOURCE, url=inbox.absolute().as_uri().replace("file", "folder", 1))
    garden = Source(
        name="garden",
        url="demo://",
        zones={"path": Zone(polygon=((0, 0), (0.5, 0), (0.5, 1), (0, 1)))},
    )
    return Config(
        device=Device(id=_DEVICE, name="tagd demo"),
        data_dir=folder,
        sources=(samples,) if once else (samples, garden),
        mqtt=Mqtt(url=broker.url) if broker else None,
        web=Web(listen=f"127.0.0.1:{0 if once else port}", trust_loopback=True),
    )


def _once(app: App, inbox: Path, listener: Listener | None, stopping: threading.Event) -> None:
    samples = shipped.sample_pictures()
    for sample in samples:
        shutil.copy(sample, inbox)
    deadline = time.monotonic() + _PATIENCE
    bodies: list[str] = []
    for body in _bodies(app, listener, stopping):
        bodies += [body] if body else []
        if len(bodies) == len(samples) or time.monotonic() > deadline:
            break
    names = {p.id: p.name or p.id for p in app.reader.find(Query(), limit=1000)}
    events = [json.loads(body) for body in bodies]
    click.echo(tabulate([_row(e, names) for e in events], headers=("picture", "tags")))
    click.echo(f"\nReceived from {_where(app, listener)}:")
    for body in bodies:
        click.echo(body)
    if len(bodies) < len(samples):
        told = f"only {len(bodies)} of {len(samples)} samples were published; the log says why"
        raise TagdError(told)


def _go_on(app: App, inbox: Path, listener: Listener | None, stopping: threading.Event) -> None:
    click.echo(f"The page:  {app.web.url}")
    click.echo(f"The inbox: {inbox}  (put pictures there, or drop them on the page)")
    click.echo(f"Events, as received from {_where(app, listener)}; Ctrl-C ends the demo.\n")
    threading.Thread(target=_feed, args=(inbox, stopping), daemon=True).start()
    for body in _bodies(app, listener, stopping):
        reason = app.pipeline.check()
        if reason is not None:
            raise TagdError(reason)
        if body:
            click.echo(event_line(body))


def _feed(inbox: Path, stopping: threading.Event) -> None:
    for sample in shipped.sample_pictures():
        shutil.copy(sample, inbox)
        if stopping.wait(_PACE):
            return


def _bodies(app: App, listener: Listener | None, stopping: threading.Event) -> Iterator[str | None]:
    """Event after event, and None now and then, until it is time to stop."""
    seq = 0
    while not stopping.is_set():
        if listener is not None:
            try:
                yield listener.messages.get(timeout=0.2).decode()
            except Empty:
                yield None
        else:
            app.pipeline.commits.wait_beyond(seq, 0.2)
            for event in app.reader.events_after(seq, 100):
                seq = event.seq
                yield event.body.decode()
            yield None


def _where(app: App, listener: Listener | None) -> str:
    mqtt = app.config.mqtt
    return f"{mqtt.url}, topic tagd/{_DEVICE}/events" if listener and mqtt else "the outbox"


def _row(event: dict[str, Any], names: dict[str, str]) -> tuple[str, str]:
    tags = [wire.tag_from_object(tag) for tag in event["tags"]]
    return names.get(event["picture"]["id"], "?"), tag_words(tags)
