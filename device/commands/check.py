"""`tagd check`: is this config right?"""

from __future__ import annotations

from pathlib import Path

import click

from device.commands.common import config_option
from device.config import Config
from device.config_file import find_config, load_config
from device.examine import examine


@click.command("check")
@config_option
def command(config_path: Path | None) -> None:
    """Validate the config: every error at once, with its line; exit code 2 if there is one."""
    found = find_config(config_path)
    config = load_config(found) if found else Config()
    models = examine(config)
    names = ", ".join(source.name for source in config.sources if source.enabled) or "none"
    click.echo(f"{found or 'the built-in config'} is right")
    click.echo(f"  device   {config.device.id}, data in {config.data_dir}")
    click.echo(f"  sources  {names}")
    click.echo(f"  taggers  {', '.join(f'{n} ({t.model})' for n, t in config.taggers.items())}")
    click.echo(f"  models   {models.engines or 'none'}")
    click.echo(f"  page     {config.web.listen if config.web.enabled else 'off'}")
    click.echo(f"  broker   {config.mqtt.url if config.mqtt else 'none'}")
    if models.problem() is not None:
        click.echo(f"WARNING: {models.problem()}", err=True)
