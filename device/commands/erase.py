"""`tagd erase`: for ever, by the running tagd or, where none runs, on its data folder."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import click

from device import ids, search_query, wire
from device.commands.access import token_option
from device.commands.common import config_option, json_option, open_reader, read_config
from device.commands.running import Running, url_option
from device.config import Config
from device.errors import StoreBusy
from device.results import Erase
from device.store import database, erasures
from device.store.reader import Reader
from device.store.writer import Store

_LOOK = 0.5  # seconds between two looks at an act of the running tagd


# An unknown option is a part of the query: -dog means "no dog".
@click.command("erase", context_settings={"ignore_unknown_options": True})
@click.argument("query", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Only say how much it would be.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--copies",
    is_flag=True,
    help="Then remove the copies of the database that still hold it, after making a new one.",
)
@url_option
@token_option
@json_option
@config_option
def command(
    query: tuple[str, ...],
    dry_run: bool,
    yes: bool,
    copies: bool,
    url: str | None,
    token_file: Path | None,
    as_json: bool,
    config_path: Path | None,
) -> None:
    """Erase all that QUERY finds, for ever: it does not come back from a backup either.

    For example: tagd erase 'source:hall createdAt<30d'
    """
    text = " ".join(query).strip()
    if not text:
        raise click.UsageError('say what; everything is createdAt>="1970-01-01"')
    search_query.parse(text)
    config = read_config(config_path)
    box = _Running(url, token_file, None) if url else _box(config, token_file, config_path)
    size = box.size(text)
    if dry_run or not (size["pictures"] or size["visits"]):
        _say(size, as_json, "would be erased" if dry_run else "nothing matches")
        return
    if not yes:
        told = f"Erase {_much(size)} for ever?"
        click.confirm(told, abort=True, err=True)
    _say(box.erase(text, quiet=as_json), as_json, "erased")
    stale = box.copies(remove=copies)
    if stale and not as_json:
        click.echo("These copies still hold it (--copies removes them):")
        for one in stale:
            click.echo(f"  {one['name']}")


class _Running:
    """By the API of the tagd that runs."""

    def __init__(self, url: str | None, token_file: Path | None, config_path: Path | None) -> None:
        self._daemon = Running(url, token_file, config_path)

    def size(self, text: str) -> dict[str, Any]:
        body = wire.dumps({"q": text, "dry_run": True})
        return dict(json.loads(self._daemon.ask("POST", "/api/v1/erase", body)))

    def erase(self, text: str, quiet: bool) -> dict[str, Any]:
        body = wire.dumps({"q": text})
        done = dict(json.loads(self._daemon.ask("POST", "/api/v1/erase", body)))
        pause = threading.Event()
        while not done["erased"]:
            if not quiet:
                click.echo(f"{done['pictures']} pictures so far", err=True)
            pause.wait(_LOOK)
            acts = self._state("GET", "/api/v1/erase")["acts"]
            done = next(act for act in acts if act["id"] == done["id"])
        return done

    def copies(self, remove: bool) -> list[dict[str, Any]]:
        path = "/api/v1/erase/copies" if remove else "/api/v1/erase"
        found: list[dict[str, Any]]
        found = self._state("DELETE" if remove else "GET", path)["copies"]
        return found

    def _state(self, method: str, path: str) -> dict[str, Any]:
        return dict(json.loads(self._daemon.ask(method, path)))


class _Stopped:
    """On the data folder itself."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def size(self, text: str) -> dict[str, Any]:
        reader = open_reader(self._config)
        try:
            size = erasures.preview(reader, search_query.parse(text))
        finally:
            reader.close()
        return {"id": None, **size.as_json(), "erased": False}

    def erase(self, text: str, quiet: bool) -> dict[str, Any]:
        store = Store(self._config.data_dir, self._config.device.id)
        try:
            reader = open_reader(self._config)
            store.eraser.naming = reader.naming
            act = Erase("query", text, "this machine", ids.new_id())
            store.commit([act], {})
            while store.tend() or store.eraser.waiting:
                if store.eraser.problem is not None and not quiet:
                    click.echo(f"waiting: {store.eraser.problem}", err=True)
                    break
            done = erasures.one(reader, act.frame_id)
            reader.close()
        finally:
            store.close()
        assert done is not None
        return done.as_json()

    def copies(self, remove: bool) -> list[dict[str, Any]]:
        reader = Reader(self._config.data_dir)
        try:
            if remove:
                erasures.remove_copies(reader)
            return erasures.stale_copies(reader.data_dir, erasures.newest(reader))
        finally:
            reader.close()


def _box(config: Config, token_file: Path | None, config_path: Path | None) -> _Running | _Stopped:
    """Whoever owns the data folder does it."""
    Reader(config.data_dir).close()  # says so where there is no database
    try:
        database.lock_folder(config.data_dir).close()
    except StoreBusy:
        return _Running(None, token_file, config_path)
    return _Stopped(config)


def _say(size: dict[str, Any], as_json: bool, word: str) -> None:
    if as_json:
        click.echo(wire.dumps(size))
    else:
        click.echo(f"{word}: {_much(size)}")


def _much(size: dict[str, Any]) -> str:
    return (
        f"{size['pictures']} pictures ({size['bytes'] / 1e6:.1f} MB of files)"
        f" and {size['visits']} visits"
    )
