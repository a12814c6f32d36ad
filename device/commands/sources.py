"""`tagd sources`: those of the config, whether one gives pictures, and commands to a daemon."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click
import numpy as np
from PIL import Image
from tabulate import tabulate

from device import wire
from device.commands.common import config_option, json_option, read_config
from device.commands.sources_control import capture, disable, enable
from device.errors import SourceError, TagdError
from device.probe import Found, Sample, opened, probe, target
from device.redact import redact

_JPEG = (".jpg", ".jpeg")
_TICK = 0.5  # seconds between two signs of life on a terminal


@click.group("sources")
def command() -> None:
    """The sources of pictures: list, test, enable, disable, capture."""


for _one in (enable, disable, capture):
    command.add_command(_one)


@command.command("list")
@json_option
@config_option
def list_sources(as_json: bool, config_path: Path | None) -> None:
    """The sources of the config, without opening any."""
    rows = [
        (one.name, redact(one.url), one.enabled, one.mode)
        for one in read_config(config_path).sources
    ]
    keys = ("name", "url", "enabled", "mode")
    if as_json:
        for row in rows:
            click.echo(wire.dumps(dict(zip(keys, row, strict=True))))
    else:
        shown = [(name, url, "yes" if on else "no", mode or "") for name, url, on, mode in rows]
        click.echo(tabulate(shown, headers=keys))


@command.command("test")
@click.argument("source", metavar="URL|NAME")
@click.option("--timeout", type=click.FloatRange(0.5, 600), default=15.0, show_default=True,
              help="Seconds to wait for the first picture.")  # fmt: skip
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    default="tagd-test.jpg",
    show_default=True,
    help="Where the first picture goes.",
)
@json_option
@config_option
def test(source: str, timeout: float, save: Path, as_json: bool, config_path: Path | None) -> None:
    """Open a source, say what it gives, and save a picture of it, without what is private.

    Exit code 1 if no picture came, 2 for a URL that cannot be right.
    """
    wanted = target(source, read_config(config_path) if "://" not in source else None)
    shown = redact(wanted.url)
    refused: list[str] = []
    try:
        with _Ticker(shown, hidden=as_json) as ticker:
            found, sample = probe(opened(wanted, refused), timeout, ticker.tick, wanted.privacy)
    except SourceError as error:
        told = ": ".join([str(error), *refused[-1:]])
        if not as_json:
            raise TagdError(f"{shown}: {told}") from None
        click.echo(wire.dumps({"url": shown, "error": redact(told)}))
        raise SystemExit(1) from None
    _save(sample, save)
    if as_json:
        click.echo(wire.dumps({"url": shown, **asdict(found), "saved": str(save)}))
    else:
        rows = [("url", shown), *_rows(found), ("saved", str(save))]
        click.echo(tabulate(rows, tablefmt="plain"))


def _save(sample: Sample, path: Path) -> None:
    try:
        if sample.jpeg is not None and path.suffix in _JPEG:
            path.write_bytes(sample.jpeg)
        else:
            Image.fromarray(np.asarray(sample.picture.pixels)).save(path, quality=90)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise TagdError(f"the picture cannot be saved as {path}: {reason}") from None


def _rows(found: Found) -> list[tuple[str, str]]:
    rate = f"{found.fps:.3g} a second" if found.fps else f"{found.frames} in the time of the test"
    rows = [
        ("picture", f"{found.format}, {found.width} x {found.height}"),
        ("first after", f"{found.first_s:.2f} s"),
        ("rate", rate),
        ("kind", "a stream" if found.stream else "pictures of their own"),
    ]
    if found.size:
        rows.append(("size", f"{found.size / 1024:.0f} KiB"))
    told = {key: value for key, value in found.status.items() if value not in (None, 0, "")}
    rows += [(key.replace("_", " "), redact(str(value))) for key, value in told.items()]
    return rows


class _Ticker:
    """Says on a terminal that something goes on."""

    def __init__(self, what: str, *, hidden: bool) -> None:
        self._what = what
        self._hidden = hidden or not sys.stderr.isatty()
        self._next = 0.0

    def __enter__(self) -> _Ticker:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._hidden:
            click.echo("\r\033[K", nl=False, err=True)

    def tick(self, seconds: float, frames: int) -> None:
        """So long it has taken, so many pictures have come."""
        if not self._hidden and seconds >= self._next:
            self._next = seconds + _TICK
            click.echo(f"\r{self._what}: {seconds:.0f} s, {frames} pictures", nl=False, err=True)
