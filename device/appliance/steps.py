"""An installation as a row of steps: each tells what it would do, does it, and how to go on.

A step looks first what is there, so that after a power cut in any of them the same row, run again
from its beginning, comes to the same end.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol


class ApplianceError(Exception):
    """What stops an installation: `str(error)` is one sentence, `hint` says how to go on."""

    def __init__(self, reason: str, hint: str = "") -> None:
        self.hint = hint
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Step:
    """One of a row."""

    name: str
    plan: Callable[[], str]  # what it would do now, and does not; empty: all of it is done
    do: Callable[[], str]  # do it; what was done
    hint: str  # how to go on when it fails, where the failure itself does not say


class StepFailed(ApplianceError):
    """A step that failed, with its reason and with how to go on."""

    def __init__(self, step: str, reason: str, hint: str) -> None:
        self.step = step
        self.reason = reason
        super().__init__(f"{step}: {reason}", hint)


class Teller(Protocol):
    """Who hears how far it is."""

    def begin(self, number: int, of: int, name: str, plan: str) -> None:
        """A step begins."""

    def end(self, number: int, of: int, name: str, state: str, said: str) -> None:
        """It ended: `done`, `kept` (nothing was to be done), `would` or `failed`."""


def run(steps: Sequence[Step], tell: Teller, *, dry_run: bool = False) -> None:
    """One after the other; `dry_run`: only what each would do. Raises `StepFailed`."""
    for number, step in enumerate(steps, 1):
        said = ""
        try:
            plan = step.plan()
            if not plan:
                state = "kept"
            elif dry_run:
                state, said = "would", plan
            else:
                tell.begin(number, len(steps), step.name, plan)
                state, said = "done", step.do()
        except (ApplianceError, OSError) as error:
            reason = error_text(error)
            tell.end(number, len(steps), step.name, "failed", reason)
            hint = getattr(error, "hint", "") or step.hint
            raise StepFailed(step.name, reason, hint) from None
        tell.end(number, len(steps), step.name, state, said)


def error_text(error: Exception) -> str:
    """In words for a person."""
    if not isinstance(error, OSError):
        return str(error)
    where = f"{error.filename}: " if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{where}the disk is full"
    if error.errno == errno.EROFS:
        return f"{where}the disk is mounted read-only"
    return f"{where}{error.strerror or error}"
