"""From the release that runs to another, with all care that `tagd-upgrade` takes."""

from __future__ import annotations

import threading

from device.appliance import settle
from device.appliance.service import Systemd
from device.appliance.switching import Switching
from device.appliance.updating import Updating
from device.appliance.work import Work


def hand_over(work: Work, before: str, release: str) -> str:
    """Try it on a copy of the database, switch, watch it, or go back; what came of it.

    For the one who has the lock. Raises `ApplianceError`: `before` runs then, with its database.
    """
    systemd = Systemd(work.layout, work.host)
    switching = Switching(
        work.layout, work.releases, systemd, _quiet, settle.SECONDS, threading.Event()
    )
    updating = Updating(work.layout, work.releases, work.host, switching, _quiet)
    if switching.is_under_way:
        switching.resume()
    return str(updating.try_and_switch(release, before)["told"])


def _quiet(_: str) -> None:
    """The step itself tells what it does."""
