"""The newest lines of the log, in memory, for the page: beside the journal, never instead of it.

What is kept is redacted as the journal's lines are, and once more when it is read: a secret may be
learnt after the line.
"""

from __future__ import annotations

import logging
import sys
from collections import deque
from dataclasses import dataclass, replace
from itertools import islice

from device.redact import Formatter, redact

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
"""What can be asked for; what is worse comes as well, which may also be `critical`."""

_CRITICAL = 50

_MOST = 1_000_000  # bytes of all lines
_LONGEST = 8_000  # letters of one
_ABOUT = 400  # bytes: a line's other fields


@dataclass(frozen=True, slots=True)
class Line:
    """One record."""

    number: int  # grows by one, from 1 at the start of the process
    at: float  # UTC
    level: int  # as in `logging`
    logger: str
    text: str  # redacted, with the traceback if there is one

    @property
    def word(self) -> str:
        """Its level, the next lower one that has a word where it is between two."""
        if self.level >= _CRITICAL:
            return "critical"
        return max((n, word) for word, n in LEVELS.items() if n <= max(self.level, 10))[1]


class Ring(logging.Handler):
    """Any thread logs, any thread reads."""

    def __init__(self, most: int = _MOST) -> None:
        """`most`: bytes that all lines together may take."""
        super().__init__()
        self.setFormatter(Formatter("%(message)s"))
        self._most = most
        self._lines: deque[Line] = deque()
        self._size = 0
        self._newest = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it, and let the oldest go. The handler's lock is held."""
        try:
            text = self.format(record)
        except Exception:  # noqa: BLE001 - as in `logging`: a log line ends no program
            self.handleError(record)
            return
        if len(text) > _LONGEST:
            text = f"{text[:_LONGEST]} ... ({len(text) - _LONGEST} more letters in the journal)"
        self._newest += 1
        line = Line(self._newest, record.created, record.levelno, record.name, text)
        self._lines.append(line)
        self._size += _weight(line)
        while self._size > self._most:
            self._size -= _weight(self._lines.popleft())

    def after(self, number: int | None, level: int, limit: int) -> tuple[list[Line], int]:
        """Lines of that level and worse, the oldest first, and the number to go on from.

        The first `limit` after `number`, or the last `limit` of all without one; a number that
        was never given out is from another run, and asks for the last ones, too.
        """
        self.acquire()
        try:
            lines, newest = list(self._lines), self._newest
        finally:
            self.release()
        if number is None or number > newest:
            found = list(islice((one for one in reversed(lines) if one.level >= level), limit))
            return [_clean(one) for one in reversed(found)], newest
        later = (one for one in lines if one.number > number and one.level >= level)
        found = list(islice(later, limit))
        return [_clean(one) for one in found], found[-1].number if len(found) == limit else newest


def attached() -> Ring:
    """The one on the root logger, put there if there is none yet."""
    root = logging.getLogger()
    for handler in root.handlers:
        if isinstance(handler, Ring):
            return handler
    ring = Ring()
    root.addHandler(ring)
    return ring


def _clean(line: Line) -> Line:
    return replace(line, text=redact(line.text))


def _weight(line: Line) -> int:
    return sys.getsizeof(line.text) + _ABOUT
