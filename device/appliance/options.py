"""What was asked of the installer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """As typed, or by default."""

    user: bool = False  # for this user alone, without root
    start: bool = True  # the service now, and with the machine
    offline: Path | None = None  # the only place to look for packages, or a bundle
    keys: tuple[Path, ...] = ()  # public ones that may have signed a bundle
    unsigned: bool = False  # a bundle without a signature will do
    broker: bool = False  # mosquitto on this machine
    listen: str | None = None  # of the first config
    extras: tuple[str, ...] = ("video",)  # of pyproject.toml
    settle: float = 5.0  # seconds that a new release must have run before it counts as started
