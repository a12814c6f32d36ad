"""A real RTSP server as a process of its own, to be killed, frozen and brought back."""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

import pytest

_PYTHON = "/usr/bin/python3"  # Debian's: `gi` is bound to it
_SERVER = Path(__file__).with_name("rtsp_server.py")
_PROBE = "import gi; gi.require_version('GstRtspServer', '1.0')"
_PARTS = "python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-{base,good,bad}"


@functools.cache
def missing() -> bool:
    """Whether Debian's GStreamer server or its Python binding is not installed."""
    if not Path(_PYTHON).exists():
        return True
    done = subprocess.run([_PYTHON, "-c", _PROBE], capture_output=True, check=False, timeout=30)
    return done.returncode != 0


class RtspServer:
    """Serves films, each by its mount path (`/sub`): see `rtsp_server.py`. A context manager."""

    def __init__(self, films: dict[str, Path], **options: Any) -> None:
        """`options`: user, password, certificate, rate. Skips the test without GStreamer."""
        if missing():
            pytest.skip(f"needs Debian's {_PARTS}")
        self._films = {path: str(film) for path, film in films.items()}
        self._options = options
        self._process: subprocess.Popen[str] | None = None
        self.port = 0

    def __enter__(self) -> RtspServer:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    def start(self, films: dict[str, Path] | None = None) -> None:
        """Listen, again on the same port after a `kill`; returns once it does."""
        if films is not None:
            self._films = {path: str(film) for path, film in films.items()}
        told = json.dumps({"films": self._films, "port": self.port, **self._options})
        quiet = {**os.environ, "GST_REGISTRY_FORK": "no", "GST_DEBUG": "0"}
        self._process = subprocess.Popen(
            [_PYTHON, str(_SERVER), told], stdout=subprocess.PIPE, text=True, env=quiet
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line.strip(), "the RTSP server did not start"
        self.port = int(line)

    def url(self, path: str, user: str | None = None, password: str = "") -> str:
        """Where a film is, with the user in it if one is named."""
        secure = "s" if "certificate" in self._options else ""
        login = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
        return f"rtsp{secure}://{login}127.0.0.1:{self.port}{path}"

    def freeze(self) -> None:
        """It says nothing more, and its connections stay open."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """It goes on."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """Gone at once, also when frozen. Twice does no harm."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait(10)
            assert process.stdout is not None
            process.stdout.close()

    def _signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)
