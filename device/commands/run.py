"""`tagd run`: the daemon in the foreground, what systemd starts."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from pathlib import Path

import click

from device.app import App
from device.commands.common import config_option, set_up_logging
from device.config import Config
from device.config_file import find_config
from device.errors import AcceleratorAway, ConfigError, StoreBusy, TagdError
from device.leftovers import let_go
from device.notify import notify
from device.patience import Patience
from device.settings import Settings

log = logging.getLogger(__name__)

_BUILDS = 3  # a database that needs more repairs than that lies on a disk that nothing helps


@click.command("run")
@config_option
def command(config_path: Path | None) -> None:
    """Run the daemon in the foreground until SIGTERM or Ctrl-C."""
    set_up_logging()
    settings = Settings(find_config(config_path))
    config = settings.begin()
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    try:
        code = serve(settings, config, stopping)
    except (StoreBusy, AcceleratorAway) as error:
        # It may be over in a moment, and systemd tries again; after code 2 it would not.
        raise TagdError(str(error)) from None
    log.info("stopped")
    sys.exit(code)


def serve(settings: Settings, config: Config, stopping: threading.Event) -> int:
    """Build the appliance, run it, and build it anew where that is wanted or helps; its exit code.

    A changed config that cannot be run gives way to the one before.
    """
    builds = 0
    while True:
        builds += 1
        try:
            code, again = _once(settings, config, stopping)
            reason = "it ended soon after the start; the log says why" if code else None
        except Exception as error:
            if stopping.is_set() or (old := settings.put_back(_told(error))) is None:
                raise
            config = old
            continue
        if stopping.is_set():
            return code
        if settings.restart.is_set():
            config, builds = _changed(settings, config), 0
        elif again and builds < _BUILDS:
            continue
        elif reason is not None and (old := settings.put_back(reason)) is not None:
            config = old
        else:
            return code


def _once(settings: Settings, config: Config, stopping: threading.Event) -> tuple[int, bool]:
    """Exit code, and whether the database is repaired by another start."""
    with Patience(stopping):
        app = App(config, settings)
    try:
        app.start()
        settings.works()
        code = app.run(stopping)
        if stopping.is_set():
            notify("STOPPING=1", "STATUS=stopping")
        elif settings.restart.is_set() or app.is_to_be_built_anew:
            # Never STOPPING: systemd would kill what says so and goes on all the same.
            notify("RELOADING=1", "STATUS=starting again within the process")
    finally:
        app.close()
        again = app.is_to_be_built_anew
        del app
        let_go()
    return code, again


def _changed(settings: Settings, config: Config) -> Config:
    """What the file says now; what ran, where that cannot be read."""
    try:
        return settings.begin()
    except ConfigError as error:
        return settings.put_back(str(error)) or config


def _told(error: Exception) -> str:
    if isinstance(error, TagdError):
        return str(error)
    log.exception("the appliance could not be built")
    return f"{type(error).__name__}: {error}"
