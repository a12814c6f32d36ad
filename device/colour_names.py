"""What a colour is called: the CSS name that looks most like it, and one of twelve simple words.

Nearest is by CIE 1976 L*a*b* (CIE 15, D65 white) of sRGB (IEC 61966-2-1), where equal distances
look about equally different. The simple word is the group under which the CSS names are usually
listed: the eleven basic colour terms of Berlin and Kay (1969), and cyan. Orangered and tomato go to
red, not orange: what is nearest to them is mostly a red in some light.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray
from PIL import ImageColor

Lab = NDArray[np.float64]
"""N x 3: lightness 0..100, green to red, blue to yellow."""

_GROUPS = {
    "pink": "mediumvioletred deeppink palevioletred hotpink lightpink pink",
    "red": "darkred red firebrick crimson indianred lightcoral salmon darksalmon lightsalmon "
    "orangered tomato",
    "orange": "darkorange coral orange",
    "yellow": "darkkhaki gold khaki peachpuff yellow palegoldenrod moccasin papayawhip "
    "lightgoldenrodyellow lemonchiffon lightyellow",
    "brown": "maroon brown saddlebrown sienna chocolate darkgoldenrod peru rosybrown goldenrod "
    "sandybrown tan burlywood wheat navajowhite bisque blanchedalmond cornsilk",
    "purple": "indigo purple darkmagenta darkviolet darkslateblue blueviolet darkorchid fuchsia "
    "slateblue mediumslateblue mediumorchid mediumpurple orchid violet plum thistle lavender "
    "rebeccapurple",
    "blue": "midnightblue navy darkblue mediumblue blue royalblue steelblue dodgerblue deepskyblue "
    "cornflowerblue skyblue lightskyblue lightsteelblue lightblue powderblue",
    "cyan": "teal darkcyan lightseagreen cadetblue darkturquoise mediumturquoise turquoise aqua "
    "aquamarine paleturquoise lightcyan",
    "green": "darkgreen green darkolivegreen forestgreen seagreen olive olivedrab mediumseagreen "
    "limegreen lime springgreen mediumspringgreen darkseagreen mediumaquamarine yellowgreen "
    "lawngreen chartreuse lightgreen greenyellow palegreen",
    "white": "mistyrose antiquewhite linen beige whitesmoke lavenderblush oldlace aliceblue "
    "seashell ghostwhite honeydew floralwhite azure mintcream snow ivory white",
    "grey": "darkslategrey dimgrey slategrey grey lightslategrey darkgrey silver lightgrey "
    "gainsboro",
    "black": "black",
}
_NAMES = tuple((css, simple) for simple, names in _GROUPS.items() for css in names.split())

_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375],
     [0.2126729, 0.7151522, 0.0721750],
     [0.0193339, 0.1191920, 0.9503041]]
)  # fmt: skip
_WHITE = _TO_XYZ.sum(axis=1)  # what 255, 255, 255 becomes: D65
_BEND = 6 / 29  # below its cube the root of lightness is a straight line


def names(colours: Lab) -> list[tuple[str, str]]:
    """The CSS name and the simple word of each."""
    return [_NAMES[int(nearest)] for nearest in apart(colours, _named()).argmin(axis=1)]


def apart(some: Lab, others: Lab) -> NDArray[np.float64]:
    """N x M: the square of the distance of each of some to each of the others."""
    squares = (some**2).sum(axis=1)[:, None] + (others**2).sum(axis=1)[None]
    distances: NDArray[np.float64] = squares - 2 * some @ others.T
    return distances


def lab(rgb: NDArray[np.float64]) -> Lab:
    """Of N x 3 sRGB values 0..255."""
    share = rgb / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    part = linear @ _TO_XYZ.T / _WHITE
    root = np.where(part > _BEND**3, np.cbrt(part), part / (3 * _BEND**2) + 4 / 29)
    x, y, z = root.T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


@functools.cache
def _named() -> Lab:
    return lab(np.array([ImageColor.getrgb(css)[:3] for css, _ in _NAMES], np.float64))
