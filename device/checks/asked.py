"""Questions to other machines, all at once: a silent name server must not hold up the rest."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping

from device.doctor import Finding
from device.errors import TagdError
from device.workers import Worker

PATIENCE = 3.0
"""Seconds that one question waits for its answer."""

_IN_ALL = PATIENCE + 1.0  # seconds, from when they were asked


class Asked:
    """They are asked when this is made."""

    def __init__(self, questions: Mapping[str, Callable[[], str]]) -> None:
        """By what each is about; it answers what is well, or raises `TagdError` or `OSError`."""
        self._found: dict[str, Finding] = {}
        self._until = time.monotonic() + _IN_ALL
        self._workers = {
            about: Worker(f"ask-{about}", self._asking(about, question))
            for about, question in questions.items()
        }
        for worker in self._workers.values():
            worker.start()

    def findings(self) -> Iterator[Finding]:
        """Each answer in the order of the questions; what is silent is told as such."""
        for about, worker in self._workers.items():
            worker.join(max(0.0, self._until - time.monotonic()))
            silent = f"no answer within {_IN_ALL:.0f} s; check its address and the name server"
            yield self._found.get(about) or Finding(about, "wrong", silent)

    def _asking(self, about: str, question: Callable[[], str]) -> Callable[[Worker], None]:
        def ask(_: Worker) -> None:
            try:
                self._found[about] = Finding(about, "ok", question())
            except (TagdError, OSError) as error:
                self._found[about] = Finding(about, "wrong", str(error))

        return ask
