"""What cameras suffer from: gathered from their gates, logged, and handed on to be told."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from device.seams import Gate
from device.types import HealthChange

log = logging.getLogger(__name__)


class Ailing:
    """Asked now and then in the infer thread, also while no frame comes."""

    def __init__(self, gates: Callable[[], Mapping[str, Gate]]) -> None:
        """`gates` tells by source what watches it now."""
        self._gates = gates
        self._active: dict[tuple[str, str], HealthChange] = {}  # by source and state

    def changes(self) -> Iterator[HealthChange]:
        """What began or ended since the last call; what is switched off suffers no more."""
        gates = self._gates()
        for source, state in [key for key in self._active if key[0] not in gates]:
            change = self._active[source, state]
            yield self._noted(replace(change, active=False, detail=f"{state}: no longer watched"))
        for gate in gates.values():
            for change in gate.changes():
                yield self._noted(change)

    def _noted(self, change: HealthChange) -> HealthChange:
        level = logging.WARNING if change.active else logging.INFO
        log.log(level, "source %s: %s", change.source, change.detail)
        if change.active:
            self._active[change.source, change.state] = change
        else:
            self._active.pop((change.source, change.state), None)
        return change
