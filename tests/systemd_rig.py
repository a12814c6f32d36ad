"""The other end of NOTIFY_SOCKET: what systemd would hear of a daemon, in order."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from pathlib import Path


class Heard:
    """Collects the lines of every datagram until it is closed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(0.1)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="systemd", daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while not self._closing.is_set():
            with contextlib.suppress(TimeoutError):
                self.lines += self._socket.recv(4096).decode().split("\n")

    def count(self, line: str) -> int:
        """How often this was said so far."""
        return self.lines.count(line)

    def status(self) -> str:
        """The newest that `systemctl status` would show."""
        return next((x[7:] for x in reversed(self.lines) if x.startswith("STATUS=")), "")

    def beats_on(self, times: int = 3, seconds: float = 30.0) -> bool:
        """Whether the watchdog is fed so often from now on."""
        wanted, deadline = self.count("WATCHDOG=1") + times, time.monotonic() + seconds
        while self.count("WATCHDOG=1") < wanted and time.monotonic() < deadline:
            time.sleep(0.02)
        return self.count("WATCHDOG=1") >= wanted

    def close(self) -> None:
        """Listen no longer."""
        self._closing.set()
        self._thread.join(5)
        self._socket.close()
