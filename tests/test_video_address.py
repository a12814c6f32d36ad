"""What URLs of the config become, and what they may never open."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

pytest.importorskip("av")
import av.error
from films import numbered, render
from video_rig import camera, watched

from device import build, registry
from device.config import Source
from device.errors import ConfigError, SourceError
from device.redact import redact
from device.seams import Ledger
from device.sources.video_address import network
from device.sources.video_open import trouble


def test_user_and_password_are_encoded_once_and_shown_never() -> None:
    raw = network("gate", urlsplit("rtsp://front%20door:p%40ss%2Fw%3Ard%25@10.0.0.1/a?b=c&d=e%20f"))
    assert raw.url == "rtsp://front%20door:p%40ss%2Fw%3Ard%25@10.0.0.1:554/a?b=c&d=e%20f"
    plain = network("gate", urlsplit("rtsp://admin:p+$!x@[fe80::1]:8554/s"))
    assert plain.url == "rtsp://admin:p%2B%24%21x@[fe80::1]:8554/s"
    assert plain.shown == "rtsp://[fe80::1]:8554"
    for address in (raw, plain):
        assert "p%40" not in repr(address)
        assert "p+$" not in repr(address)
    assert "p@ss/w:rd%" not in redact("it said p@ss/w:rd% aloud")


def test_only_our_options_are_taken_out_of_a_cameras_query() -> None:
    url = "rtsp://10.0.0.1/cam?channel=1&transport=udp&subtype=%41&x"
    address = network("gate", urlsplit(url))
    assert address.url == "rtsp://10.0.0.1:554/cam?channel=1&subtype=%41&x"
    assert address.options["rtsp_transport"] == "udp"
    assert network("gate", urlsplit("rtsp://10.0.0.1/")).options["rtsp_transport"] == "tcp"


def test_tls_is_verified_unless_the_owner_says_no() -> None:
    for url in ("rtsps://10.0.0.1/", "rtmps://10.0.0.1/a/b", "https://10.0.0.1/x.m3u8"):
        assert network("gate", urlsplit(url)).options["tls_verify"] == "1"
        assert network("gate", urlsplit(url + "?verify=no")).options["tls_verify"] == "0"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("rtsp:///x", "user:password@host:port"),
        ("rtsp://viewer:pa/ss@host/x", "write / as %2F"),
        ("rtsp://host:99999/x", "user:password@host:port"),
        ("rtsp://host/x?transport=sctp", "write tcp or udp"),
        ("rtsp://host/x?verify=maybe", "write yes or no"),
        ("rtsps://host/x?ca_file=/nowhere.pem", "no file that tagd may read"),
        ("hls://host/x.m3u8", "URL of its .m3u8"),
        ("v4l2://dev/video0", "v4l2:///dev/video0"),
        ("v4l2:///etc/passwd", "v4l2:///dev/video0"),
        ("v4l2:///dev/video0?size=big", "as in 1280x720"),
        ("v4l2:///dev/video0?format=h264", "mjpeg or yuyv"),
        ("v4l2:///dev/video0?fsp=3", "did you mean fps"),
    ],
)
def test_wrong_urls(url: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        camera(url)
    assert said in str(caught.value)
    assert "source gate" in str(caught.value)


@pytest.mark.parametrize("main", ["http://host/x.jpg", "file:///x.mp4", "/dev/video0"])
def test_a_main_stream_is_a_camera(main: str) -> None:
    with pytest.raises(ConfigError, match="main: write one of rtsp"):
        camera("rtsp://host/x", main=main)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://host/a/x.m3u8", "hls"),
        ("https://host/x.M3U8?token=1", "hls"),
        ("http://host/x.mjpg", "http"),
        ("rtsp://host/x.m3u8", "rtsp"),
        ("file:///x.m3u8", "file"),
    ],
)
def test_where_a_url_leads(url: str, kind: str) -> None:
    assert registry.source_kind(urlsplit(url)) == kind


@pytest.mark.parametrize(
    "url", ["concat:/etc/passwd", "subfile:/x", "lavfi:testsrc", "data:x", "tcp://host:1", "x.mp4"]
)
def test_other_schemes_are_no_sources(url: str) -> None:
    with pytest.raises(ValueError, match="no source is called"):
        Source(name="gate", url=url)


def test_a_playlist_among_files_opens_nothing(tmp_path: Path) -> None:
    film = render(tmp_path / "secret.ts", 160, 120, 10, 1, numbered(160, 120))
    for name, text in (
        ("a.m3u8", f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{film}\n#EXT-X-ENDLIST\n"),
        ("b.txt", f"ffconcat version 1.0\nfile {film}\n"),
        ("c.mp4", f"concat:{film}|{film}"),
    ):
        (tmp_path / name).write_text(text)
        url = f"file://{tmp_path}/{name}?pace=fast"
        with watched(url) as (_, frames), pytest.raises(SourceError, match="is no video"):
            list(frames)


def test_every_error_of_ffmpeg_becomes_one_sentence_without_its_words() -> None:
    address = network("gate", urlsplit("rtsp://user:hidden-1@127.0.0.1:9/path"))
    for name in dir(av.error):
        kind = getattr(av.error, name)
        if isinstance(kind, type) and issubclass(kind, av.error.FFmpegError):
            said = str(trouble(address, kind(5, "words", address.url)))
            assert "hidden-1" not in said
            assert "words" not in said
            assert said.startswith("rtsp://127.0.0.1:9")


class Camera:
    """Stands for `av.open`: refuses some formats, then plays a file of JPEG packets."""

    def __init__(self, refuses: set[str | None], path: Path) -> None:
        self.refuses = refuses
        self.path = path
        self.asked: list[dict[str, str]] = []

    def __call__(self, url: str, *, format: str, options: dict[str, str], timeout: Any) -> Any:
        assert (url, format) == ("/dev/v4l/by-id/usb-cam-index0", "video4linux2")
        assert timeout[0]
        assert timeout[1]
        self.asked.append(options)
        if options.get("input_format") in self.refuses:
            av.error.err_check(-22, url)  # invalid argument, by the name of this PyAV
        return av.open(str(self.path))


@pytest.mark.parametrize("codec", ["mjpeg", "rawvideo"])
def test_a_usb_camera(codec: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """By a stand-in for the device; with a real one it is the same but for `av.open`."""
    path, draw = tmp_path / "camera.mov", numbered(320, 240)
    shape = "yuvj420p" if codec == "mjpeg" else "yuyv422"
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 240, shape
        for n in range(5):
            frame = av.VideoFrame.from_ndarray(draw(n), format="rgb24").reformat(format=shape)
            container.mux(stream.encode(frame))
    source = camera("v4l2:///dev/v4l/by-id/usb-cam-index0?size=320x240&fps=10", fps=60)
    refused: set[str | None] = {"mjpeg"} if codec == "rawvideo" else set()
    source._stream.opener = opener = Camera(refused, path)
    frame = next(iter(source))
    source.close()
    wanted = {"video_size": "320x240", "framerate": "10", "input_format": "mjpeg"}
    assert opener.asked[0] == wanted
    if codec == "mjpeg":
        assert frame.data[:3] == b"\xff\xd8\xff"
        assert "JPEG as the camera makes it" in source.status()["decoder"]
    else:
        assert frame.data.grey().shape == (240, 320)
        assert "no format mjpeg, so it gives yuyv" in caplog.text
    assert source.status()["width"] == 320


def test_a_usb_camera_that_is_not_there_or_pulled_out() -> None:
    with watched("v4l2:///dev/video97") as (source, frames):
        with pytest.raises(SourceError, match="/dev/video97 is not there: plug it in"):
            next(frames)
        address = source._stream.address
    gone = trouble(address, OSError(19, "No such device", "/dev/video97"))
    assert str(gone) == "/dev/video97 is gone: plug it in again"


def test_without_pyav_the_config_says_what_to_install(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [n for n in sys.modules if n.partition(".")[0] == "av" or ".sources.video" in n]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "av", None)
    wanted = Source(name="gate", url="http://host/x.m3u8")
    with pytest.raises(ConfigError, match=r"pip install 'tagd\[video\]'"):
        build.source(wanted, ledger, lambda *_: None)
