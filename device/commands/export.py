"""`tagd export`: pictures with their tags, as one file or a folder, also beside a running tagd."""

from __future__ import annotations

import os
from pathlib import Path
from typing import cast

import click

from device import search_query
from device.commands.common import config_option, open_reader, read_config
from device.store import database, exporter
from device.store.exporter import Form, Images


@click.command("export")
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--query", default="", help="Only what this finds; default everything.")
@click.option(
    "--images",
    type=click.Choice(["none", "thumbnail", "full"]),
    default="none",
    show_default=True,
    help="Images as well; full: the originals where they are kept.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "csv", "coco"]),
    default="jsonl",
    show_default=True,
    help="JSON lines can be imported again; a table of tags; boxes for training.",
)
@config_option
def command(target: Path, query: str, images: str, form: str, config_path: Path | None) -> None:
    """Write pictures with their tags to TARGET: a zip, or a folder if it does not end in .zip."""
    wanted = exporter.Wanted(
        search_query.parse(query), query, cast(Images, images), cast(Form, form)
    )
    reader = open_reader(read_config(config_path))
    try:
        export = exporter.Export(reader, wanted)
        if target.suffix.lower() == ".zip":
            _write(export, target)
        else:
            exporter.into_folder(export, target)
    except OSError as error:
        raise database.folder_error(target.parent, error) from error
    finally:
        reader.close()
    click.echo(f"{target}: {export.pictures} pictures, {export.images} image files")
    if export.missing:
        click.echo(f"  {export.missing} image files were forgotten meanwhile")


def _write(export: exporter.Export, target: Path) -> None:
    """Whole or not at all."""
    part = target.with_name(f".{target.name}.part")
    try:
        with part.open("wb") as file:
            for block in exporter.zipped(export):
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
