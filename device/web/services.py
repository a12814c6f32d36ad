"""What the web may use of the appliance; built by the app, or by a test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from device.commits import Commits
from device.control import Control
from device.settings import Settings
from device.store.chores import Chores
from device.store.reader import Reader


@dataclass(frozen=True, slots=True)
class Services:
    """Reads from the store, and one way in: `control`."""

    reader: Reader
    commits: Commits
    control: Control
    sources: Callable[[], list[dict[str, Any]]]
    health: Callable[[], dict[str, Any]]
    storage_problem: Callable[[], str | None]  # why nothing can be stored now
    max_upload: int  # bytes of one picture
    taggers: tuple[str, ...]  # names that a request may choose from
    hosts: frozenset[str]  # names under which browsers may reach us
    settings: Settings
    chores: Chores
