"""What the web may use of the appliance; built by the app, or by a test."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from device.commits import Commits
from device.store.reader import Reader
from device.types import Frame, Outcome


@dataclass(frozen=True, slots=True)
class Services:
    """Reads from the store, and one way in: `upload`."""

    reader: Reader
    commits: Commits
    upload: Callable[[Frame], Future[Outcome]]
    health: Callable[[], dict[str, Any]]
    storage_problem: Callable[[], str | None]  # why nothing can be stored now
    max_upload: int  # bytes of one picture
    taggers: tuple[str, ...]  # names that a request may choose from
    hosts: frozenset[str]  # names under which browsers may reach us
