"""`tagd tag`: tags files and folders here and now, without a daemon."""

from __future__ import annotations

import hashlib
import logging
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import click
from tabulate import tabulate

from device import build, clock, ids, wire
from device.commands.common import (
    config_option,
    json_option,
    read_config,
    set_up_logging,
    tag_words,
)
from device.config import Config
from device.config_store import Store as Keep
from device.errors import PictureError, TagdError
from device.names import display_name
from device.selection import EXTENSIONS
from device.store.writer import Store
from device.tagging import Tagging
from device.types import Frame, Limits, Tag

SOURCE = "tag"
"""The source of pictures that --store keeps."""

_LARGEST = 32 * 1024**2  # bytes; decoding refuses more anyway


@click.command("tag")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
@click.option("--min-confidence", type=click.FloatRange(0, 1), help="Default: each model's own.")
@click.option("--max-tags", type=click.IntRange(1, 100), help="A picture and tagger.")
@click.option("--taggers", help="Only these, such as objects,scene.")
@click.option("--store", is_flag=True, help="Keep pictures and tags in the data folder, too.")
@config_option
def command(
    paths: tuple[Path, ...],
    as_json: bool,
    min_confidence: float | None,
    max_tags: int | None,
    taggers: str | None,
    store: bool,
    config_path: Path | None,
) -> None:
    """Tag files, folders (with all below) and - (standard input).

    Exit code 1 if any picture could not be read; the others are tagged all the same.
    """
    set_up_logging(logging.ERROR)
    config = _with_only(read_config(config_path), taggers)
    limits = Limits(min_confidence=min_confidence, max_tags=max_tags)
    if not store:
        config = config.model_copy(update={"store": Keep(pictures="none")})
    tagging = build.Models(config).tagging()
    keeper = Store(config.data_dir, config.device.id) if store else None
    found = list(_pictures(paths))
    rows: list[tuple[str, str]] = []
    failed = 0
    try:
        with _bar(found, as_json) as pictures:
            for path in pictures:
                name = _name(path)
                try:
                    tags = _tag(path, name, limits, tagging, keeper)
                except (PictureError, OSError) as error:
                    failed += 1
                    reason = error.strerror if isinstance(error, OSError) else str(error)
                    _say_failure(name, reason or str(error), as_json, rows)
                else:
                    _say(name, tags, as_json, rows)
    finally:
        tagging.close()
        if keeper is not None:
            keeper.close()
    if not as_json:
        click.echo(tabulate(rows, headers=("picture", "tags")))
    if not found:
        raise TagdError("there is no picture in what was named")
    if failed:
        raise SystemExit(1)


def _with_only(config: Config, taggers: str | None) -> Config:
    """The config with only these taggers, so that no other model is loaded."""
    names = [name.strip() for name in taggers.split(",")] if taggers else list(config.taggers)
    unknown = [name for name in names if name not in config.taggers]
    if unknown:
        there = ", ".join(config.taggers)
        raise click.UsageError(f"no tagger is called {unknown[0]}; there are {there}")
    return config.model_copy(update={"taggers": {name: config.taggers[name] for name in names}})


def _pictures(paths: tuple[Path, ...]) -> Iterator[Path]:
    """Every file named, and every picture in the folders named, in order of name."""
    for path in paths:
        if path.is_dir():
            inside = (p for p in path.rglob("*") if p.suffix.lower() in EXTENSIONS and p.is_file())
            yield from sorted(inside)
        else:
            yield path


def _bar(found: list[Path], as_json: bool) -> AbstractContextManager[Iterable[Path]]:
    """A progress bar on standard error, where that is a terminal and there is progress to see."""
    hidden = as_json or len(found) < 2 or not sys.stderr.isatty()
    return click.progressbar(found, file=sys.stderr, hidden=hidden, show_pos=True, label="tagging")


def _tag(
    path: Path, name: str, limits: Limits, tagging: Tagging, keeper: Store | None
) -> tuple[Tag, ...]:
    data = _read(path)
    digest = hashlib.sha256(data).digest()
    frame = Frame(ids.new_id(), SOURCE, clock.now(), data, name=name, sha256=digest, limits=limits)
    tagged = tagging.settle(frame)
    if keeper is not None:
        keeper.commit([tagged], {})
    return tagged.tags


def _read(path: Path) -> bytes:
    if str(path) == "-":
        data = sys.stdin.buffer.read(_LARGEST + 1)
    else:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise PictureError(f"it is larger than {_LARGEST // 1024**2} MB")
    return data


def _name(path: Path) -> str:
    return "-" if str(path) == "-" else display_name(bytes(path))


def _say(name: str, tags: tuple[Tag, ...], as_json: bool, rows: list[tuple[str, str]]) -> None:
    if as_json:
        click.echo(f'{{"picture":{wire.dumps(name)},"tags":{wire.tags_json(tags)}}}')
    else:
        rows.append((name, tag_words(tags, parents=True)))


def _say_failure(name: str, reason: str, as_json: bool, rows: list[tuple[str, str]]) -> None:
    if as_json:
        click.echo(wire.dumps({"picture": name, "error": reason}))
    else:
        rows.append((name, f"NOT READ: {reason}"))
