"""`tagd token`: what lets programs in. Works beside a running tagd, and without one."""

from __future__ import annotations

from pathlib import Path

import click

from device import people, wire
from device.commands.common import config_option, json_option
from device.commands.user import opened, record, show_rows
from device.people_wire import token_object
from device.who import ROLES


@click.group("token")
def command() -> None:
    """The tokens of programs: add, revoke, list."""


@command.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), help="Default: viewer; reviewer with --aws.")
@click.option("--source", "sources", multiple=True, help="That it may see; several times.")
@click.option("--expires", help="When it ends, such as 30d; default: never.")
@click.option("--aws", is_flag=True, help="A key pair with which AWS's clients sign.")
@json_option
@config_option
def add(
    name: str,
    role: str | None,
    sources: tuple[str, ...],
    expires: str | None,
    aws: bool,
    as_json: bool,
    config_path: Path | None,
) -> None:
    """Make a token and print it; it is never shown again."""
    with opened(config_path) as (access, _):
        checked = people.role_of_token(role, aws=aws)
        seen = people.checked_sources(sources or None, checked)
        lasts = people.lifetime(expires)
        make = access.tokens.add_aws if aws else access.tokens.add
        token, secret = make(name, checked, seen, people.MACHINE, lasts)
        record(access, f"token {token.name}: made, {token.role}")
    if as_json:
        click.echo(wire.dumps({"token": token_object(token), "secret": secret}))
        return
    if token.access is not None:
        click.echo(f"AWS_ACCESS_KEY_ID={token.access}\nAWS_SECRET_ACCESS_KEY={secret}")
        return
    click.echo(secret)


@command.command("revoke")
@click.argument("name")
@config_option
def revoke(name: str, config_path: Path | None) -> None:
    """Revoke a token: it lets nobody in from now on."""
    with opened(config_path) as (access, _):
        token = access.tokens.revoke(access.tokens.named(name).id)
        record(access, f"token {token.name}: revoked")
    click.echo(f"{token.name} is revoked")


@command.command("list")
@json_option
@config_option
def list_tokens(as_json: bool, config_path: Path | None) -> None:
    """The tokens there are, without their secrets."""
    with opened(config_path) as (access, _):
        found = [token_object(one) for one in access.tokens.all()]
    show_rows(
        found, ("name", "kind", "role", "sources", "expires_at", "used_at", "made_by"), as_json
    )
