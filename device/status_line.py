"""What `systemctl status` shows of the appliance: counts, and what is wrong."""

from __future__ import annotations

import math
import time

from device.health import Health
from device.pipeline import Pipeline

_EVERY = 10.0  # seconds at least between two lines
_LONGEST = 200  # characters of a problem


class StatusLine:
    """From one thread."""

    def __init__(self, pipeline: Pipeline, health: Health) -> None:
        self._pipeline = pipeline
        self._health = health
        self._told = ""
        self._at = -math.inf  # monotonic seconds

    def news(self) -> list[str]:
        """The line for `notify`, when it is time for one and it is another than before."""
        if time.monotonic() - self._at < _EVERY:
            return []
        self._at = time.monotonic()
        told, self._told = self._told, self._line()
        return [] if told == self._told else [f"STATUS={self._told}"]

    def _line(self) -> str:
        pipeline = self._pipeline
        lanes = pipeline.mailbox.lanes
        waiting = sum(pipeline.mailbox.depth(lane) for lane in lanes)
        tagged = sum(pipeline.infer.tagged[lane] for lane in lanes)
        parts = [f"{tagged} pictures tagged since the start, {waiting} waiting"]
        parts += [f"{name}: {one.lag} events to send" for name, one in pipeline.delivers.items()]
        if pipeline.infer.tagging is None:
            parts.append("models are loading")
        if troubles := self._health.troubles:
            more = f" (and {len(troubles) - 1} more)" if len(troubles) > 1 else ""
            parts.append(f"wrong: {troubles[0].told[:_LONGEST]}{more}")
        return "; ".join(parts)
