"""The one infer thread: owns the models, decodes only what it takes, settles every frame."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable

from device.errors import AcceleratorLost, ModelError, PictureError
from device.mailbox import Closed, Mailbox
from device.results import Change, Known, Origin, Refused
from device.seams import Ledger
from device.stages.looks import Looks
from device.tagging import Tagging
from device.types import Frame, Outcome
from device.workers import Worker

log = logging.getLogger(__name__)
_TURN = 0.5  # seconds between beats when there is nothing to do


class Infer:
    """Takes frames from the mailbox and hands results on."""

    def __init__(
        self,
        mailbox: Mailbox,
        make_tagging: Callable[[], Tagging],
        ledger: Ledger,
        hand_on: Callable[[Change, Callable[[], None]], None],
        looks: Looks,
        answer: Callable[[Outcome], None] = lambda _: None,
    ) -> None:
        """`answer` tells whoever waits for a frame of which nothing is stored."""
        self._mailbox = mailbox
        self._make_tagging = make_tagging
        self._ledger = ledger
        self._hand_on = hand_on
        self._looks = looks
        self._answer = answer
        self.tagging: Tagging | None = None  # set once the models are loaded
        self.tagged: Counter[str] = Counter()  # pictures by source, since the start
        self.refused: Counter[str] = Counter()
        self._failing: dict[str, str] = {}  # why the last look of a source came to nothing

    def run(self, worker: Worker) -> None:
        """Until told to stop. A picture that breaks is refused; the rest goes on."""
        tagging = self._make_tagging()
        worker.beat()  # before it is seen: from now on it may not be silent for long
        self.tagging = tagging
        try:
            while not worker.stopping.is_set():
                worker.beat()
                frame = self._mailbox.take(_TURN)
                if frame is not None:
                    self._pass_on(self._settle(frame, tagging, worker), worker)
                self._pass_on(self._looks.tick(), worker)
            self._pass_on(self._looks.rest(), worker)
        except Closed:
            pass
        finally:
            tagging.close()

    def _pass_on(self, changes: Iterable[Change], worker: Worker) -> None:
        for change in changes:
            self._hand_on(change, worker.beat)

    def _settle(self, frame: Frame, tagging: Tagging, worker: Worker) -> list[Change]:
        if (
            frame.sha256
            and not frame.unkept
            and self._ledger.seen_content(frame.source, frame.sha256)
        ):
            return [Known(Origin.of(frame))]
        try:
            settled: list[Change] = (
                self._looks.settle(frame, tagging) if frame.look else [tagging.settle(frame)]
            )
        except AcceleratorLost:  # no fault of the picture: it is tagged after the next start
            raise
        except (PictureError, ModelError) as error:
            return self._refuse(frame, str(error), worker)
        except Exception as error:  # noqa: BLE001 - it would end the next process as well
            reason = f"it broke its tagger ({type(error).__name__})"
            return self._refuse(frame, reason, worker, error)
        self._failing.pop(frame.source, None)
        worker.count()
        self.tagged[frame.source] += 1
        if frame.unkept:
            self._answer(Outcome(frame.id, answer=settled[0]))
            return []
        return settled

    def _refuse(
        self, frame: Frame, reason: str, worker: Worker, bug: Exception | None = None
    ) -> list[Change]:
        """A look that fails is no picture lost: the next one comes, and one line tells of all."""
        origin = Origin.of(frame)
        name = origin.name or origin.frame_id
        worker.fail(f"{name}: {reason}")
        self.refused[origin.source] += 1
        if frame.look is None or self._failing.get(origin.source) != reason:
            log.warning("source %s: %s refused: %s", origin.source, name, reason, exc_info=bug)
        if frame.unkept:
            self._answer(Outcome(frame.id, error=reason))
            return []
        if frame.look is None or frame.look.reason == "asked":
            return [Refused(origin, reason)]
        self._failing[origin.source] = reason
        return []
