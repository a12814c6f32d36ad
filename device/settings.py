"""The config file of a running appliance: looked at, checked, replaced, and taken back.

Who builds the appliance (`commands.run`) asks `begin` for the config, says `works` when it runs,
and `put_back` when it does not; everybody else reads and saves. Any thread.
"""

from __future__ import annotations

import hashlib
import logging
import math
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from device import config_write
from device.config import Config
from device.config_file import load_config
from device.config_secrets import hidden
from device.draft import Checked, Draft
from device.errors import ConfigError, TagdError
from device.redact import redact
from device.yaml_edit import Place

log = logging.getLogger(__name__)

_TRIAL = 30.0  # seconds in which an appliance that ends counts as one that its new config broke


class Stale(TagdError):
    """Somebody else has changed the file since it was read."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of the last change."""

    state: Literal["running", "restarting", "put_back"]
    problem: str | None = None  # why the one before was put back


@dataclass(frozen=True, slots=True)
class Look:
    """The file as it is."""

    name: str | None  # None: there is no file
    text: str  # without passwords
    etag: str
    problem: str | None  # why it cannot be changed from here


class Settings:
    """Of one process; it outlives every appliance that is built of it."""

    def __init__(self, path: Path | None, config: Config | None = None) -> None:
        """`config`: what runs without a file."""
        self.path = path
        self.running = config or Config()
        self.applied = Applied("running")
        self.restart = threading.Event()  # the appliance is to be built anew
        self._text = ""  # what `running` was read from
        self._before: tuple[str, Config] | None = None  # what ran before `running`
        self._trial_until = 0.0  # monotonic
        self._lock = threading.Lock()  # one change at a time

    # -- for whoever builds the appliance

    def begin(self) -> Config:
        """What the file says now. Raises `ConfigError`."""
        self.restart.clear()
        if self.path is None:
            return self.running
        with self._lock:
            text = self._read()
            if self._text and text != self._text:
                self._before = (self._text, self.running)
                self._trial_until = math.inf
            config = load_config(self.path)
            self._text, self.running = text, config
            return config

    def works(self) -> None:
        """What was begun runs; for a while it is not sure yet that it goes on."""
        if self.applied.state == "restarting":
            self.applied = Applied("running")
        self._trial_until = time.monotonic() + _TRIAL

    def put_back(self, reason: str) -> Config | None:
        """A changed config cannot be run: the one before, which is put back. None: none was."""
        with self._lock:
            if self.path is None or self._before is None or time.monotonic() > self._trial_until:
                return None
            (self._text, self.running), self._before = self._before, None
            self.applied = Applied("put_back", redact(reason))
            log.error("the changed config is taken back: %s", self.applied.problem)
            try:
                config_write.keep(self.running.data_dir, self._read().encode())
                config_write.replace(self.path, self._text.encode())
            except TagdError as error:  # it runs all the same
                log.error("the file stays as it is: %s", error)
            return self.running

    # -- for the page

    def look(self) -> Look:
        """The file as it is, without passwords. Raises `ConfigError` when it cannot be read."""
        if self.path is None:
            told = "tagd runs without a config file; write one and start it with --config FILE"
            return Look(None, "", '"none"', told)
        text = self._read()
        name, problem = self.path.name, config_write.why_not(self.path)
        return Look(name, hidden(text), self._etag(text), problem)

    @property
    def text(self) -> str:
        """The file as it is, with every password: never to be shown. Raises `ConfigError`."""
        return self._read() if self.path else ""

    def check(self, text: str | None = None, changes: Mapping[Place, Any] | None = None) -> Checked:
        """What a draft would be. `text` (None: the file's) may hide passwords as `look` does."""
        return self._draft().check(text, changes or {})

    def save(
        self, text: str | None, changes: Mapping[Place, Any] | None, etag: str, who: str
    ) -> Checked:
        """Put the draft in the place of the file; the appliance is built anew by it.

        With problems nothing is changed. Raises `Stale`, `ConfigError`, `StoreFull`.
        """
        with self._lock:
            look = self.look()
            if self.path is None or look.problem is not None:
                raise ConfigError([look.problem or ""])
            if etag not in (look.etag, "*"):
                raise Stale("somebody else has changed the config meanwhile; load it again")
            draft = self._draft()
            checked = draft.check(text, changes or {})
            if checked.problems or draft.after == draft.before:
                return checked
            config_write.keep(self.running.data_dir, draft.before.encode())
            config_write.replace(self.path, draft.after.encode())
            self.applied = Applied("restarting")
            log.info("%s changed the config; it is applied now", who)
        self.restart.set()
        return checked

    def _draft(self) -> Draft:
        path = self.path or Path("tagd.yaml")
        return Draft(path, self.text, self.running)

    def _read(self) -> str:
        assert self.path is not None
        try:
            return self.path.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError([f"{self.path}: cannot be read: {error}"]) from None

    def _etag(self, text: str) -> str:
        """Of what may be shown and of the file itself: passwords cannot be guessed from it."""
        assert self.path is not None
        file = self.path.stat()
        seen = f"{hidden(text)}\0{file.st_mtime_ns}\0{file.st_ino}"
        return f'"{hashlib.sha256(seen.encode()).hexdigest()[:32]}"'
