"""What the web may use of the appliance; built by the app, or by a test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from device.commits import Commits
from device.config_compat import Compat
from device.control import Control
from device.learning import Lessons
from device.lexicon import Lexicon
from device.settings import Settings
from device.store.access import Access
from device.store.chores import Chores
from device.store.reader import Reader
from device.system import System
from device.trend import Point
from device.web.proxy import Front


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
    lexicon: Lexicon  # all words, and the owner's file behind them
    hosts: frozenset[str]  # names under which browsers may reach us
    settings: Settings
    chores: Chores
    system: System  # the machine, the log, the doctor
    access: Access  # who may come in
    trust_loopback: bool = False  # whoever asks from this machine is an administrator
    local_token: str | None = None  # of commands on this machine
    lessons: Lessons = field(default_factory=Lessons)  # what people's reviews said of the tags
    front: Front = field(default_factory=Front)  # what stands between us and them
    compat: Compat = field(default_factory=Compat)  # the drop-in APIs
    latency: Callable[[], Sequence[Point]] = tuple  # milliseconds a picture, by tagger
    thumbnail_side: int = 480  # pixels of imported pictures; 0: tags only are kept
    originals: bool = False  # whether they are kept
