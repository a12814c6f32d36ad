"""Does a camera still see? Frozen, dark, covered, moved: told when it begins and when it is over.

Silent blindness is what people fear, and false alarms are what makes them look away: each state
has to last before it counts. Judged on the small grey picture, every two seconds, in 0.5 ms.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from device.condition import Condition
from device.structure import Structure, lasting, likeness, structure
from device.types import Grey, HealthChange

_EVERY = 2.0  # s between two judgements: what stays between them is the scene, not noise
_UNSEEN, _SEEN = 0.002, 0.004  # lasting edges: below nothing is seen, above something is
_DARK = 40  # grey levels, of 0..255 with video's black at 16: nothing in it is brighter
_STRANGE, _FAMILIAR = 0.2, 0.35  # likeness to the usual view: below another one, above the same
_MEET = 60.0  # s in which a new camera's view is learnt, whatever it shows
_LEARN = 300.0  # s in which the usual view follows the seasons of a day
_GIVE_IN = 3600.0  # s after which a new view is the usual one
_RIM = 8  # of the small picture's rows at the top and below: the clock that cameras write there
_AROUND = 13  # small pixels: what is hidden is left out with so much around it, blurred edges too

_DETAILS = {
    ("frozen", True): "the camera sends the same picture again and again",
    ("frozen", False): "the picture moves again",
    ("dark", True): "nothing can be seen: it is dark, or the lens is covered",
    ("dark", False): "something can be seen again",
    ("covered", True): "the picture shows no detail: the lens is covered, fogged or out of focus",
    ("covered", False): "the picture shows detail again",
    ("moved", True): "the camera looks elsewhere than it used to",
    ("moved", False): "the view is the usual one again, or the new one has become it",
}


class CameraHealth:
    """Of one camera, in one thread. The size of the picture may change at any time."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._conditions = {
            # An encoder may repeat a still picture between keyframes, up to 20 s apart.
            "frozen": Condition(60.0, 2.0),
            "dark": Condition(20.0, 5.0),
            "covered": Condition(20.0, 5.0),
            "moved": Condition(30.0, 10.0),  # a bus that stops before the camera drives on
        }
        self._last: Grey | None = None
        self._edges: Structure | None = None
        self._usual: Structure | None = None
        self._judged = self._met = 0.0  # moments
        self._blind = False

    @property
    def active(self) -> list[str]:
        """The states it is in."""
        return [name for name, condition in self._conditions.items() if condition.active]

    def see(
        self, grey: Grey, moment: float, taken_at: float, hidden: NDArray[np.bool_] | None = None
    ) -> list[HealthChange]:
        """What begins or ends with this small picture; `hidden`: pixels that never count."""
        changes: list[HealthChange] = []
        if self._last is None or self._last.shape != grey.shape:
            self._edges = self._usual = None
        else:
            same = not self._blind and np.array_equal(grey, self._last)
            changes += self._tell("frozen", same, moment, taken_at)
        self._last = grey
        if self._edges is None or not 0 <= moment - self._judged < _EVERY:
            changes += self._judge(grey, moment, taken_at, hidden)
        return changes

    def _judge(
        self, grey: Grey, moment: float, taken_at: float, hidden: NDArray[np.bool_] | None
    ) -> Iterator[HealthChange]:
        out = _left_out(grey.shape, hidden)
        before, self._edges = self._edges, structure(grey, out)
        gap, self._judged = max(0.0, moment - self._judged), moment
        if out.all():
            self._blind = True  # nothing is left to be judged
            return
        if before is None:
            return
        seen = lasting(before, self._edges) / float(1 - out.mean())
        # Between the two limits it stays as it was.
        self._blind = seen < (_SEEN if self._blind else _UNSEEN)
        dark = self._blind and int(np.quantile(grey[~out], 0.995)) < _DARK
        yield from self._tell("dark", dark, moment, taken_at)
        covered = self._blind and not dark
        yield from self._tell("covered", covered, moment, taken_at)
        if not self._blind:
            yield from self._compare(self._edges, gap, moment, taken_at)

    def _compare(
        self, edges: Structure, gap: float, moment: float, taken_at: float
    ) -> Iterator[HealthChange]:
        """With the usual view, which learns from what is like it."""
        if self._usual is None:
            self._usual, self._met = edges.copy(), moment
        alike = likeness(self._usual, edges)
        moved = self._conditions["moved"]
        strange = alike < (_FAMILIAR if moved.active else _STRANGE)
        known_for = moment - self._met
        if known_for < _MEET or alike >= _FAMILIAR:
            weight = max(min(gap / _LEARN, 1.0), min(gap / max(known_for, gap, 1e-3), 1.0))
            self._usual += (edges - self._usual) * np.float32(weight)
        facts = (("likeness", round(alike, 2)),)
        yield from self._tell("moved", strange and known_for >= _MEET, moment, taken_at, facts)
        if moved.active and moment - moved.began > _GIVE_IN:
            self._usual, self._met = edges.copy(), moment

    def _tell(
        self,
        state: str,
        holds: bool,
        moment: float,
        taken_at: float,
        facts: tuple[tuple[str, Any], ...] = (),
    ) -> Iterator[HealthChange]:
        condition = self._conditions[state]
        if condition.hold(holds, moment, taken_at):
            active = condition.active
            detail = _DETAILS[state, active]
            yield HealthChange(self._source, state, active, condition.since, detail, facts)


def _left_out(shape: tuple[int, ...], hidden: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    """What is hidden, with its surroundings, and the rows of a clock."""
    out = np.zeros(shape, np.bool_)
    if hidden is not None and hidden.any():
        around = Image.fromarray(hidden.astype(np.uint8)).filter(ImageFilter.MaxFilter(_AROUND))
        out |= np.asarray(around) > 0
    out[:_RIM] = out[-_RIM:] = True
    return out
