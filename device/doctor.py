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

PATIENCE = 60.0  # seconds for an examination; a small board needs some for its models
_NICE = 10  # lower priority than the threads that tag


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    about: str
    state: State
    told: str  # what was seen, and for anything but `ok` what to do


class Doctor:
    """`examine` from any thread."""

    def __init__(self, look: Callable[[], Iterable[Finding]]) -> None:
        """`look` gives the findings as they come, in the doctor's own thread."""
        self._look = look
        self._lock = threading.Lock()
        self._worker: Worker | None = None
        self._findings: list[Finding] = []

    def examine(self, patience: float = PATIENCE) -> tuple[list[Finding], bool]:
        """All findings, and whether that is all: after `patience` seconds those so far."""
        with self._lock:
            if self._worker is None or not self._worker.is_alive():
                self._findings = []
                self._worker = Worker("doctor", self._run)
                self._worker.start()
            worker, findings = self._worker, self._findings
        worker.join(patience)
        return list(findings), not worker.is_alive()

    def _run(self, worker: Worker) -> None:
        with contextlib.suppress(OSError):  # of this thread alone: setpriority(2), NOTES
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        findings = self._findings
        try:
            for finding in self._look():
                findings.append(finding)
                worker.beat()
        except Exception as error:
            findings.append(Finding("doctor", "wrong", f"it broke off: {error}"))
            raise
