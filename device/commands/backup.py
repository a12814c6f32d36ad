"""`tagd backup`: one verified file, also while the daemon runs."""

from __future__ import annotations

from pathlib import Path

import click

from device.commands.common import config_option, read_config
from device.store import archive


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--pictures", is_flag=True, help="Thumbnails and kept originals as well.")
@config_option
def command(file: Path, pictures: bool, config_path: Path | None) -> None:
    """Write a backup of the database to FILE, a zip, and verify it."""
    written = archive.write(read_config(config_path).data_dir, file.absolute(), pictures=pictures)
    size = file.stat().st_size / 1e6
    facts = written.facts
    click.echo(f"{file}: {facts.pictures} pictures, events up to {facts.seq}, {size:.1f} MB")
    if pictures:
        click.echo(f"  with {written.files - 1} picture files")
    if written.missing:
        click.echo(f"  {written.missing} were forgotten meanwhile")
