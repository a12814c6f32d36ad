"""What is examined by `tagd doctor`, and by the doctor of a running appliance.

One kind of thing one file. `root` is where /proc, /sys, /dev and /usr are, so that tests can make
up a machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from device import model_checks
from device.checks import (
    accelerators,
    cameras,
    disk,
    files,
    machine,
    models,
    network,
    page,
    service,
    software,
    video,
)
from device.checks.asked import Asked
from device.config import Config
from device.doctor import Finding

Section = tuple[str, Iterable[Finding]]
"""A heading, and what is found below it as it comes."""

_ROOT = Path("/")


def sections(
    config: Config, path: Path | None = None, *, with_models: bool = True, root: Path = _ROOT
) -> Iterator[Section]:
    """Everything, the slowest last; `path` is the config's file."""
    asked = Asked({**network.questions(config), **page.questions(config)})
    yield "Machine", machine.look(root)
    yield "Software", (*software.look(), *service.look(root))
    yield "Storage", (*disk.look(config.data_dir, root), *files.look(config, path))
    yield "Pictures", _sources(config, root)
    yield "Network", (*page.look(config), *asked.findings())
    if with_models:
        yield "Models", _models(config, root)


def look_beside(config: Config, health: Mapping[str, Any], root: Path = _ROOT) -> Iterator[Finding]:
    """The same beside a running appliance, of which `health` tells: nothing is opened twice.

    Models run once more in a process of their own; one that an accelerator has is not loaded
    again, which would take it from those who work.
    """
    asked = Asked(network.broker_questions(config))
    yield from machine.look(root)
    yield from (*software.look(), *service.look(root))
    yield from (*disk.look(config.data_dir, root), *files.look(config, None))
    yield from cameras.at_work(config, health["sources"])
    yield from (*video.look(config, root), *page.look(config), *asked.findings())
    yield from accelerators.look(config, root)
    if config.inference.accelerator == "none":
        yield from model_checks.look_apart(config)
    else:
        yield from map(models.at_work, health["taggers"])


def _sources(config: Config, root: Path) -> Iterator[Finding]:
    yield from cameras.look(config, root)
    yield from video.look(config, root)


def _models(config: Config, root: Path) -> Iterator[Finding]:
    yield from accelerators.look(config, root)
    yield from models.look(config)
