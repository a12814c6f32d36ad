"""The runtimes that are here, and the golden pictures on every model of the config."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from device import model_checks
from device.config import Config
from device.doctor import Finding
from device.errors import TagdError
from device.inference.runtime import installed_runtimes


def look(config: Config) -> Iterator[Finding]:
    """In this process, where nothing else runs models.

    Root's is no place for what a taken-over daemon may have put in the place of a model, whomever
    it acts for: then in one that has no way back to being root.
    """
    found = ", ".join(map(str, installed_runtimes()))
    yield Finding("runtimes", "ok" if found else "wrong", found or "none: run install.sh again")
    try:
        apart = os.geteuid() != os.getuid()
        yield from (model_checks.look_apart if apart else model_checks.look)(config)
    except TagdError as error:
        yield from (Finding("models", "wrong", line) for line in str(error).splitlines())


def at_work(tagger: Mapping[str, Any]) -> Finding:
    """A tagger as health tells of it."""
    told = f"{tagger['model']} on {tagger['backend']}, {tagger['ms']:.0f} ms a picture"
    return Finding(f"tagger {tagger['name']}", "ok", told)
