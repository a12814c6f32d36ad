"""What goes into a model and comes out of it: shapes, types, ranges. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

INPUT_TYPES = ("float32", "float16", "int8", "uint8")
CHANNELS_FIRST = "channels come first (NCHW): export it with channels last (NHWC)"


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or output, as a runtime or the file itself tells it."""

    name: str
    shape: tuple[int, ...]  # with the batch axis; -1 for a side that is not fixed
    type: str  # numpy's name
    scale: float  # 0 where it is not quantised
    zero_point: int

    @classmethod
    def of(cls, detail: dict[str, Any]) -> Tensor:
        """From one of an interpreter's tensor details."""
        shape = tuple(int(side) for side in detail["shape"])
        scale, zero_point = detail["quantization"]
        kind = np.dtype(detail["dtype"]).name
        return cls(str(detail["name"]), shape, kind, float(scale), int(zero_point))

    @property
    def sides(self) -> tuple[int, ...]:
        """The shape without the batch axis."""
        return self.shape[1:]

    def __str__(self) -> str:
        shape = " x ".join(str(side) if side >= 0 else "?" for side in self.shape)
        return f"{shape or 'one'} {self.type}"


@dataclass(frozen=True, slots=True)
class Range:
    """The real values of an output for a grey picture; None where not all are finite."""

    low: float | None
    high: float | None
    sum: float | None
    whole: bool  # every value is a whole number


@dataclass(frozen=True, slots=True)
class Run:
    """What a model did with a grey picture."""

    runtime: str
    milliseconds: float
    outputs: tuple[Tensor, ...]
    values: tuple[Range, ...]  # of each output


def picture_problem(inputs: Sequence[Tensor]) -> str | None:
    """Why no picture can go into these inputs; None if one can."""
    if len(inputs) != 1:
        return f"the model has {len(inputs)} inputs: tagd can use one with a single picture"
    (one,) = inputs
    if one.type not in INPUT_TYPES:
        return f"the input is {one.type}: it must be {', '.join(INPUT_TYPES[:-1])} or uint8"
    if len(one.shape) == 4 and one.shape[1] == 3 and one.shape[3] != 3:
        return f"the input is {one}: its {CHANNELS_FIRST}"
    if len(one.shape) != 4 or one.shape[3] != 3 or one.shape[0] not in (1, -1):
        return f"the input is {one}: it must be 1 x height x width x 3, one RGB picture"
    if min(one.shape[1:3]) < 1:
        return f"the input is {one}: export it with a fixed height and width"
    if one.type in ("int8", "uint8") and one.scale <= 0:
        return f"the input is {one} without a scale: export it with its quantisation"
    return None
