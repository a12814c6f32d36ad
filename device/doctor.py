"""The doctor of a running appliance: one examination at a time, in a thread that yields to others.

Who asks while one is going on gets its findings; one that hangs is never joined by a second.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from device.workers import Worker

State = Literal["ok", "warning", "wrong"]

PATIENCE = 60.0
"""Seconds for an examination; a small board needs some for its models."""

_NICE = 10  # lower priority than the threads that tag

Look = Callable[[], "Iterable[Finding]"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    about: str
    state: State
    told: str  # what was seen, and for anything but `ok` what to do


class Examination:
    """One look at everything; begins when it is made."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._findings: list[Finding] = []
        self._worker = Worker("doctor", self._run)
        self._worker.start()

    @property
    def complete(self) -> bool:
        """Whether it has come to its end."""
        return not self._worker.is_alive()

    @property
    def findings(self) -> list[Finding]:
        """Those so far."""
        return list(self._findings)

    def _run(self, worker: Worker) -> None:
        with contextlib.suppress(OSError):  # of this thread alone: setpriority(2), NOTES
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        try:
            for finding in self._look():
                self._findings.append(finding)
                worker.beat()
        except Exception as error:
            self._findings.append(Finding("doctor", "wrong", f"it broke off: {error}"))
            raise


class Doctor:
    """`examine` from any thread."""

    def __init__(self, look: Look) -> None:
        """`look` gives the findings as they come, in the doctor's own thread."""
        self._look = look
        self._lock = threading.Lock()
        self._current: Examination | None = None

    def examine(self) -> Examination:
        """The one that is going on, or a new one."""
        with self._lock:
            if self._current is None or self._current.complete:
                self._current = Examination(self._look)
            return self._current
