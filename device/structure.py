"""The edges of a small grey picture: what lasts while light, noise and darkness come and go.

Each pixel's gradient is a complex number squared, so its direction counts and its sign does not:
under an infrared lamp light on dark may become dark on light. Measured on 87 photos: the same view
by day and under a simulated infrared lamp is 0.4 to 0.8 alike, half hidden by a van 0.4 or more,
another view less than 0.15.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from device.types import Grey

Structure = NDArray[np.complex64]
"""Height x width; each pixel 0 (even) to 1 (a clear edge) long."""

_FINE, _COARSE = 1.5, 5.0  # small pixels: noise is finer, light that falls off is coarser
_CLEAR = 4.0  # squared grey levels a pixel: gradients below fade, those above count alike


def structure(grey: Grey, hidden: NDArray[np.bool_] | None = None) -> Structure:
    """The edges of a small grey picture; none where pixels are hidden, nor in a single row."""
    if min(grey.shape) < 2:
        return np.zeros(grey.shape, np.complex64)
    image = Image.fromarray(grey)
    fine, coarse = (
        np.asarray(image.filter(ImageFilter.GaussianBlur(size)), np.float32)
        for size in (_FINE, _COARSE)
    )
    down, across = np.gradient(fine - coarse)
    edges = np.empty(down.shape, np.complex64)
    squares = across**2, down**2
    fading = sum(squares) + np.float32(_CLEAR)
    edges.real = (squares[0] - squares[1]) / fading
    edges.imag = 2 * across * down / fading
    if hidden is not None:
        edges[hidden] = 0
    return edges


def lasting(one: Structure, other: Structure) -> float:
    """How much of two pictures are the same edges, 0..1: noise has none in common.

    A lens that is covered stays below 0.001 in any noise, defocused by a quarter of the picture
    below 0.003; an empty road has 0.009, a room or a street 0.15 to 0.5, in deep dusk 0.02.
    """
    return float(np.vdot(one, other).real) / max(one.size, 1)


def likeness(one: Structure, other: Structure) -> float:
    """-1..1, however many edges there are; 0 where there are none."""
    lengths = float(np.linalg.norm(one)) * float(np.linalg.norm(other))
    return float(np.vdot(one, other).real) / lengths if lengths else 0.0
