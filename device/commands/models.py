"""`tagd models`: what models there are, what they are made of, whether they work here."""

from __future__ import annotations

from pathlib import Path

import click
from tabulate import tabulate

from device import build, wire
from device.commands import models_add
from device.commands.common import config_option, json_option, read_config
from device.commands.models_bench import bench
from device.errors import ModelError
from device.inference.card import load_card
from device.inference.golden import self_test


@click.group("models")
def command() -> None:
    """The models: list, info, verify, bench; add, pull, remove your own."""


for _one in (bench, models_add.add, models_add.pull, models_add.remove):
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
    config = read_config(config_path)
    engines = build.engines(config)
    wrong = engines.problem is not None
    if wrong:
        click.echo(f"WRONG: {engines.problem}")
    for name in names or tuple(build.model_folders(config.data_dir)):
        try:
            verdicts = self_test(build.find_model(config.data_dir, name), engines)
        except ModelError as error:
            click.echo(f"{name}: WRONG: {error}")
            wrong = True
            continue
        right = all(verdict.right for verdict in verdicts)
        click.echo(f"{name}: {'ok' if right else 'WRONG'} on {engines}")
        for verdict in verdicts:
            click.echo(f"  {verdict}")
        wrong = wrong or not right
    if wrong:
        raise SystemExit(1)
