"""Our options in a camera's URL; everything else of its query is the camera's, byte for byte."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, unquote

from device import durations
from device.errors import ConfigError

FASTEST = 0.2
"""Seconds between two stills at least."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the owner adds to the camera's own URL."""

    every: float | None = None  # seconds between two pictures
    ca_file: Path | None = None  # the authority of its certificate, PEM


def read_options(name: str, url: SplitResult) -> tuple[Options, SplitResult]:
    """The options, and the URL without them. Raises ConfigError.

    Only the plain spelling is ours: a camera that wants an `every` of its own gets `ever%79`.
    """
    given: dict[str, str] = {}
    theirs = []
    for part in url.query.split("&"):
        key, _, value = part.partition("=")
        if key in ("every", "ca_file"):
            given[key] = unquote(value)
        else:
            theirs.append(part)
    try:
        every = durations.seconds(given["every"]) if "every" in given else None
        if every is not None and every < FASTEST:
            raise ValueError(f"write {FASTEST:g}s or more; without it a stream is taken whole")
    except ValueError as error:
        raise ConfigError([f"source {name}: option every: {error}"]) from None
    ca_file = Path(given["ca_file"]) if "ca_file" in given else None
    return Options(every, ca_file), url._replace(query="&".join(theirs))
