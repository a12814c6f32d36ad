"""`tagd restore`: a backup in the place of what is there."""

from __future__ import annotations

from pathlib import Path

import click

from device.commands.common import config_option, read_config
from device.store.restore import restore


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="Even where there is a database; it is kept.")
@config_option
def command(file: Path, replace: bool, config_path: Path | None) -> None:
    """Restore FILE, from `tagd backup` or data_dir/backups, while tagd is stopped."""
    config = read_config(config_path)
    facts = restore(file.absolute(), config.data_dir, config.device.id, replace=replace)
    click.echo(f"{config.data_dir}: {facts.pictures} pictures restored; start tagd again")
