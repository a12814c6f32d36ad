"""A config that somebody thinks of: its text, what is wrong with it, what it changes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from device import config_changes, config_variables
from device.config import Config
from device.config_file import config_of
from device.config_secrets import hidden, restored
from device.errors import ConfigError, TagdError
from device.examine import examine
from device.redact import redact
from device.yaml_edit import Place, edit
from device.yaml_guard import require_small, require_text

LONGEST = 256 * 1024
"""Characters of a draft: many times those of a house full of cameras."""

_TOLD = re.compile(r"(?:.*?)?:(\d+): (.*)", re.DOTALL)
_PLACE = re.compile(r"([a-z_]+(?:\.[\w-]+|\[\d+\])*): (.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong."""

    line: int | None  # from 1
    place: str | None  # as `sources[0].url`
    text: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What is to be said of a draft; no password in it but those that were given with it."""

    text: str
    problems: list[Problem]
    diff: str  # unified, from the file; empty: nothing changes
    follows: list[str]  # sentences
    written: Any  # the values as the text has them, `${NAME}` included; None: it is no YAML


class Draft:
    """Over the file as it is."""

    def __init__(self, path: Path, before: str, running: Config) -> None:
        self.path = path
        self.before = before
        self.after = before  # with every password, once checked
        self._running = running

    def check(self, text: str | None, changes: Mapping[Place, Any]) -> Checked:
        """What the draft is. Never raises for what is in it."""
        shown = hidden(self.before) if text is None else text[: LONGEST + 1]
        follows: list[str] = []
        try:
            require_length(shown)
            if changes and written(shown) is not None:  # else it is told below what it is not
                shown = edit(shown, changes)
                require_length(shown)
            self.after = restored(shown, self.before)
            config = config_of(self.after, self.path)
            problems = [
                self._problem(f"{place}: {told}")
                for place, told in config_changes.forbidden(self._running, config)
            ]
            for line, name in config_variables.moved(self.after, self.before):
                told = f"{name} can be put here only in the file itself, by somebody on the machine"
                problems.append(self._problem(f":{line}: {told}"))
            if self._moves():
                told = "only somebody on the machine may move it, in the file itself"
                problems.append(self._problem(f"data_dir: {told}"))
            follows = [*config_changes.follows(self._running, config)]
            if not problems and self.after != self.before:
                examine(config)
        except ConfigError as error:
            problems = [self._problem(one) for one in error.problems]
        except TagdError as error:
            problems = [self._problem(str(error))]
        return Checked(shown, problems, self._diff(shown), follows, written(shown))

    def _moves(self) -> bool:
        """Whether the data folder is another one.

        There the audit log would begin anew, and what lies there would be ours to delete.
        """
        was, is_now = (written(text) or {} for text in (self.before, self.after))
        return bool(was.get("data_dir") != is_now.get("data_dir"))

    def _problem(self, told: str) -> Problem:
        told = redact(told)
        line = None
        if found := _TOLD.fullmatch(told.removeprefix(str(self.path))):
            line, told = int(found[1]), found[2]
        told = told.removeprefix(f"{self.path}: ")
        found = _PLACE.fullmatch(told)
        return Problem(line, found[1] if found else None, told)

    def _diff(self, shown: str) -> str:
        before, after = hidden(self.before), hidden(self._full(shown), self.before)
        name = self.path.name
        lines = difflib.unified_diff(
            before.splitlines(), after.splitlines(), name, f"{name} (new)", lineterm="", n=2
        )
        return "\n".join(lines)

    def _full(self, shown: str) -> str:
        try:
            return restored(shown, self.before)
        except ConfigError:
            return shown


def require_length(text: str) -> None:
    """Raises `ConfigError` for a text that nobody writes by hand."""
    if len(text) > LONGEST:
        raise ConfigError([f"the config has more than {LONGEST // 1024} KB, which is too long"])


def written(text: str) -> Any:
    """The values of a YAML text, plain and fit for JSON; None where it is none."""
    try:
        require_text(text, "")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is None:
            return {}
        require_small(root, "")
        return _plain(yaml.SafeLoader("").construct_document(root))
    except (yaml.YAMLError, ConfigError, RecursionError, ValueError, TypeError, OverflowError):
        return None


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return value if isinstance(value, (bool, int, float, str, type(None))) else str(value)
