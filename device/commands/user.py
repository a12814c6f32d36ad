"""`tagd user`: who may log in. Works beside a running tagd, and without one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from tabulate import tabulate

from device import people, wire
from device.as_owner import acting_for_owner
from device.commands.access import page_address
from device.commands.common import config_option, json_option, read_config
from device.config import Config
from device.config_file import find_config
from device.errors import PeopleError, StoreError
from device.people import Person
from device.people_wire import person_object
from device.store.access import Access
from device.store.people_audit import Note
from device.store.people_links import HOURS
from device.who import ROLES

_source_option = click.option(
    "--source", "sources", multiple=True, help="That they may see; several times. Default: all."
)
_stdin_option = click.option(
    "--password-stdin", is_flag=True, help="Read a password instead of making a link."
)


@click.group("user")
def command() -> None:
    """The persons who may log in: add, passwd, role, list, remove."""


@command.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), default="viewer", show_default=True)
@_source_option
@_stdin_option
@json_option
@config_option
def add(
    name: str,
    role: str,
    sources: tuple[str, ...],
    password_stdin: bool,
    as_json: bool,
    config_path: Path | None,
) -> None:
    """Add a person, and print a one-time link with which they choose a password."""
    with opened(config_path) as (access, config):
        checked = people.checked_role(role)
        seen = people.checked_sources(sources or None, checked)
        password = _password(access, people.clean_name(name)) if password_stdin else None
        person = access.persons.add(name, checked, seen, password)
        record(access, f"{person.name}: added, {person.role}")
        _show(access, config, person, link=password is None, as_json=as_json)


@command.command("passwd")
@click.argument("name")
@_stdin_option
@json_option
@config_option
def passwd(name: str, password_stdin: bool, as_json: bool, config_path: Path | None) -> None:
    """Print a one-time link for a new password; all sessions end once it is chosen."""
    with opened(config_path) as (access, config):
        person = access.persons.named(name)
        if password_stdin:
            access.persons.set_password(person.id, _password(access, person.name))
        record(access, f"{person.name}: a new {'password' if password_stdin else 'link'}")
        _show(access, config, person, link=not password_stdin, as_json=as_json)


@command.command("role")
@click.argument("name")
@click.argument("role", type=click.Choice(ROLES))
@_source_option
@json_option
@config_option
def set_role(
    name: str, role: str, sources: tuple[str, ...], as_json: bool, config_path: Path | None
) -> None:
    """Give a person another role, and the sources named (all without any)."""
    with opened(config_path) as (access, config):
        checked = people.checked_role(role)
        seen = people.checked_sources(sources or None, checked)
        number = access.persons.named(name).id
        person = access.persons.change(number, lambda p: replace(p, role=checked, sources=seen))
        record(access, f"{person.name}: {person.role}")
        _show(access, config, person, link=False, as_json=as_json)


@command.command("list")
@json_option
@config_option
def list_users(as_json: bool, config_path: Path | None) -> None:
    """The persons who may log in."""
    with opened(config_path) as (access, _):
        found = [person_object(one) for one in access.persons.all()]
    show_rows(found, ("name", "role", "sources", "invited", "disabled", "login_at"), as_json)


@command.command("remove")
@click.argument("name")
@config_option
def remove(name: str, config_path: Path | None) -> None:
    """Remove a person; all their sessions end."""
    with opened(config_path) as (access, _):
        person = access.persons.remove(access.persons.named(name).id)
        record(access, f"{person.name}: removed")
    click.echo(f"{person.name} is removed")


@contextmanager
def opened(config_path: Path | None) -> Iterator[tuple[Access, Config]]:
    """The people of this device. Raises `StoreError`, also where there is no data folder.

    With the daemon's rights: root would follow a link that lies in the place of the database.
    """
    config = read_config(config_path)
    if not config.data_dir.is_dir():
        raise StoreError(f"{config.data_dir}: there is no such folder; check data_dir, start tagd")
    owners = acting_for_owner(config.data_dir, find_config(config_path))
    with owners, Access(config.data_dir) as access:
        yield access, config


def record(access: Access, about: str) -> None:
    """What was done, in the audit log."""
    access.audit.write([Note(people.MACHINE, "", "people", about)])


def show_rows(rows: list[dict[str, Any]], keys: tuple[str, ...], as_json: bool) -> None:
    """As a table, or a line each."""
    if as_json:
        for row in rows:
            click.echo(wire.dumps(row))
        return
    shown = [[_word(key, row[key]) for key in keys] for row in rows]
    click.echo(tabulate(shown, headers=[key.removesuffix("_at") for key in keys]))


def _word(key: str, value: object) -> object:
    if value is None:
        return "all" if key == "sources" else "never"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, list) else value


def _show(access: Access, config: Config, person: Person, *, link: bool, as_json: bool) -> None:
    url = f"{page_address(config)}/#invite={access.links.invite(person.id)}" if link else None
    if as_json:
        click.echo(wire.dumps({"person": person_object(person), "link": url}))
    elif url is None:
        click.echo(f"{person.name} is {person.role}")
    else:
        click.echo(f"{person.name} is {person.role}, and chooses a password here:\n{url}")
        click.echo(f"The link works once, within {HOURS} hours.")


def _password(access: Access, name: str) -> str:
    """The hash of the first line of standard input."""
    password = sys.stdin.readline().rstrip("\n")
    if not password:
        raise PeopleError("there is no password on standard input")
    return access.hasher.hash(people.checked_password(password, name))
