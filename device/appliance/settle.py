"""Watches a new release for a while: only what stays up and says that it is well is kept."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from device.appliance.service import Service, Standing

SECONDS = 60.0
"""How long it must be well, without a pause."""

_GRACE = 60.0  # seconds more that it may take until it is
_OFTEN = 1.0  # seconds between two looks


def watch(
    service: Service,
    first: Standing,
    well: Callable[[], bool | None],
    seconds: float,
    stopping: threading.Event,
) -> str | None:
    """Why the release that was `first` seen after its start does not settle; None: it has.

    `well`: what its page says; None counts as well, as there is no page then.
    """
    if not first.active:
        return "it did not stay up"
    good_since: float | None = None
    deadline = time.monotonic() + seconds + _GRACE
    while time.monotonic() < deadline:
        now = service.look()
        if not now.active or now.pid != first.pid or now.restarts != first.restarts:
            return "it ended by itself soon after its start"
        if well() is False:
            good_since = None
        else:
            good_since = time.monotonic() if good_since is None else good_since
            if time.monotonic() - good_since >= seconds:
                return None
        stopping.wait(min(_OFTEN, seconds / 5))
    return "its page did not say for long enough that it is well"
