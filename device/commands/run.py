"""`tagd run`: the daemon in the foreground, what systemd starts."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from pathlib import Path

import click

from device.app import App
from device.commands.common import config_option, read_config, set_up_logging

log = logging.getLogger(__name__)

_BUILDS = 3  # a database that needs more repairs than that lies on a disk that nothing helps


@click.command("run")
@config_option
def command(config_path: Path | None) -> None:
    """Run the daemon in the foreground until SIGTERM or Ctrl-C."""
    set_up_logging()
    config = read_config(config_path)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    for _ in range(_BUILDS):
        app = App(config)
        try:
            app.start()
            code = app.run(stopping)
        finally:
            app.close()
        if stopping.is_set() or not app.is_to_be_built_anew:
            break
    log.info("stopped")
    sys.exit(code)
