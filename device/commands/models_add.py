"""`tagd models add / pull / remove`: models of the owner's choice, looked at before they run."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click
from tabulate import tabulate

from device import catalog, download, shipped
from device.commands.common import config_option, read_config
from device.errors import ModelError
from device.inference import install
from device.inference.guess import Wishes
from device.inference.head_card import CLASSIFIERS, DETECTORS

_HEADS = [head for head in (*CLASSIFIERS, *DETECTORS) if head != "ssd"]  # that one needs a card


@click.command("add")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--name", help="What the config calls it; default: the name of the file.")
@click.option("--labels", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="One label a line, where the model file has none.")  # fmt: skip
@click.option("--head", type=click.Choice(_HEADS), help="What its outputs mean.")
@click.option("--kind", type=click.Choice(["object", "scene", "action"]), help="Of its tags.")
@click.option("--mean", type=float, help="Of a pixel: the real value is (pixel - mean) / std.")
@click.option("--std", type=click.FloatRange(min=1e-6), help="Of a pixel, with --mean.")
@click.option("--licence", help="For its card, where the model file does not tell.")
@config_option
def add(
    path: Path,
    name: str | None,
    labels: Path | None,
    head: str | None,
    kind: str | None,
    mean: float | None,
    std: float | None,
    licence: str | None,
    config_path: Path | None,
) -> None:
    """Look at a model file, or a folder with one, run it once, and install it.

    Exit code 1 if something is missing that only you know; nothing is installed then.
    """
    if (mean is None) != (std is None):
        raise click.UsageError("--mean and --std belong together: give both")
    if path.is_dir() and (path / "card.yaml").exists() and (labels or head or kind or std):
        raise click.UsageError(f"{path} has a card.yaml: change the card instead")
    wishes = Wishes(name, head, kind, mean, std, licence, {"file": path.name})
    _install(install.examine(path, wishes, labels), _models(config_path))


@click.command("pull")
@click.argument("name", required=False)
@click.option("--name", "as_name", help="What the config calls it; default: its catalogue name.")
@click.option("--sha256", help="The checksum you trust, for an entry that has none.")
@click.option("--catalog", "catalog_path", type=click.Path(exists=True, path_type=Path),
              help="Another catalogue than the one that came with tagd.")  # fmt: skip
@config_option
def pull(
    name: str | None,
    as_name: str | None,
    sha256: str | None,
    catalog_path: Path | None,
    config_path: Path | None,
) -> None:
    """Fetch a public model and install it; without a name, list the catalogue.

    Nothing else in tagd fetches anything. An interrupted download goes on where it was.
    """
    entries = catalog.read_catalog(catalog_path or shipped.models_folder() / "catalog.yaml")
    if name is None:
        rows = [(e.name, e.title, e.licence, e.sha256 or "not known") for e in entries.values()]
        click.echo(tabulate(rows, headers=("name", "title", "licence", "SHA-256")))
        return
    if name not in entries:
        raise ModelError(f"the catalogue has no {name}; it has {', '.join(entries)}")
    entry = entries[name]
    models = _models(config_path)
    if (models / (as_name or name)).exists():
        raise ModelError(f"{as_name or name} is installed: tagd models remove it, or give a --name")
    _fetch_and_install(entry, _promised(entry, sha256), as_name or name, models)


@click.command("remove")
@click.argument("name")
@config_option
def remove(name: str, config_path: Path | None) -> None:
    """Take away a model that was added or pulled; those that came with tagd stay."""
    install.remove(name, _models(config_path))
    click.echo(f"{name} is removed")


def _models(config_path: Path | None) -> Path:
    return read_config(config_path).data_dir / "models"


def _install(ready: install.Ready, models: Path) -> None:
    click.echo(tabulate(ready.found, tablefmt="plain"))
    if ready.missing:
        for sentence in ready.missing:
            click.echo(f"missing: {sentence}", err=True)
        raise SystemExit(1)
    if (shipped.models_folder() / ready.name).exists():
        raise ModelError(f"{ready.name} is a model that came with tagd: give another --name")
    card = install.install(ready, models)
    click.echo(f"\nInstalled in {card.folder}. For the config:")
    click.echo(f"    taggers: {{{ready.name}: {{model: {ready.name}}}}}")


def _promised(entry: catalog.Entry, given: str | None) -> str:
    """The checksum to insist on. The catalogue's own, where it has one, cannot be overruled."""
    try:
        trusted = catalog.sha256_of(given) if given else None
    except ValueError as error:
        raise click.UsageError(f"--sha256: {error}") from None
    if entry.sha256 is not None:
        if trusted not in (None, entry.sha256):
            raise ModelError(f"the catalogue promises {entry.sha256} for {entry.name}, not that")
        return entry.sha256
    if trusted is None:
        raise ModelError(
            f"the checksum of {entry.name} is not known to this version: give the one you trust"
            " with --sha256"
        )
    return trusted


def _fetch_and_install(entry: catalog.Entry, sha256: str, name: str, models: Path) -> None:
    folder = models / ".pulling"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ModelError(f"{folder} cannot be made: {error.strerror}") from None
    place = folder / f"{sha256}.tflite"
    click.echo(f"{entry.title}: {entry.licence}, from {entry.url}", err=True)
    _fetch(download.Wanted(entry.url, sha256, entry.size), place)
    origin: dict[str, Any] = {"url": entry.url, "sha256": sha256}
    wishes = Wishes(name=name, licence=entry.licence, origin=origin)
    _install(install.examine(place, wishes, entry.labels), models)
    place.unlink()


def _fetch(wanted: download.Wanted, place: Path) -> None:
    """With a progress bar on standard error, where that is a terminal."""
    hidden = not os.isatty(sys.stderr.fileno())
    with click.progressbar(
        length=wanted.size or 0, file=sys.stderr, hidden=hidden, label="fetching"
    ) as bar:

        def tell(have: int, total: int | None) -> None:
            bar.length = total or wanted.size or have
            bar.update(have - bar.pos)

        download.fetch(wanted, place, tell)
