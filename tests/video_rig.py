"""Sources of moving pictures as the daemon builds them, and what came of them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from films import number_in

from device.config import Source
from device.sources.video import from_url
from device.types import Frame


def camera(url: str, name: str = "gate", **options: Any) -> Any:
    """The source of that URL; `options` as in the config."""
    wanted = Source.model_validate({"name": name, "url": url, **options})
    return from_url(name, wanted.parts, camera=wanted)


@contextmanager
def watched(url: str, **options: Any) -> Iterator[tuple[Any, Iterator[Frame]]]:
    """The source and its frames; closed at the end."""
    source = camera(url, **options)
    frames = iter(source)
    try:
        yield source, frames
    finally:
        source.close()
        frames.close()  # type: ignore[attr-defined]


def number(frame: Frame) -> int:
    """The number drawn into it."""
    assert not isinstance(frame.data, bytes)
    return number_in(frame.data.grey())  # type: ignore[union-attr]


def take(frames: Iterator[Frame], seconds: float) -> list[tuple[float, int]]:
    """When each frame came and its number, for so long."""
    start, found = time.monotonic(), []
    for frame in frames:
        found.append((time.monotonic() - start, number(frame)))
        if found[-1][0] > seconds:
            return found
    return found


def open_files() -> int:
    """File descriptors of this process."""
    return len(os.listdir("/proc/self/fd"))


def resident_mb() -> float:
    """Memory of this process."""
    text = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(text.split("VmRSS:")[1].split()[0]) * 1024 / 1e6
