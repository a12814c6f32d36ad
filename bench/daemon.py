"""The real daemon on a real broker: folder -> committed and published, seen from outside."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from device.broker import PrivateBroker
from device.commands.listening import Listener

_TICKS = os.sysconf("SC_CLK_TCK")
_PATIENCE = 300.0  # seconds for an event


class Daemon:
    """`tagd run` as a process of its own, with both models, the page and a broker."""

    def __init__(self, folder: Path, broker: PrivateBroker, device: str, threads: int) -> None:
        self.inbox = folder / "inbox"
        self.inbox.mkdir(parents=True)
        self._config = folder / "tagd.yaml"
        self._config.write_text(
            f"device: {{id: {device}}}\n"
            f"data_dir: {folder}/data\n"
            f"sources: [{{name: inbox, url: 'folder://{self.inbox}'}}]\n"
            f"inference: {{threads: {threads}}}\n"
            f"mqtt: {{url: '{broker.url}'}}\n"
            "web: {listen: '127.0.0.1:0'}\n",
            encoding="utf-8",
        )
        self._log = (folder / "log").open("wb")
        self._listener = Listener("127.0.0.1", broker.port, f"tagd/{device}/events")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Daemon:
        self._listener.__enter__()
        command = [sys.executable, "-m", "device", "run", "--config", str(self._config)]
        self._process = subprocess.Popen(command, stderr=self._log)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(20)
        self._listener.__exit__()
        self._log.close()

    def drop(self, files: list[Path]) -> None:
        """Put copies into the inbox at once, as a rename does."""
        staged = self.inbox.parent / "staged"
        staged.mkdir(exist_ok=True)
        for file in files:
            shutil.copy(file, staged / file.name)
        for file in files:
            (staged / file.name).replace(self.inbox / file.name)

    def wait_for(self, count: int) -> None:
        """Until the subscriber has received that many events more."""
        deadline = time.monotonic() + _PATIENCE
        for _ in range(count):
            self._listener.messages.get(timeout=max(0.1, deadline - time.monotonic()))

    @property
    def cpu_s(self) -> float:
        """User and system seconds of all its threads so far."""
        assert self._process is not None
        text = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="utf-8")
        fields = text.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    @property
    def peak_mb(self) -> float:
        """The most resident memory it ever had."""
        assert self._process is not None
        text = Path(f"/proc/{self._process.pid}/status").read_text(encoding="utf-8")
        return int(text.split("VmHWM:")[1].split()[0]) * 1024 / 1e6
