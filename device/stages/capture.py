"""The capture thread of one source: hands its frames over, and tries again when it breaks."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol, runtime_checkable

from device.backoff import Backoff
from device.errors import SourceError
from device.mailbox import Closed, Mailbox
from device.results import HealthChange
from device.seams import Attentive, Gate, Source
from device.workers import Worker

log = logging.getLogger(__name__)


@runtime_checkable
class Concerned(Protocol):
    """A gate that also sees what its camera suffers from."""

    def changes(self) -> list[HealthChange]:
        """What began or ended since the last call. Any thread."""
        ...


def capture(
    worker: Worker,
    source: Source,
    mailbox: Mailbox,
    gate: Gate | None = None,
    tell: Callable[[HealthChange], None] = lambda _: None,
) -> None:
    """Until the source is exhausted or the mailbox closes; a broken source is tried for ever.

    `tell` hears of the camera's health; it may wait, and then raise `Closed`, as the mailbox does.
    """
    backoff = Backoff()
    while not worker.stopping.is_set():
        try:
            for frame in source:
                looked = frame if gate is None else gate.consider(frame)
                if looked is not None:
                    mailbox.put(source.name, looked)
                if gate is not None and isinstance(source, Attentive):
                    source.attend(gate.alert)
                _pass_on(source.name, gate, tell)
                worker.count()
                backoff.reset()
            return
        except Closed:
            return
        except SourceError as error:
            worker.fail(str(error))
            wait = backoff.next()
            log.warning("source %s: %s; next try in %.1f s", source.name, error, wait)
            _pass_on(source.name, gate, tell)
            worker.stopping.wait(wait)


def _pass_on(name: str, gate: object, tell: Callable[[HealthChange], None]) -> None:
    """What the camera suffers from, or ceased to."""
    if isinstance(gate, Concerned):
        for change in gate.changes():
            log.log(
                logging.WARNING if change.active else logging.INFO,
                "source %s: %s",
                name,
                change.detail,
            )
            tell(change)
