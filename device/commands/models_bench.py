"""`tagd models bench`: what the models cost and achieve on this machine, by runtime and threads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
from tabulate import tabulate

from device import build, shipped, wire
from device.commands.common import config_option, json_option, read_config
from device.config import Config, Inference
from device.errors import ModelError
from device.inference import measure
from device.inference.card import Card
from device.inference.engines import Engines
from device.inference.measure import Labelled
from device.inference.runtime import installed_runtimes
from device.inference.tagger import ModelTagger

_HEADS = ("model", "runtime", "threads", "ms", "p95", "top-1 %", "top-5 %", "note")


@dataclass(frozen=True, slots=True)
class _Row:
    model: str
    runtime: str
    threads: int
    ms: float | None = None  # median
    p95: float | None = None
    top1: float | None = None  # percent
    top5: float | None = None
    note: str = ""  # why there are no figures


@click.command("bench")
@click.argument("names", nargs=-1)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Labelled pictures: a labels.csv, or one sub-folder a label.",
)
@json_option
@config_option
def bench(
    names: tuple[str, ...], folder: Path | None, as_json: bool, config_path: Path | None
) -> None:
    """Milliseconds a picture by every runtime found; with --folder accuracy of classifiers.

    Exit code 1 if something of that could not be measured.
    """
    config = read_config(config_path)
    cards = [build.find_model(config.data_dir, n) for n in names or _all(config)]
    tasks = [(card, _truth(card, folder)) for card in cards]
    rows = []
    for row in (row for card, truth in tasks for row in _rows(card, config, truth)):
        rows.append(row)
        if as_json:
            click.echo(wire.dumps({key: getattr(row, key) for key in _Row.__slots__}))
    if not as_json:
        cells = [[getattr(row, key) for key in _Row.__slots__] for row in rows]
        click.echo(tabulate(cells, headers=_HEADS, floatfmt=".1f"))
    if any(row.note for row in rows):
        raise SystemExit(1)


def _all(config: Config) -> list[str]:
    return list(build.model_folders(config.data_dir))


def _truth(card: Card, folder: Path | None) -> list[Labelled]:
    if folder is None or card.task != "classification":
        return []
    return measure.labelled(folder, card)


def _rows(card: Card, config: Config, truth: list[Labelled]) -> Iterator[_Row]:
    """On the CPU by each runtime that has a file of the model; and as the config wants it."""
    for runtime in installed_runtimes():
        try:
            runtime.file(card, "none")
        except ModelError:
            continue  # not made for this runtime, as most models are not for ONNX
        for threads in thread_counts(len(os.sched_getaffinity(0))):
            wanted = Inference.model_validate({"runtime": runtime.name, "threads": threads})
            yield _row(card, wanted, str(runtime), config, truth if threads == 1 else [])
    if config.inference.accelerator != "none":
        wanted = config.inference.model_copy(update={"fallback": "none"})
        yield _row(card, wanted, config.inference.accelerator, config, truth)


def _row(card: Card, wanted: Inference, title: str, config: Config, truth: list[Labelled]) -> _Row:
    threads = wanted.thread_count
    try:
        tagger = ModelTagger(
            card.name,
            card,
            Engines(wanted, config.data_dir / "cache"),
            min_confidence=0.0 if truth else 0.3,
            max_tags=5,
        )
    except ModelError as error:
        return _Row(card.name, title, threads, note=str(error))
    pictures = [measure.load(path) for path in shipped.sample_pictures()]
    try:
        took = measure.speed(tagger, pictures)
        times = (round(took.median, 2), round(took.p95, 2))
        if not truth:
            return _Row(card.name, tagger.info.backend, threads, *times)
        right = measure.hits(tagger, truth)
        percent = (round(100 * right.top1, 1), round(100 * right.top5, 1))
        return _Row(card.name, tagger.info.backend, threads, *times, *percent)
    except ModelError as error:
        return _Row(card.name, title, threads, note=str(error))
    finally:
        tagger.close()


def thread_counts(cores: int) -> list[int]:
    """1, 2, 4 ... and all cores."""
    return sorted({*(1 << n for n in range(cores.bit_length()) if 1 << n <= cores), cores})
