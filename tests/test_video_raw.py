"""Frames in their camera's own form: brightness, colours, the right way up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("av")
import av
from films import numbered, plain, render
from video_rig import watched

from device import images


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three pictures."""
    path = tmp_path_factory.mktemp("films") / "three.mp4"
    return render(path, 160, 120, 10, 0.3, numbered(160, 120))


def url(path: Path) -> str:
    return f"file://{path}?pace=fast"


@pytest.mark.parametrize(
    ("codec", "pixel_format"),
    [
        ("libx264", "yuv420p"),
        ("libx264", "yuv422p"),
        ("libx264", "yuv444p"),
        ("libx264", "nv12"),
        ("libx264", "gray"),
        ("libx264", "yuv420p10le"),
        ("libx265", "yuv420p"),
        ("libx265", "yuv420p10le"),
        ("mjpeg", "yuvj420p"),
        ("rawvideo", "yuyv422"),
        ("rawvideo", "rgb24"),
    ],
)
@pytest.mark.parametrize("size", [(322, 242), (640, 720)])
def test_colours(codec: str, pixel_format: str, size: tuple[int, int], tmp_path: Path) -> None:
    """Under 720 lines by BT.601, from there on by BT.709, as cameras do without saying so."""
    if codec not in av.codec.codecs_available:
        pytest.skip(f"this FFmpeg has no {codec}")
    if "10" in pixel_format:  # swscale leaves the edge of such a frame undrawn
        size = (size[0] // 32 * 32, size[1])
    colour = (120, 120, 120) if pixel_format == "gray" else (180, 60, 40)
    path = tmp_path / ("colour.mov" if codec == "rawvideo" else "colour.mkv")
    matrix = "ITU601" if size[1] <= 576 or codec == "mjpeg" else "ITU709"
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = *size, pixel_format
        if codec == "libx264":
            stream.options = {"preset": "ultrafast", "qp": "4"}
        if codec == "mjpeg":
            stream.options = {"qmin": "1", "qmax": "2"}
        drawn = av.VideoFrame.from_ndarray(plain(*size, colour)(0), format="rgb24")
        frame = drawn.reformat(format=pixel_format, dst_colorspace=matrix)
        frame.pts = 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with watched(url(path)) as (_, frames):
        frame = next(frames)
        pixels, grey = frame.data.pixels(), frame.data.grey()
    assert pixels.shape == (size[1], size[0], 3)
    assert grey.shape == size[::-1]
    assert np.abs(pixels.astype(int) - colour).max() <= 6, pixels[0, 0]
    assert grey.std() < 3
    assert 60 < grey.mean() < 130
    assert grey.dtype == np.uint8
    assert not grey.flags.writeable
    pixels[0, 0] = 0  # its own copy
    assert frame.data.pixels()[0, 0].any()


def test_a_film_that_was_taken_upright(film: Path, tmp_path: Path) -> None:
    data = film.read_bytes()
    still = (1 << 16).to_bytes(4, "big")
    zero, back = bytes(4), (0x1_0000_0000 - (1 << 16)).to_bytes(4, "big")
    upright = still + zero * 3 + still + zero * 3 + (1 << 30).to_bytes(4, "big")
    turned = zero + still + zero + back + zero + zero * 3 + (1 << 30).to_bytes(4, "big")
    at = data.index(upright, data.index(b"tkhd"))
    path = tmp_path / "turned.mp4"
    path.write_bytes(data[:at] + turned + data[at + len(turned) :])
    with watched(url(film)) as (_, frames):
        straight = next(frames).data
    with watched(url(path)) as (source, frames):
        raw = next(frames).data
    assert (raw.width, raw.height) == (120, 160)
    assert np.array_equal(np.rot90(raw.grey()), straight.grey())  # a quarter turn clockwise
    assert np.array_equal(np.rot90(raw.pixels()), straight.pixels())
    assert (source.status()["width"], source.status()["height"]) == (120, 160)


def test_a_frame_can_be_tagged(film: Path) -> None:
    with watched(url(film)) as (_, frames):
        picture = images.decode(next(frames))
    assert (picture.width, picture.height, picture.format) == (160, 120, "RAW")
    assert picture.resized(32, 32).shape == (32, 32, 3)
