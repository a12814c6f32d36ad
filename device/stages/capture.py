"""The capture thread of one source: hands its frames over, and tries again when it breaks."""

from __future__ import annotations

import logging
import time

from device.backoff import Backoff
from device.errors import SourceError, SourceRefused
from device.mailbox import Closed, Mailbox
from device.seams import Attentive, Gate, Source
from device.workers import Worker

log = logging.getLogger(__name__)

_STEADY = 5.0  # seconds that a stream must run until it counts as mended
_REFUSED = 30.0  # seconds at least before a refused login is tried again


def capture(worker: Worker, source: Source, mailbox: Mailbox, gate: Gate | None = None) -> None:
    """Until the source is exhausted or the mailbox closes; a broken source is tried for ever."""
    backoff = Backoff()
    while not worker.stopping.is_set():
        began = time.monotonic()
        try:
            for frame in source:
                looked = frame if gate is None else gate.consider(frame)
                if looked is not None:
                    mailbox.put(source.name, looked)
                if gate is not None and isinstance(source, Attentive):
                    source.attend(gate.alert)
                worker.count()
                if not source.stream or time.monotonic() - began > _STEADY:
                    backoff.reset()
            return
        except Closed:
            return
        except SourceError as error:
            worker.fail(str(error))
            wait = max(backoff.next(), _REFUSED if isinstance(error, SourceRefused) else 0.0)
            log.warning("source %s: %s; next try in %.1f s", source.name, error, wait)
            worker.stopping.wait(wait)
