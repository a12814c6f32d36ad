"""The one infer thread: owns the models, decodes only what it takes, settles every frame."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable

from device.errors import AcceleratorLost, ModelError, PictureError
from device.mailbox import Closed, Mailbox
from device.results import Known, Origin, Refused, Settled
from device.seams import Ledger
from device.tagging import Tagging
from device.types import Frame
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
        hand_on: Callable[[Settled, Callable[[], None]], None],
    ) -> None:
        self._mailbox = mailbox
        self._make_tagging = make_tagging
        self._ledger = ledger
        self._hand_on = hand_on
        self.tagging: Tagging | None = None  # set once the models are loaded
        self.tagged: Counter[str] = Counter()  # pictures by source, since the start
        self.refused: Counter[str] = Counter()

    def run(self, worker: Worker) -> None:
        """Until told to stop. A picture that breaks is refused; the rest goes on."""
        tagging = self.tagging = self._make_tagging()
        try:
            while not worker.stopping.is_set():
                worker.beat()
                frame = self._mailbox.take(_TURN)
                if frame is not None:
                    self._hand_on(self._settle(frame, tagging, worker), worker.beat)
        except Closed:
            pass
        finally:
            tagging.close()

    def _settle(self, frame: Frame, tagging: Tagging, worker: Worker) -> Settled:
        origin = Origin.of(frame)
        if frame.sha256 and self._ledger.seen_content(frame.source, frame.sha256):
            return Known(origin)
        try:
            tagged = tagging.settle(frame)
        except AcceleratorLost:  # no fault of the picture: it is tagged after the next start
            raise
        except (PictureError, ModelError) as error:
            return self._refuse(origin, str(error), worker)
        except Exception as error:  # it would come again and end the next process as well
            log.exception("a picture broke its tagger")
            return self._refuse(origin, f"it broke its tagger ({type(error).__name__})", worker)
        worker.count()
        self.tagged[frame.source] += 1
        return tagged

    def _refuse(self, origin: Origin, reason: str, worker: Worker) -> Refused:
        name = origin.name or origin.frame_id
        worker.fail(f"{name}: {reason}")
        log.warning("source %s: %s refused: %s", origin.source, name, reason)
        self.refused[origin.source] += 1
        return Refused(origin, reason)
