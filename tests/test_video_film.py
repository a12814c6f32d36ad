"""Video files: own pace or as fast as can be, loops, damage, shapes of pixels."""

from __future__ import annotations

import itertools
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("av")
import av
from films import numbered, plain, render
from places import SHARED
from video_rig import camera, number, watched

from device import images
from device.errors import ConfigError, SourceError


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds, 10 a second, one keyframe each."""
    path = tmp_path_factory.mktemp("films") / "a b.mp4"
    return render(path, 160, 120, 10, 3, numbered(160, 120), gop=10)


def url(path: Path, query: str = "") -> str:
    return f"file://{str(path).replace(' ', '%20')}?{query}"


def test_as_fast_as_can_be_no_frame_is_lost(film: Path) -> None:
    start = time.time()
    with watched(url(film, "pace=fast"), fps=60) as (source, frames):
        found = list(frames)
        assert not source.live
        assert source.stream
        assert time.time() - start < 2.0
    assert [number(frame) for frame in found] == list(range(30))
    assert np.allclose([frame.moment for frame in found], np.arange(30) / 10, atol=1e-3)
    assert np.allclose(np.diff([frame.taken_at for frame in found]), 0.1, atol=1e-3)
    assert start <= found[0].taken_at <= start + 2
    assert source.status()["frames"] == 30
    assert source.status()["mode"] == "all"  # of a film nothing is left out


def test_so_many_a_second_of_the_film(film: Path) -> None:
    with watched(url(film, "pace=fast"), fps=2.5) as (_, frames):
        assert len([*frames]) == pytest.approx(3 * 2.5, abs=1)
    with watched(url(film, "pace=fast"), decode="keyframes") as (_, frames):
        assert [number(frame) for frame in frames] == [0, 10, 20]


def test_its_own_pace(film: Path) -> None:
    with watched(url(film), fps=60) as (source, frames):
        assert source.live
        start = time.monotonic()
        found = [(number(f), f.moment - start, time.monotonic() - start) for f in frames]
    assert [n for n, _, _ in found] == list(range(30))
    for n, moment, at in found[1:]:
        assert at == pytest.approx(n / 10 + found[0][2], abs=0.15)
        assert moment == pytest.approx(at, abs=0.1)


def test_close_ends_a_wait(film: Path) -> None:
    with watched(url(film, "loop=yes")) as (source, frames):
        next(frames)
        start = time.monotonic()
        source.close()
        assert list(frames) == []
        assert time.monotonic() - start < 0.2


def test_in_a_loop_time_goes_on(film: Path) -> None:
    with watched(url(film, "pace=fast&loop=yes"), fps=60) as (source, frames):
        found = list(itertools.islice(frames, 75))
        assert "reconnects" not in source.status()
    assert [number(frame) for frame in found] == [n % 30 for n in range(75)]
    assert np.allclose(np.diff([frame.moment for frame in found]), 0.1, atol=1e-3)


def test_wrong_time_stamps(tmp_path: Path) -> None:
    path = tmp_path / "jumps.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=10)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuvj420p"
        draw = numbered(160, 120)
        for n in range(10):
            frame = av.VideoFrame.from_ndarray(draw(n), format="rgb24").reformat(format="yuvj420p")
            frame.pts = n if n < 4 else n + 10_000
            container.mux(stream.encode(frame))
    with watched(url(path, "pace=fast"), fps=60) as (_, frames):
        moments = [frame.moment for frame in frames]
    assert len(moments) == 10
    assert np.allclose(np.diff(moments), 0.1, atol=0.02)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts", ".avi"])
def test_a_file_that_is_cut_in_the_middle(
    suffix: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / f"cut{suffix}"
    options = {"movflags": "faststart"} if suffix == ".mp4" else {}
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        stream.codec_context.gop_size = 10
        draw = numbered(160, 120)
        for n in range(60):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(draw(n), format="rgb24")))
        container.mux(stream.encode(None))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with watched(url(path, "pace=fast"), fps=60) as (source, frames):
        found = [number(frame) for frame in frames]
    assert len(found) > 10
    assert found[:10] == list(range(10))
    assert found == sorted(set(found))
    assert math.isfinite(source.status()["position_s"])
    told = [r.getMessage() for r in caplog.records if "cut off or damaged" in r.getMessage()]
    assert len(told) == (1 if suffix in (".mp4", ".mkv") else len(told))


@pytest.mark.parametrize("what", ["missing", "empty", "text", "folder", "no index"])
def test_what_is_no_film(what: str, film: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.mp4"
    if what == "empty":
        path.touch()
    elif what == "text":
        path.write_text("#EXTM3U\nhello\n")
    elif what == "folder":
        path.mkdir()
    elif what == "no index":
        path.write_bytes(film.read_bytes()[:3000])
    with watched(url(path)) as (_, frames), pytest.raises(SourceError) as caught:
        list(frames)
    said = {"missing": "is not there", "folder": "is a folder"}
    assert said.get(what, "is no video, or it is cut off or damaged") in str(caught.value)
    assert "x.mp4" in str(caught.value)


def test_damaged_packets_are_counted_and_the_rest_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = render(tmp_path / "damaged.h264", 320, 240, 10, 6, numbered(320, 240), gop=10)
    data = bytearray(path.read_bytes())
    for at in range(len(data) // 3, len(data) // 2, 97):
        data[at] ^= 0xFF
    path.write_bytes(data)
    with watched(url(path, "pace=fast"), fps=60) as (source, frames):
        found = [number(frame) for frame in frames]
    assert found[0] == 0
    assert found[-1] == 59
    assert source.status()["decode_errors"] > 0
    assert len([r for r in caplog.records if "damaged or lost" in r.getMessage()]) == 1


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
    with watched(url(path, "pace=fast")) as (_, frames):
        frame = next(frames)
        pixels, grey = frame.data.pixels(), frame.data.grey()
    assert pixels.shape == (size[1], size[0], 3)
    assert grey.shape == size[::-1]
    inside = pixels[:, :-8].astype(int)  # the drawn frame itself is ragged at its edge in 10 bit
    assert np.abs(inside - colour).max() <= 6, pixels[0, 0]
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
    with watched(url(film, "pace=fast")) as (_, frames):
        straight = next(frames).data
    with watched(url(path, "pace=fast")) as (source, frames):
        raw = next(frames).data
    assert (raw.width, raw.height) == (120, 160)
    assert np.array_equal(np.rot90(raw.grey()), straight.grey())  # a quarter turn clockwise
    assert np.array_equal(np.rot90(raw.pixels()), straight.pixels())
    assert (source.status()["width"], source.status()["height"]) == (120, 160)


def test_a_frame_can_be_tagged(film: Path) -> None:
    with watched(url(film, "pace=fast")) as (_, frames):
        picture = images.decode(next(frames))
    assert (picture.width, picture.height, picture.format) == (160, 120, "RAW")
    assert picture.resized(32, 32).shape == (32, 32, 3)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("file://films/x.mp4", "write the whole path"),
        ("file:///x.mp4?pace=slow", "write real or fast"),
        ("file:///x.mp4?lop=yes", "did you mean loop"),
    ],
)
def test_wrong_urls(bad: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        camera(bad)
    with pytest.raises(ConfigError, match="main goes with"):
        camera("file:///x.mp4", main="rtsp://a/b")


@pytest.mark.shared
def test_real_footage() -> None:
    path = SHARED / "video" / "car-detection.mp4"
    with watched(url(path, "pace=fast"), fps=5) as (source, frames):
        found: list[Any] = [(f.moment, f.data.grey().mean()) for f in frames]
    assert len(found) == pytest.approx(5 * source.status()["position_s"], abs=5)
    assert source.status()["decode_errors"] == 0
