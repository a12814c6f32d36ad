"""A decoded frame in its camera's own form: brightness without work, colours when asked for."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from av.video.reformatter import Colorspace, VideoReformatter

from device.types import Grey, Pixels

_LUMA_8 = re.compile(r"yuvj?4[0-4]{2}p|nv(12|21|16|24|42)|gr[ae]y8?")
_LUMA_LOW = re.compile(r"(?:yuv4[0-4]{2}p|gray)(9|10|12|14|16)le")  # the value in the low bits
_LUMA_HIGH = re.compile(r"p[024](10|12|16)le")  # in the high bits
_PACKED = {"yuyv422": 0, "yvyu422": 0, "uyvy422": 1}  # where brightness is in each pair of bytes

_SD_LINES = 576  # of a picture that does not say its colours, the most that follow BT.601
_UNSPECIFIED = 2  # AVCOL_SPC_UNSPECIFIED, and the value swscale takes as its default
_BT601 = {4, 5, 6}  # AVCOL_SPC_FCC, _BT470BG, _SMPTE170M
_BT2020 = {9, 10}


class VideoRaw:
    """A `Raw` over PyAV's frame, upright. Its memory is its own: the decoder takes another."""

    def __init__(self, frame: Any) -> None:
        self._frame = frame
        self._turns = round(frame.rotation / 90) % 4  # counter-clockwise, to make it upright

    @property
    def width(self) -> int:
        """Pixels, upright."""
        width: int = self._frame.height if self._turns % 2 else self._frame.width
        return width

    @property
    def height(self) -> int:
        """Pixels, upright."""
        height: int = self._frame.width if self._turns % 2 else self._frame.height
        return height

    def grey(self) -> Grey:
        """Height x width, read-only: the luma plane itself where it has 8 bits, else a copy."""
        grey: Grey = np.rot90(self._luma(), self._turns)
        grey.flags.writeable = False
        return grey

    def pixels(self) -> Pixels:
        """Height x width x 3, RGB of the full range, a copy of its own. From any thread."""
        # A reformatter of its own: that of the frame is not made for two threads.
        rgb = VideoReformatter().reformat(
            self._frame, format="rgb24", src_colorspace=self._colours(), dst_color_range="JPEG"
        )
        pixels: Any = rgb.to_ndarray()
        upright: Pixels = np.ascontiguousarray(np.rot90(pixels, self._turns))
        return upright.copy() if rgb is self._frame else upright

    def _luma(self) -> Any:
        frame, name = self._frame, self._frame.format.name
        if _LUMA_8.fullmatch(name):
            return self._rows(np.uint8)[:, : frame.width]
        if name in _PACKED:
            return self._rows(np.uint8)[:, _PACKED[name] : 2 * frame.width : 2]
        for pattern, low in ((_LUMA_LOW, True), (_LUMA_HIGH, False)):
            if found := pattern.fullmatch(name):
                deep = self._rows(np.uint16)[:, : frame.width]
                return (deep >> (int(found[1]) - 8 if low else 8)).astype(np.uint8)
        return VideoReformatter().reformat(frame, format="gray").to_ndarray()

    def _rows(self, kind: type[np.uint8] | type[np.uint16]) -> Any:
        """The first plane with whatever stands behind each row."""
        plane = self._frame.planes[0]
        values = np.frombuffer(plane, kind)
        return values.reshape(self._frame.height, -1)

    def _colours(self) -> int:
        """How brightness and colour differences become RGB, as swscale numbers it."""
        said = self._frame.colorspace
        if said == _UNSPECIFIED:
            return Colorspace.ITU601 if self._frame.height <= _SD_LINES else Colorspace.ITU709
        if said in _BT2020:
            return Colorspace.BT2020
        return Colorspace.ITU601 if said in _BT601 else Colorspace.ITU709
