"""Video files: own pace or as fast as can be, loops, damage, shapes of pixels."""

from __future__ import annotations

import io
import itertools
import math
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("av")
import av
from films import numbered, render
from places import SHARED
from video_rig import camera, number, watched

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


def test_pictures_of_an_absurd_size_are_not_decoded(tmp_path: Path) -> None:
    """A damaged header, or a camera gone mad: FFmpeg alone would take gigabytes for a frame."""
    file = io.BytesIO()
    Image.new("L", (8000, 5200), 90).save(file, "JPEG")
    path = tmp_path / "huge.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=5)
        stream.width, stream.height, stream.pix_fmt = 8000, 5200, "yuvj420p"
        for number_ in range(3):
            packet = av.Packet(file.getvalue())
            packet.stream, packet.pts, packet.dts = stream, number_, number_
            packet.time_base, packet.is_keyframe = Fraction(1, 5), True
            container.mux(packet)
    with (
        watched(url(path, "pace=fast"), fps=60) as (source, frames),
        pytest.raises(SourceError, match="has no picture that can be decoded"),
    ):
        next(frames)
    assert source.status()["decode_errors"] == 3
