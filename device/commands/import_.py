"""`tagd import`: pictures with tags and states from the export of another box, or of this one."""

from __future__ import annotations

import base64
import contextlib
import json
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import click

from device import import_form, wire
from device.commands.access import token_option
from device.commands.common import config_option, read_config
from device.commands.running import Running, url_option
from device.config import Config
from device.errors import PictureError, StoreBusy
from device.import_archive import TABLE, Brought
from device.import_form import PictureLine
from device.results import Imported
from device.store import database
from device.store.writer import Store

_TOGETHER = 20  # pictures in one go
_TOLD = 20  # refusals, with their lines; the others are counted

Item = tuple[int, PictureLine, bytes | None]
"""Line number, the picture, its image."""


@click.command("import")
@click.argument("place", type=click.Path(path_type=Path, exists=True))
@click.option("--source", help="Give all of them this source; default: each keeps its own.")
@click.option("--even-erased", is_flag=True, help="Also what was erased here.")
@click.option("--dry-run", is_flag=True, help="Only check every line and image.")
@url_option
@token_option
@config_option
def command(
    place: Path,
    source: str | None,
    even_erased: bool,
    dry_run: bool,
    url: str | None,
    token_file: Path | None,
    config_path: Path | None,
) -> None:
    """Bring in the pictures of PLACE, a zip or folder of `tagd export`.

    What is here already stays as it is, so that a broken import is simply begun again.
    """
    config = read_config(config_path)
    brought = Brought(place)
    refusals = _Refusals(place)
    counts: Counter[str] = Counter()
    with contextlib.ExitStack() as parts:
        parts.callback(brought.close)
        options = {"source": source, "even_erased": even_erased}
        box = _Checked(config) if dry_run else _box(parts, config, url, token_file, config_path)
        hidden = not sys.stderr.isatty()
        bar = parts.enter_context(
            click.progressbar(length=brought.pictures or 0, file=sys.stderr, hidden=hidden)
        )
        items = _items(brought, refusals)
        while batch := list(islice(items, _TOGETHER)):
            for (number, *_), said in zip(batch, box.take(batch, options), strict=True):
                if said in ("imported", "known"):
                    counts[said] += 1
                else:
                    refusals.add(number, said)
            bar.update(len(batch))
    word = "would be imported" if dry_run else "imported"
    click.echo(f"{counts['imported']} pictures {word}, {counts['known']} were here already")
    if refusals.count:
        click.echo(f"{refusals.count} were refused", err=True)
        sys.exit(1)


class _Refusals:
    """Told with their lines, as long as they are few."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self.count = 0

    def add(self, number: int, reason: str) -> None:
        self.count += 1
        if self.count <= _TOLD:
            click.echo(f"{self._place}: {TABLE}:{number}: {reason}", err=True)


def _items(brought: Brought, refusals: _Refusals) -> Iterator[Item]:
    for number, raw in enumerate(brought.lines(), 1):
        try:
            line = import_form.read(raw)
            yield number, line, brought.image(line.id)
        except PictureError as error:
            refusals.add(number, str(error))


class _Checked:
    """Stores nothing."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def take(self, batch: list[Item], options: dict[str, Any]) -> list[str]:
        """What would become of each."""
        return [_trial(self._config, item, options)[1] for item in batch]


class _Stopped:
    """On the data folder itself."""

    def __init__(self, store: Store, config: Config) -> None:
        self._store = store
        self._config = config

    def take(self, batch: list[Item], options: dict[str, Any]) -> list[str]:
        """What became of each."""
        trials = [_trial(self._config, item, options) for item in batch]
        changes = [change for change, _ in trials if change is not None]
        outcomes = {one.frame_id: one for one in self._store.commit(changes, {})}
        said = []
        for change, told in trials:
            outcome = outcomes.get(change.frame_id) if change is not None else None
            if outcome is not None:
                told = outcome.error or ("known" if outcome.duplicate else "imported")
            said.append(told)
        return said


class _Running:
    """By the API of the tagd that runs, one by one: an image may be as large as a request."""

    def __init__(self, daemon: Running) -> None:
        self._daemon = daemon

    def take(self, batch: list[Item], options: dict[str, Any]) -> list[str]:
        """What became of each."""
        return [self._one(line, image, options) for _, line, image in batch]

    def _one(self, line: PictureLine, image: bytes | None, options: dict[str, Any]) -> str:
        picture = {
            "line": line.model_dump(mode="json"),
            "image": base64.b64encode(image).decode() if image is not None else None,
        }
        body = wire.dumps({"pictures": [picture], **options})
        done = json.loads(self._daemon.ask("POST", "/api/v1/import", body))
        if done["refused"]:
            return str(done["refused"][0]["detail"])
        return "known" if done["known"] else "imported"


def _trial(config: Config, item: Item, options: dict[str, Any]) -> tuple[Imported | None, str]:
    """The picture to be stored, or why it is none."""
    _, line, image = item
    kept = config.store.pictures
    try:
        change = import_form.imported(
            line,
            image,
            side=0 if kept == "none" else config.store.thumbnail_side,
            originals=kept == "full",
            **options,
        )
    except PictureError as error:
        return None, str(error)
    return change, "imported"


def _box(
    parts: contextlib.ExitStack,
    config: Config,
    url: str | None,
    token_file: Path | None,
    config_path: Path | None,
) -> _Running | _Stopped:
    """Whoever owns the data folder takes them."""
    if url is None:
        try:
            database.lock_folder(config.data_dir).close()
        except StoreBusy:
            return _Running(Running(None, token_file, config_path))
        store = Store(config.data_dir, config.device.id)
        parts.callback(store.close)
        return _Stopped(store, config)
    return _Running(Running(url, token_file, config_path))
