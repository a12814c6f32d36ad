"""`tagd models`: what models there are, what they are made of, whether they work here."""

from __future__ import annotations

import time
from pathlib import Path

import click
from tabulate import tabulate

from device import build, clock, ids, images, shipped, vocabulary, wire
from device.commands import models_add
from device.commands.common import config_option, json_option, read_config
from device.errors import ModelError
from device.inference.card import Card, Golden, load_card
from device.inference.runtime import Runtime, find_runtime
from device.inference.tflite import TfliteTagger
from device.types import Frame


@click.group("models")
def command() -> None:
    """The models: list, info, verify; add, pull, remove your own."""


for _one in (models_add.add, models_add.pull, models_add.remove):
    command.add_command(_one)


@command.command("list")
@json_option
@config_option
def list_models(as_json: bool, config_path: Path | None) -> None:
    """The models that a config can name."""
    rows: list[tuple[object, ...]] = []
    for name, folder in build.model_folders(read_config(config_path).data_dir).items():
        try:
            card = load_card(folder)
            size = card.model.stat().st_size
            rows.append((name, card.version, card.task, len(card.labels), size, card.title, "ok"))
        except ModelError as error:
            rows.append((name, None, None, None, None, None, str(error)))
    keys = ("name", "version", "task", "labels", "bytes", "title", "state")
    if as_json:
        for row in rows:
            click.echo(wire.dumps(dict(zip(keys, row, strict=True))))
    else:
        click.echo(tabulate(rows, headers=keys))


@command.command("info")
@click.argument("name")
@config_option
def info(name: str, config_path: Path | None) -> None:
    """The card of a model: origin, licence, input, quantisation, measured figures."""
    card = build.find_model(read_config(config_path).data_dir, name)
    click.echo((card.folder / "card.yaml").read_text(encoding="utf-8").rstrip())


@command.command("verify")
@click.argument("names", nargs=-1)
@config_option
def verify(names: tuple[str, ...], config_path: Path | None) -> None:
    """Check files against their cards and tag the sample pictures; exit code 1 if one is wrong."""
    data_dir = read_config(config_path).data_dir
    runtime = find_runtime()
    wrong = False
    for name in names or tuple(build.model_folders(data_dir)):
        try:
            card = build.find_model(data_dir, name)
            lines = _self_test(card, runtime)
        except ModelError as error:
            click.echo(f"{name}: WRONG: {error}")
            wrong = True
            continue
        failed = [line for right, line in lines if not right]
        click.echo(f"{name}: {'WRONG' if failed else 'ok'} on {runtime}")
        for _, line in lines:
            click.echo(f"  {line}")
        wrong = wrong or bool(failed)
    if wrong:
        raise SystemExit(1)


def _self_test(card: Card, runtime: Runtime) -> list[tuple[bool, str]]:
    """Each golden picture of the card: whether it came out right, and a line about it."""
    tagger = TfliteTagger(card.name, card, runtime, threads=1, min_confidence=0.05, max_tags=20)
    try:
        return [_golden(tagger, golden) for golden in card.golden]
    finally:
        tagger.close()


def _golden(tagger: TfliteTagger, golden: Golden) -> tuple[bool, str]:
    data = (shipped.SAMPLES / golden.picture).read_bytes()
    picture = images.decode(Frame(ids.new_id(), "samples", clock.now(), data))
    start = time.monotonic()
    tags = tagger.tag(picture)
    milliseconds = (time.monotonic() - start) * 1000
    wanted = vocabulary.plain(golden.tag)
    said = max((t.confidence for t in tags if vocabulary.plain(t.name) == wanted), default=0.0)
    right = said >= golden.at_least
    floor = f"{golden.tag} {said:.2f}, at least {golden.at_least:.2f}"
    word = "ok   " if right else "WRONG"
    return right, f"{word} {golden.picture}: {floor}, {milliseconds:.0f} ms"
