"""Persons and tokens as objects for JSON: API and commands tell the same."""

from __future__ import annotations

from typing import Any

from device import clock
from device.people import Person, Sources, Token


def person_object(person: Person) -> dict[str, Any]:
    """Nothing secret."""
    return {
        "id": person.id,
        "name": person.name,
        "role": person.role,
        "sources": sources_list(person.sources),
        "disabled": person.disabled,
        "invited": not person.has_password,
        "made_at": clock.iso(person.made_at),
        "login_at": _iso(person.login_at),
    }


def token_object(token: Token) -> dict[str, Any]:
    """Nothing secret."""
    return {
        "id": token.id,
        "name": token.name,
        "kind": "token" if token.access is None else "aws",
        "access_key_id": token.access,
        "role": token.role,
        "sources": sources_list(token.sources),
        "made_at": clock.iso(token.made_at),
        "made_by": token.made_by,
        "expires_at": _iso(token.expires_at),
        "used_at": _iso(token.used_at),
    }


def sources_list(sources: Sources) -> list[str] | None:
    """In order; None for all."""
    return None if sources is None else sorted(sources)


def _iso(seconds: float | None) -> str | None:
    return None if seconds is None else clock.iso(seconds)
