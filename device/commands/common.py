"""What several commands share."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from device import build_words
from device.config import Config
from device.config_file import find_config, load_config
from device.log_ring import Ring
from device.naming import Naming
from device.redact import Formatter
from device.store.reader import Reader
from device.types import Tag

F = TypeVar("F", bound=Callable[..., Any])


def config_option(function: F) -> F:
    """`--config F`."""
    return click.option(
        "--config",
        "config_path",
        type=click.Path(path_type=Path, dir_okay=False),
        help="The config file; default TAGD_CONFIG, then /etc/tagd/tagd.yaml where it exists.",
    )(function)


def json_option(function: F) -> F:
    """`--json`."""
    return click.option(
        "--json", "as_json", is_flag=True, help="One JSON object a line instead of a table."
    )(function)


def read_config(path: Path | None) -> Config:
    """The config given or found, else the built-in one. Raises `ConfigError`."""
    found = find_config(path)
    return load_config(found) if found else Config()


def open_reader(config: Config) -> Reader:
    """The data folder, which knows the owner's words. Raises `StoreError` where there is none."""
    reader = Reader(config.data_dir)
    words = build_words.wordbook(config, {})
    reader.naming = lambda: Naming.of(words.now.vocabulary)
    return reader


def set_up_logging(level: int = logging.INFO) -> None:
    """Log lines to standard error, for the journal; every line is redacted."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Formatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler, Ring()], force=True)


def tag_words(tags: tuple[Tag, ...] | list[Tag], *, parents: bool = False) -> str:
    """`cat 0.98, sofa 0.61` for a table: each word once, with its best confidence.

    With `parents`, what stands above a word follows it: `cat 0.98 (animal)`.
    """
    best: dict[str, Tag] = {}
    for tag in tags:
        if tag.name not in best or tag.confidence > best[tag.name].confidence:
            best[tag.name] = tag
    said = []
    for tag in best.values():
        above = f" ({', '.join(tag.parents)})" if parents and tag.parents else ""
        said.append(f"{tag.name} {tag.confidence:.2f}{above}")
    return ", ".join(said) or "-"
