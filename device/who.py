"""Whoever asks something of the appliance, and what they may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["viewer", "reviewer", "administrator"]
"""What a person may: look; correct tags and upload; everything. Each may all before it."""

ROLES: tuple[Role, ...] = ("viewer", "reviewer", "administrator")


@dataclass(frozen=True, slots=True)
class Who:
    """Whoever asks: a person who logged in, a program with a token, or this machine itself."""

    name: str
    role: Role
    sources: frozenset[str] | None = None  # that they may see; None: all
    token: bool = False  # a program
    person: int | None = None  # their number, of those who logged in

    def may(self, role: Role) -> bool:
        """Whether they have this role, or one above it."""
        return ROLES.index(self.role) >= ROLES.index(role)

    def sees(self, source: str) -> bool:
        """Whether the pictures of this source are for them."""
        return self.sources is None or source in self.sources
