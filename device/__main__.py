"""`tagd`, also `python -m device`: what a person types."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from device import __version__
from device.errors import (
    BackupRefused,
    ConfigError,
    QueryError,
    StoreBusy,
    StoreNewer,
    TagdError,
)
from device.redact import redact

COMMANDS = (
    *("run", "tag", "demo", "check", "doctor", "search", "watch", "sources", "models"),
    *("vocabulary", "backup", "restore", "user", "token", "certificate"),
    *("erase", "export", "import", "selftest"),
)
_MODULES = {"import": "import_"}  # no module can have that name
USAGE = 2
_USAGE_ERRORS = (ConfigError, QueryError, StoreBusy, StoreNewer, BackupRefused)


class _Lazy(click.Group):
    """Imports a command when it is asked for: `tagd check` needs no model and no web server."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = _MODULES.get(cmd_name, cmd_name)
        command: click.Command = import_module(f"device.commands.{module}").command
        return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="tagd")
def cli() -> None:
    """A private image-tagging appliance: pictures in, tags out, on a box you own."""


def main() -> None:
    """Run, and turn what went wrong into one clear message and an exit code."""
    try:
        cli(prog_name="tagd")
    except TagdError as error:
        for line in str(error).splitlines():
            click.echo(f"tagd: {redact(line)}", err=True)
        sys.exit(USAGE if isinstance(error, _USAGE_ERRORS) else 1)


if __name__ == "__main__":
    main()
