"""Whether a config can be what an appliance is built of: its models, words, sources and sinks."""

from __future__ import annotations

from device import build, build_sinks
from device.config import Config
from device.ledgers import NoLedger


def examine(config: Config) -> build.Models:
    """Make all of it and open nothing. Raises a `TagdError` with what is wrong."""
    models = build.Models(config)
    for source in config.sources:
        build.source(source, NoLedger(), lambda *_: None)
    build_sinks.sinks(config)
    return models
