"""The capture thread of one source: hands its frames over, and tries again when it breaks."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from device.backoff import Backoff
from device.errors import SourceError, SourceRefused
from device.mailbox import Closed, Mailbox
from device.seams import Attentive, Gate, Source
from device.types import Frame
from device.workers import Worker

log = logging.getLogger(__name__)

_STEADY = 5.0  # seconds that a stream must run until it counts as mended
_REFUSED = 30.0  # seconds at least before a refused login is tried again


Notice = Callable[[Frame, Frame | None], None]
"""Each frame as it came, and as it goes on to be tagged: None, if it does not."""


def capture(
    worker: Worker,
    source: Source,
    mailbox: Mailbox,
    gate: Gate | None = None,
    notice: Notice = lambda _, __: None,
) -> None:
    """Until the source is exhausted or the mailbox closes; a broken source is tried for ever."""
    backoff = Backoff()
    streamed = source.stream
    while not worker.stopping.is_set():
        began = time.monotonic()
        try:
            for frame in source:
                if worker.stopping.is_set():  # it was given up, and comes back after all
                    return
                still = streamed and not source.stream  # no film after all: each one counts
                looked = frame if gate is None or still else gate.consider(frame)
                notice(frame, looked)
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
