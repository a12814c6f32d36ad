"""Encoded bytes to upright RGB pixels, whoever made the bytes.

Completeness, scans and size are judged before anything is allocated for a picture, and of
Pillow only the plugin is run that the first bytes call for. Colour profiles are not applied.
"""

from __future__ import annotations

import functools
import io
import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from device import jpeg
from device.completeness import looks_complete
from device.errors import PictureError, PictureIncomplete
from device.formats import plugin, recognise
from device.types import Box, Frame, Pixels

_MOST_BOXES = 100  # of an AVIF file; libavif writes 3
_MOST_READS = 30_000  # a 32 MiB PNG written 8 KiB at a time needs 12,300
_GREY = (128, 128, 128)  # behind transparent pixels: neither ink nor paper vanishes on it
_UPRIGHT = {  # EXIF orientation to the turn that undoes it
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What is refused before it is decoded."""

    bytes: int = 32 * 2**20
    jpeg_pixels: int = 120_000_000  # read at an eighth of its size, so cheap
    progressive_pixels: int = 60_000_000  # the decoder holds 3 to 6 bytes for each
    other_pixels: int = 40_000_000  # read at full size: 4 to 16 bytes for each
    side: int = 20_000  # pixels
    aspect: int = 100  # long side to short side
    scans: int = 64  # of a JPEG; cameras make 1, progressive encoders about 10


LIMITS = Limits()


class DecodedPicture:
    """A `Picture` over a Pillow image or an array, converted to the other at most once.

    `size` is the width and height of the upright original, in pixels.
    """

    def __init__(
        self, frame_id: str, format: str, size: tuple[int, int], content: Image.Image | Pixels
    ) -> None:
        self.frame_id = frame_id
        self.format = format
        self.width, self.height = size
        self._content = content

    @functools.cached_property
    def pixels(self) -> Pixels:
        """Height x width x 3, read-only: at least as large as asked for, or the original."""
        pixels: Pixels = np.asarray(self._content).view()
        pixels.flags.writeable = False
        return pixels

    @functools.cached_property
    def _image(self) -> Image.Image:
        content = self._content
        return content if isinstance(content, Image.Image) else Image.fromarray(content)

    def resized(self, width: int, height: int, region: Box | None = None) -> Pixels:
        """A fresh height x width x 3 copy of the region, each pixel averaged over its area.

        Edges outside the picture are moved to its border. Raises ValueError for a region
        without area. Hamming's filter is as quick as a bilinear one and nearer to the average.
        """
        image, box = self._image, None
        if region is not None:
            left, top = max(region.x, 0.0) * image.width, max(region.y, 0.0) * image.height
            right = min(region.x + region.width, 1.0) * image.width
            bottom = min(region.y + region.height, 1.0) * image.height
            x, y = int(left), int(top)
            # Pillow's filters would look beyond the box, but cannot look beyond the image.
            image = image.crop((x, y, math.ceil(right), math.ceil(bottom)))
            box = (left - x, top - y, right - x, bottom - y)
        small = image.resize((width, height), Image.Resampling.HAMMING, box, reducing_gap=2.0)
        return np.array(small)

    def reduced(self, side: int) -> Pixels:
        """A fresh copy reduced by a whole factor: the longer side is as near to `side` as can be.

        A tenth of the cost of `resized`, and crisp: each pixel is the mean of a whole block.
        """
        longer = max(self._image.size)
        factor = max(1, longer // side)
        if longer / factor - side > side - longer / (factor + 1):
            factor += 1
        return np.array(self._image.reduce(factor))


def decode(
    frame: Frame, size: tuple[int, int] = (600, 600), limits: Limits = LIMITS
) -> DecodedPicture:
    """The frame's picture, upright, at least `size` (width, height) or as large as it came.

    Of an animation the first picture; arrays pass through as they are. From any thread.
    Raises `PictureError` for what is refused or cannot be read, `PictureIncomplete` for a file
    that ends too early.
    """
    data = frame.data
    if isinstance(data, np.ndarray):
        if data.dtype != np.uint8 or data.ndim != 3 or data.shape[2] != 3 or not data.size:
            raise PictureError(f"need height x width x 3 of uint8, not {data.shape} {data.dtype}")
        return DecodedPicture(frame.id, "RAW", (data.shape[1], data.shape[0]), data)
    if not isinstance(data, bytes):
        return DecodedPicture(frame.id, "RAW", (data.width, data.height), data.pixels())
    if len(data) > limits.bytes:
        raise PictureError(f"the file has {len(data)} bytes; tagd takes up to {limits.bytes}")
    name = recognise(data)
    try:
        return DecodedPicture(frame.id, name, *_load(name, data, size, limits))
    except PictureError:
        raise
    except (MemoryError, Image.DecompressionBombError) as error:
        raise PictureError(f"the {name} picture is too large to be decoded here") from error
    except Exception as error:
        # Pillow's parsers raise whatever suits them, and some messages quote the file.
        if "truncated" in str(error).lower() or _cut_short(name, data):
            raise PictureIncomplete(f"the {name} file ends before its picture does") from error
        raise PictureError(f"the {name} file is damaged and cannot be decoded") from error


def jpeg_bytes(pixels: Pixels, quality: int = 80) -> bytes:
    """Height x width x 3 pixels as a JPEG without metadata.

    In memory, which holds the GIL for the 0.4 ms of a thumbnail: 20 kB can wait for their commit
    where 50 thumbnails' pixels took 20 MB.
    """
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return file.getvalue()


def _cut_short(name: str, data: bytes) -> bool:
    """Whether a file that could not be decoded says itself that more should follow."""
    if name != "AVIF":
        return name != "JPEG" and not looks_complete(data)  # `jpeg.read` knows about JPEG
    end = 0
    for _ in range(_MOST_BOXES):
        size = int.from_bytes(data[end : end + 4], "big")
        end += size
        if size < 8 or end >= len(data):
            break
    return end > len(data)


class _Chunks(io.BytesIO):
    """Bytes in few reads: 32 MiB of tiny chunks keep Pillow busy for 6 s (PNG) or 10 s (GIF)."""

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        if self.reads > _MOST_READS:
            raise PictureError("the file is cut into too many pieces for a picture")
        return super().read(size)


def _load(
    name: str, data: bytes, size: tuple[int, int], limits: Limits
) -> tuple[tuple[int, int], Image.Image]:
    """The size of the upright original, and a plain RGB image of it, upright, maybe reduced."""
    reader = plugin(name)
    if reader is None:
        raise PictureError(f"this Pillow was built without {name}: send JPEG or PNG instead")
    header, most = None, limits.other_pixels
    if name == "JPEG":
        header = jpeg.read(data, limits.scans)
        most = limits.progressive_pixels if header.buffered else limits.jpeg_pixels
    elif name == "PNG" and not looks_complete(data):  # Pillow could do without the end
        raise PictureIncomplete("the PNG file ends before its picture does")
    image = reader(io.BytesIO(header.body) if header else _Chunks(data))
    width, height = image.size
    _check_size(width, height, most, limits)
    if header:
        image.draft("RGB", size[::-1] if header.orientation >= 5 else size)
    image.load()
    # Only now, for a PNG may have its EXIF block behind its pixels.
    turn = header.orientation if header else jpeg.orientation(image.info.get("exif"))
    if turn >= 5:
        width, height, size = height, width, size[::-1]
    rgb = _rgb(image)
    spare = min(rgb.width // size[0], rgb.height // size[1])
    if spare > 1 or (rgb is image and not header):
        rgb = rgb.reduce(max(spare, 1))  # by 1 is a copy: it lets go of a decoder's own canvases
    return (width, height), rgb.transpose(_UPRIGHT[turn]) if turn > 1 else rgb


def _check_size(width: int, height: int, most: int, limits: Limits) -> None:
    said = f"the picture has {width} x {height} pixels; tagd takes up to"
    if max(width, height) > limits.side:
        raise PictureError(f"{said} {limits.side} on a side")
    if max(width, height) > limits.aspect * min(width, height):
        raise PictureError(f"{said} {limits.aspect} times as many on one side as on the other")
    if width * height > most:
        raise PictureError(f"{said} {most / 1e6:g} million in a file of this kind")


def _rgb(image: Image.Image) -> Image.Image:
    """The image itself if it is plain RGB already."""
    if image.mode.startswith("I;16"):  # Pillow would clip all but the darkest 1/256 to white
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        image = image if image.mode == "RGBA" else image.convert("RGBA")
        ground = Image.new("RGB", image.size, _GREY)
        ground.paste(image, mask=image)
        return ground
    return image if image.mode == "RGB" else image.convert("RGB")
