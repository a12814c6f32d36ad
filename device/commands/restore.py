"""`tagd restore`: a backup in the place of what is there."""

from __future__ import annotations

import os
from pathlib import Path

import click

from device.as_owner import acting_for_owner, may, name
from device.commands.common import config_option, read_config
from device.config_file import find_config
from device.errors import BackupRefused
from device.store.restore import restore


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="Even where there is a database; it is kept.")
@config_option
def command(file: Path, replace: bool, config_path: Path | None) -> None:
    """Restore FILE, from `tagd backup` or data_dir/backups, while tagd is stopped."""
    config = read_config(config_path)
    there = file.is_file()
    # What root put there the daemon could not open, and root would follow links in there.
    with acting_for_owner(config.data_dir, find_config(config_path)):
        if there and not may(file.absolute(), os.R_OK):
            told = f"{file}: {name()}, to whom {config.data_dir} belongs, may not read it"
            raise BackupRefused(f"{told}; put it where it may")
        facts = restore(file.absolute(), config.data_dir, config.device.id, replace=replace)
    click.echo(f"{config.data_dir}: {facts.pictures} pictures restored; start tagd again")
