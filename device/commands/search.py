"""`tagd search`: the newest pictures that match a query, read from the database."""

from __future__ import annotations

from pathlib import Path

import click
from tabulate import tabulate

from device import search_query
from device.clock import iso
from device.commands.common import config_option, json_option, open_reader, read_config, tag_words
from device.config import Config
from device.errors import QueryError


# An unknown option is a part of the query: -dog means "no dog".
@click.command("search", context_settings={"ignore_unknown_options": True})
@click.argument("query", nargs=-1)
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True)
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="The data folder; default the config's.",
)
@json_option
@config_option
def command(
    query: tuple[str, ...],
    limit: int,
    data_dir: Path | None,
    as_json: bool,
    config_path: Path | None,
) -> None:
    """Search pictures by tag, source, confidence, date and more, newest first.

    For example: tagd search 'cat -dog source:gate confidence>=0.6 createdAt>7d'
    """
    text = " ".join(query)
    try:
        wanted = search_query.parse(text)
    except QueryError as error:
        if len(text) <= search_query.LONGEST and text.isprintable():
            click.echo(f"{text}\n{' ' * (error.column - 1)}^", err=True)
        raise
    config = Config(data_dir=data_dir) if data_dir else read_config(config_path)
    reader = open_reader(config)
    try:
        if as_json:
            for line in reader.page(wanted, limit=limit).pictures:
                click.echo(line)
            return
        found = reader.find(wanted, limit)
    finally:
        reader.close()
    rows = [(iso(p.taken_at)[:19], p.source, p.name or p.id, tag_words(p.tags)) for p in found]
    click.echo(tabulate(rows, headers=("taken (UTC)", "source", "picture", "tags")))
    if not found:
        click.echo("nothing found")
