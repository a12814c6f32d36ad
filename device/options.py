"""Options in the query of a source's URL: `folder:///srv/inbox?recursive=no`."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import SplitResult, parse_qsl

from device import durations
from device.errors import ConfigError

Known = Mapping[str, Callable[[str], Any]]
"""By an option's name, what reads its value, raising ValueError for a wrong one."""


def read(source: str, url: SplitResult, known: Known) -> dict[str, Any]:
    """The options given, each through its reader. Raises `ConfigError` with every problem."""
    found: dict[str, Any] = {}
    problems: list[str] = []
    for name, value in parse_qsl(url.query, keep_blank_values=True):
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
            problems.append(f"source {source}: its URL has no option {name}; {hint}")
            continue
        try:
            found[name] = known[name](value)
        except ValueError as error:
            problems.append(f"source {source}: option {name}: {error}")
    if problems:
        raise ConfigError(problems)
    return found


def switch(value: str) -> bool:
    """`yes` or `no`."""
    if value not in ("yes", "no"):
        raise ValueError(f"write yes or no, not {value!r}")
    return value == "yes"


def seconds(value: str) -> float:
    """A span of time such as `10`, `10s` or `5m`, in seconds."""
    return durations.seconds(value)


def count(value: str) -> int:
    """A whole number, 0 or more."""
    if not value.isdigit():
        raise ValueError(f"write a whole number, not {value!r}")
    return int(value)
