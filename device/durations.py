"""Spans of time as people write them: `10`, `10s`, `500ms`, `5m`, `1.5h`, `2d`."""

from __future__ import annotations

import math
import re

_SECONDS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_SPAN = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s*(ms|s|m|h|d|)")


def seconds(value: object) -> float:
    """A span in seconds, 0 or more. Raises ValueError for anything else."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if math.isfinite(value) and value >= 0:
            return float(value)
    elif isinstance(value, str) and (found := _SPAN.fullmatch(value.strip())):
        return float(found[1]) * _SECONDS[found[2]]
    raise ValueError(f"write a span of time such as 10s, 5m or 1h, not {value!r}")
