"""The tags of a picture in its row: `,12:1823,7:1655;12:1410`, boxes beside them. Pure.

Each mention is a separator, the number of its label, a colon, and four digits: 1000 + 2000 x state
+ the confidence per mille. `,` is the best mention of a label, which is what it is searched by,
`;` any further one. Four digits always, so that SQL can compare them where it finds `,12:`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from device.types import Box, State
from device.wire import per_mille

STATES: tuple[State, ...] = ("proposed", "accepted", "manual", "rejected")
"""In the order of their numbers: what counts is below what a person has rejected."""

BASE, STEP = 1000, 2000
REJECTED = BASE + STEP * STATES.index("rejected")
"""The first value that means no."""

AS_JSON = (
    "'{' || substr(replace(replace(replace(picture.tags, ':', '\":'), ',', ',\"'), ';', ',\"~'), 2)"
    " || '}'"
)
"""SQL: the mentions as a JSON object for `json_each`, further ones with `~` before their label."""

_EDGES = struct.Struct("<4H")  # x, y, width, height per ten thousand
_NO_BOX = b"\xff" * _EDGES.size
_SCALE = 10_000


@dataclass(frozen=True, slots=True)
class Mention:
    """One label said of a picture."""

    label: int
    confidence: int  # per mille
    state: State = "proposed"
    best: bool = True  # False: the label has a surer mention in the same picture

    @property
    def counts(self) -> bool:
        """Whether the picture is found by it."""
        return self.best and self.state != "rejected"

    @property
    def worth(self) -> tuple[bool, int]:
        """Of two mentions of a label, the greater is the better one."""
        return self.state != "rejected", self.confidence

    @property
    def value(self) -> int:
        """Its four digits."""
        return BASE + STEP * STATES.index(self.state) + self.confidence


def mention(label: int, confidence: float, state: State = "proposed") -> tuple[int, int]:
    """A label with its confidence of 0..1, for `pack`. Raises ValueError for what is no number."""
    return label, STEP * STATES.index(state) + min(max(per_mille(confidence), 0), 1000)


def pack(mentions: Sequence[tuple[int, int]]) -> str:
    """The text of these mentions, as `mention` makes them, in this order."""
    return repack([_whole(label, value) for label, value in mentions])


def _whole(label: int, value: int) -> Mention:
    state, confidence = divmod(value, STEP)
    return Mention(label, confidence, STATES[state])


def repack(mentions: Sequence[Mention]) -> str:
    """The text of mentions in this order; which are the best is found anew.

    What counts is better than what was rejected, then the surer, then the earlier one.
    """
    best: dict[int, int] = {}  # by label, the place of its best mention
    for place, one in enumerate(mentions):
        if one.label not in best or one.worth > mentions[best[one.label]].worth:
            best[one.label] = place
    return "".join(
        f"{',' if best[one.label] == place else ';'}{one.label}:{one.value}"
        for place, one in enumerate(mentions)
    )


def unpack(text: str) -> Iterator[Mention]:
    """The mentions in their order."""
    for part in text.replace(";", ",~").split(",")[1:]:
        label, _, value = part.partition(":")
        state, confidence = divmod(int(value) - BASE, STEP)
        yield Mention(int(label.lstrip("~")), confidence, STATES[state], label[0] != "~")


def best(text: str) -> list[str]:
    """The best mention of each label, as texts of their own: equal ones say the same."""
    return [f",{one}" for one in text.replace(";", ",~").split(",")[1:] if one[0] != "~"]


def pack_boxes(boxes: Iterable[Box | None]) -> bytes | None:
    """Eight bytes a box, up to the last there is; None where there is none."""
    packed = b"".join(_edges(box) if box else _NO_BOX for box in boxes)
    while packed.endswith(_NO_BOX):
        packed = packed[: -len(_NO_BOX)]
    return packed or None


def unpack_boxes(packed: bytes | None, count: int) -> list[Box | None]:
    """The boxes of `count` tags."""
    found: list[Box | None] = []
    for place in range(0, len(packed or b""), _EDGES.size):
        data = (packed or b"")[place : place + _EDGES.size]
        edges = (value / _SCALE for value in _EDGES.unpack(data))
        found.append(None if data == _NO_BOX else Box(*edges))
    return found + [None] * (count - len(found))


def _edges(box: Box) -> bytes:
    edges = (box.x, box.y, box.width, box.height)
    return _EDGES.pack(*(min(max(round(edge * _SCALE), 0), _SCALE) for edge in edges))
