"""Streams that come from servers: HLS over a real HTTP server, RTMP from a real nginx."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("av")
import av
from video_rig import number, take, watched

from device.errors import SourceError

_NGINX_RTMP = Path("/usr/lib/nginx/modules/ngx_rtmp_module.so")
_PUSH = """
import av, sys, threading
film, url = sys.argv[1:]
with av.open(film) as source, av.open(url, "w", format="flv") as sent:
    video = source.streams.video[0]
    stream = sent.add_stream_from_template(video)
    for packet in source.demux(video):
        if packet.size:
            threading.Event().wait(0.8 / 15)
            packet.stream = stream
            sent.mux(packet)
"""


class _Quiet(SimpleHTTPRequestHandler):
    redirects: str | None = None

    def do_GET(self) -> None:
        if self.redirects and self.path.startswith("/moved"):
            self.send_response(302)
            self.send_header("Location", self.redirects)
            self.end_headers()
        else:
            super().do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """An HTTP server on loopback, and its folder."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(tmp_path)))
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", tmp_path
    server.shutdown()
    server.server_close()
    thread.join()


def _in_pieces(street: Path, folder: Path, seconds: float) -> None:
    with (
        av.open(str(street)) as film,
        av.open(str(folder / "x.m3u8"), "w", format="hls", options={"hls_time": "1"}) as made,
    ):
        video = film.streams.video[0]
        stream = made.add_stream_from_template(video)
        for packet in film.demux(video):
            if packet.size and packet.pts * packet.time_base < seconds:
                packet.stream = stream
                made.mux(packet)


@pytest.mark.alone
def test_pieces_are_played_at_their_pace_and_the_end_is_a_failure(
    street: Path, web: tuple[str, Path]
) -> None:
    url, folder = web
    _in_pieces(street, folder, 3.0)
    with watched(f"{url}/x.m3u8?token=1", decode="all", fps=30) as (source, frames):
        start, found = time.monotonic(), []
        timed = ((time.monotonic() - start, number(frame)) for frame in frames)
        with pytest.raises(SourceError):
            found.extend(timed)
        report = source.status()
    times = [at for at, _ in found]
    assert [n for _, n in found] == sorted({n for _, n in found})
    assert all(at == pytest.approx(n / 15, abs=0.5) for at, n in found)
    assert len(found) >= 25
    assert np.diff(times).max() < 0.5  # not a piece at once
    assert report["codec"] == "h264"
    assert report["keyframe_interval_s"] == pytest.approx(1.0, abs=0.4)


@pytest.mark.parametrize("what", ["html", "redirect", "missing", "file", "elsewhere"])
def test_a_playlist_that_is_none_or_leads_astray(
    what: str, street: Path, web: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, folder = web
    _in_pieces(street, folder, 1.0)
    head = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n"
    (folder / "html.m3u8").write_text("<html>hello")
    (folder / "file.m3u8").write_text(f"{head}file://{folder}/x0.ts\n#EXT-X-ENDLIST\n")
    (folder / "elsewhere.m3u8").write_text(f"{head}concat:{folder}/x0.ts\n#EXT-X-ENDLIST\n")
    monkeypatch.setattr(_Quiet, "redirects", f"{url}/x.m3u8")
    path = "moved.m3u8" if what == "redirect" else f"{what}.m3u8"
    start = time.monotonic()
    with watched(f"{url}/{path}") as (source, frames), pytest.raises(SourceError) as caught:
        next(frames)
    assert time.monotonic() - start < 5
    assert source.status()["frames"] == 0
    assert str(caught.value)


@pytest.fixture
def rtmp(tmp_path: Path) -> Iterator[str]:
    """nginx with its RTMP module."""
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    if nginx is None or not _NGINX_RTMP.exists():
        pytest.skip("needs Debian's nginx-light and libnginx-mod-rtmp")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (tmp_path / "nginx.conf").write_text(
        f"load_module {_NGINX_RTMP}; daemon off; master_process off; events {{}}\n"
        f"pid {tmp_path}/pid; error_log {tmp_path}/log;\n"
        f"rtmp {{ access_log off; server {{ listen 127.0.0.1:{port};"
        " application live { live on; } } }\n"
    )
    command = [nginx, "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)]
    server = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    for _ in range(100):
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                break
        threading.Event().wait(0.05)
    yield f"rtmp://127.0.0.1:{port}/live"
    server.kill()
    server.wait(10)


def test_rtmp(rtmp: str, street: Path) -> None:
    push = subprocess.Popen([sys.executable, "-c", _PUSH, str(street), f"{rtmp}/x"])
    try:
        threading.Event().wait(1.0)
        with watched(f"{rtmp}/x", decode="all", fps=30) as (source, frames):
            next(frames)
            found = [n for _, n in take(frames, 1.0)]
            assert len(found) > 10
            # Each once and in order; a busy machine passes over some.
            assert np.median(np.diff(found)) == 1
            assert np.diff(found).min() >= 1
            assert source.status()["width"] == 640
            push.kill()
            push.wait(10)
    finally:
        push.kill()
        push.wait(10)
