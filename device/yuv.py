"""A camera's own picture: brightness in full, colour at half the width and half the height.

Brightness and colour differences become RGB by the equations of ITU-R BT.601 and BT.709; the
chroma planes are enlarged by repeating each value, which is how they were thinned out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from device.types import Grey, Pixels

Layout = Literal["YUV420", "YVU420", "NV12", "NV21"]
"""After the brightness: two planes, blue or red difference first; or the two value by value."""

LAYOUTS: tuple[str, ...] = get_args(Layout)

_WEIGHTS = {"Rec601": (0.299, 0.114), "Rec709": (0.2126, 0.0722), "Rec2020": (0.2627, 0.0593)}
"""How much of the brightness is red and how much is blue."""


@dataclass(frozen=True, slots=True)
class Colours:
    """What the three numbers of a pixel mean."""

    encoding: str = "Rec601"  # Rec601, Rec709 or Rec2020
    full: bool = True  # False: 16 is black, 235 is white, as on television

    def matrix(self) -> tuple[float, ...]:
        """Twelve numbers: for red, green and blue the weights of Y, Cb, Cr and a constant."""
        red, blue = _WEIGHTS.get(self.encoding, _WEIGHTS["Rec601"])
        green = 1 - red - blue
        light, colour, black = (1.0, 1.0, 0.0) if self.full else (255 / 219, 255 / 224, 16.0)
        of_cr, of_cb = 2 * (1 - red) * colour, 2 * (1 - blue) * colour
        rows = ((0.0, of_cr), (-of_cb * blue / green, -of_cr * red / green), (of_cb, 0.0))
        return tuple(
            number
            for cb, cr in rows
            for number in (light, cb, cr, -light * black - 128 * (cb + cr))
        )


@dataclass(frozen=True, slots=True, eq=False)
class Planes:
    """One picture; implements `types.Raw`. The array must be its own, not a camera's buffer.

    `array` has height * 3 / 2 rows of uint8; rows may be longer than the picture is wide.
    Width and height are even.
    """

    array: NDArray[np.uint8]
    width: int
    height: int
    layout: Layout = "YUV420"
    colours: Colours = Colours()

    def grey(self) -> Grey:
        """Height x width, read-only: a view of the brightness."""
        view: Grey = self.array[: self.height, : self.width]
        view.flags.writeable = False
        return view

    def pixels(self) -> Pixels:
        """A fresh height x width x 3 RGB copy: 1.5 ms for 640 x 360, 14 ms for 1920 x 1080."""
        size = (self.width, self.height)
        blue, red = self._chroma()
        planes = [
            Image.fromarray(self.grey()),
            *(Image.fromarray(one).resize(size, Image.Resampling.NEAREST) for one in (blue, red)),
        ]
        return np.array(Image.merge("RGB", planes).convert("RGB", self.colours.matrix()))

    def _chroma(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Blue and red difference, each height / 2 x width / 2, contiguous."""
        half, columns = self.height // 2, self.width // 2
        below = self.array[self.height : self.height + half]
        if self.layout in ("NV12", "NV21"):
            first, second = below[:, 0 : self.width : 2], below[:, 1 : self.width : 2]
        else:  # each row of the array holds two rows of a plane, padding and all
            rows = below.reshape(self.height, -1)[:, :columns]
            first, second = rows[:half], rows[half:]
        if self.layout in ("YVU420", "NV21"):
            first, second = second, first
        return np.ascontiguousarray(first), np.ascontiguousarray(second)
