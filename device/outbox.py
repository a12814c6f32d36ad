"""How much may wait for a place that takes nothing, and where the line is drawn when it is more.

A week's outage is no matter; a webhook that nobody will ever answer again must not fill the disk.
Events are given up oldest first and some at a time, so that an outage without end is told in a
few gaps and not in one for each event.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from device import clock, ids
from device.types import Event

_SHARE = 0.1  # of the bound is given up at once
_DAY = 86_400.0  # seconds

Look = Callable[[int, int], list[Event]]
"""`events_after(seq, limit)`."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What may wait for each sink."""

    days: float = 30.0
    events: int = 1_000_000


DEFAULT = Bounds()


@dataclass(frozen=True, slots=True)
class Cut:
    """Events up to `last` are given up."""

    last: int  # seq
    reason: str  # for people


def cut(bounds: Bounds, cursor: int, newest: int, look: Look) -> Cut | None:
    """What has to be given up of the events after `cursor` up to `newest`, if anything.

    By age only while the clock can be trusted: else all of it might be gone at a wrong guess.
    """
    by_count = by_age = cursor
    if newest - cursor > bounds.events:
        by_count = newest - round(bounds.events * (1 - _SHARE))
    if newest > cursor and clock.state() == "synced":
        end = clock.now()
        if _older(look, cursor, end - bounds.days * _DAY):
            by_age = _last_older(look, cursor, newest, end - bounds.days * _DAY * (1 - _SHARE))
    if max(by_count, by_age) <= cursor:
        return None
    if by_count >= by_age:
        return Cut(by_count, f"more than {bounds.events} events were waiting (outbox.events)")
    return Cut(by_age, f"they had been waiting for {bounds.days:g} days (outbox.days)")


def _last_older(look: Look, low: int, high: int, moment: float) -> int:
    """The last seq that is surely older: ids grow with time, so halving finds it in 20 looks."""
    while low < high:
        middle = (low + high) // 2
        if _older(look, middle, moment):
            low = middle + 1
        else:
            high = middle
    return low


def _older(look: Look, seq: int, moment: float) -> bool:
    """Whether the event after `seq` was made before that moment."""
    found = look(seq, 1)
    return bool(found) and ids.made_at(found[0].id) < moment
