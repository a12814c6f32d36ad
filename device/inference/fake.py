"""A tagger without a model, for tests and for boxes where no runtime can be: it names colours."""

from __future__ import annotations

import numpy as np

from device.types import Picture, Tag, TaggerInfo

_COLOURS = {
    "black": (0, 0, 0),
    "white": (255, 255, 255),
    "grey": (128, 128, 128),
    "red": (200, 40, 40),
    "green": (40, 160, 60),
    "blue": (40, 70, 200),
    "yellow": (230, 210, 60),
}
_FARTHEST = float(np.linalg.norm((255.0, 255.0, 255.0)))


class FakeTagger:
    """Says the colour nearest to the picture's mean; deterministic. Counts what it saw."""

    def __init__(self, name: str = "fake") -> None:
        self.info = TaggerInfo(name, "colours@1", "0" * 64, "fake", (16, 16), len(_COLOURS))
        self.seen = 0
        self.closed = False

    def tag(self, picture: Picture) -> list[Tag]:
        """One tag: the colour, with 1 - its distance in RGB as confidence."""
        self.seen += 1
        mean = picture.resized(16, 16).reshape(-1, 3).mean(axis=0)
        distances = {n: float(np.linalg.norm(mean - np.array(c))) for n, c in _COLOURS.items()}
        nearest = min(distances, key=lambda name: distances[name])
        confidence = 1.0 - distances[nearest] / _FARTHEST
        return [Tag(nearest, confidence, "scene", self.info.name, self.info.model)]

    def close(self) -> None:
        self.closed = True
