"""What of a camera is worth a look: the gate in the thread that captures one source."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from dataclasses import replace
from typing import Any

import numpy as np

from device import clock, config, polygon
from device.arrivals import PATIENCE, Arrivals
from device.camera_health import CameraHealth
from device.cells import Mask
from device.errors import PictureError
from device.motion import Motion, Movement
from device.pace import Pace
from device.small import small_grey
from device.types import Frame, Grey, HealthChange, Look, Reason
from device.visits import AWAY

_STATIONARY = 5.0  # s between two looks at what is there and does not move: a parked car
_SPARSE = 5.0  # s between two judgements of a camera that is only looked at now and then
_MISSED = 2.5  # intervals without a picture, where only one is taken in each
_IN_VAIN = 4.0  # s after which a better picture is no longer waited for: a main stream is broken
_SMEARED = 1  # small pixels beside a privacy mask into which it may have been averaged
_MOST_CHANGES = 100  # waiting to be told; nobody fetches them while the program stops


class Watch:
    """A `seams.Gate` for one source. `Frame.moment` is its clock: a film may run faster than life.

    `consider` belongs to the capture thread; everything else may be called from any thread.
    """

    def __init__(self, wanted: config.Source, *, better: bool = False) -> None:
        """`wanted.mode` decides: `interval` only looks every `look_every`, else motion counts.

        `better`: while it is alert its frames come to carry a better picture.
        """
        self._wanted = wanted
        self._better = better
        self._motion = Motion(wanted.motion.threshold, wanted.motion.min_area)
        self._health = CameraHealth(wanted.name)
        interval = wanted.look_every if wanted.mode == "interval" else 0.0
        self._arrivals = Arrivals(wanted.name, max(PATIENCE, _MISSED * interval))
        self._pace = Pace(1 / wanted.fps)
        self._masks: dict[tuple[int, ...], tuple[Mask | None, Mask | None]] = {}
        self._changes: deque[HealthChange] = deque(maxlen=_MOST_CHANGES)
        self._asked = threading.Event()
        self._heeded = (0, False)  # visits open after the last look, and whether one moves
        self._movement: Movement | None = None
        self._moved_at: float | None = None  # moments, as are these
        self._looked_at: float | None = None
        self._examined_at: float | None = None
        self._alert = False
        self._wanting: float | None = None  # the moment since which a better picture is waited for
        self._looks: Counter[Reason] = Counter()
        self._frames = self._unreadable = 0

    def consider(self, frame: Frame) -> Frame | None:
        """The frame with its `look`, or None: nothing to see."""
        self._frames += 1
        moment = frame.moment if frame.moment is not None else time.monotonic()
        asked = self._asked.is_set() and self._good_enough(frame, moment)
        if not (asked or self._pace.due(moment)):
            return None
        try:
            reason = self._reason(frame, moment, asked)
        except PictureError:  # half a picture, a page of text: not counted as an arrival
            self._unreadable += 1
            return None
        self._changes.extend(self._arrivals.note())
        if asked:
            self._asked.clear()
            reason = "asked"
        elif reason == "interval" and not self._good_enough(frame, moment):
            return None
        if reason is None:
            return None
        if not self._asked.is_set():
            self._wanting = None
        self._looked_at = moment
        self._looks[reason] += 1
        return replace(frame, look=Look(reason, self._movement.boxes if self._movement else ()))

    @property
    def alert(self) -> bool:
        """Something moves, or moved less than `motion.quiet` ago, or a visitor moves about.

        Also while a picture is asked for or due, so that a better one of it is kept.
        """
        return self._alert or self._asked.is_set() or self._wanting is not None

    def heed(self, open_visits: int, moving: bool) -> None:
        """What the last look found."""
        self._heeded = (open_visits, moving)

    def ask(self) -> None:
        """The next frame passes, whatever it shows."""
        self._asked.set()

    def changes(self) -> list[HealthChange]:
        """What began or ended since the last call; to be asked also while no frame comes."""
        changes = []
        while self._changes:
            changes.append(self._changes.popleft())
        return changes + self._arrivals.overdue(clock.now())

    def status(self) -> dict[str, Any]:
        """Motion and its cells, looks by reason, frames, and the states that are active."""
        movement, arrivals = self._movement, self._arrivals
        rows, columns = movement.cells.shape if movement else (0, 0)
        moving = np.flatnonzero(movement.cells).tolist() if movement else []
        return {
            "motion": bool(movement and movement.boxes),
            "alert": self._alert,
            "cells": {"rows": rows, "columns": columns, "moving": moving},
            "looks": dict(self._looks),
            "frames": self._frames,
            "unreadable": self._unreadable,
            "fps": round(arrivals.rate, 2) if arrivals.rate else None,
            "last_frame_age_s": round(arrivals.age, 1) if arrivals.count else None,
            "states": [*self._health.active, *(["silent"] if arrivals.silent else [])],
        }

    def _good_enough(self, frame: Frame, moment: float) -> bool:
        """Whether this frame may be kept although nothing happens: the better one comes in time."""
        if not self._better or frame.better is not None:
            return True
        if self._wanting is None:
            self._wanting = moment
        return not 0 <= moment - self._wanting < _IN_VAIN

    def _reason(self, frame: Frame, moment: float, asked: bool) -> Reason | None:
        """Why to look now; None: there is no reason."""
        every, timely = self._wanted.look_every, False
        if every:
            timely = _passed(self._looked_at, moment, every)
        if self._wanted.mode == "interval":
            if asked or timely or _passed(self._examined_at, moment, _SPARSE):
                self._examine(frame, moment)
            return "interval" if timely else None
        # Visits ended in a long silence: who is still there is background, and does not move.
        if every and self._examined_at is not None:
            timely = timely or moment - self._examined_at > AWAY
        if self._moves(*self._examine(frame, moment), moment):
            return "motion"
        open_visits, moving = self._heeded
        if open_visits and (moving or _passed(self._looked_at, moment, _STATIONARY)):
            return "visit"
        return "interval" if timely else None

    def _moves(self, grey: Grey, ignored: Mask | None, moment: float) -> bool:
        settings = self._wanted.motion
        moves = True
        if settings.enabled:
            self._movement = self._motion.see(grey, moment, ignored)
            moves = bool(self._movement.boxes)
        if moves:
            self._moved_at = moment
        open_visits, moving = self._heeded
        visitor = open_visits > 0 and moving
        self._alert = visitor or not _passed(self._moved_at, moment, settings.quiet)
        return moves

    def _examine(self, frame: Frame, moment: float) -> tuple[Grey, Mask | None]:
        """The small picture without what is private, and what of it does not count."""
        grey = small_grey(frame)
        self._examined_at = moment
        hidden, ignored = self._masked(*grey.shape)
        if hidden is not None:
            grey[hidden] = 0
        self._changes.extend(self._health.see(grey, moment, frame.taken_at, ignored))
        return grey, ignored

    def _masked(self, height: int, width: int) -> tuple[Mask | None, Mask | None]:
        """Of a small picture of this size: what is private, and all that does not count."""
        if (height, width) not in self._masks:
            private = polygon.raster(self._wanted.privacy, width, height, _SMEARED)
            both = private | polygon.raster(self._wanted.motion.mask, width, height)
            masks = private if private.any() else None, both if both.any() else None
            self._masks = {(height, width): masks}  # a camera has one size at a time
        return self._masks[height, width]


def _passed(last: float | None, moment: float, seconds: float) -> bool:
    """Whether so much time lies between; also before the first, and where the clock began anew."""
    return last is None or not 0 <= moment - last < seconds
