"""`tagd sources`: the cameras and folders of a running tagd."""

from __future__ import annotations

import click

from device.commands.sources_control import capture, disable, enable


@click.group("sources")
def command() -> None:
    """The sources: enable, disable, capture."""


for _one in (enable, disable, capture):
    command.add_command(_one)
