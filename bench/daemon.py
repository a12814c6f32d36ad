"""The real daemon on a real broker: sources -> committed and published, seen from outside."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from device import clock
from device.broker import PrivateBroker
from device.commands.listening import Listener

_TICKS = os.sysconf("SC_CLK_TCK")
_PATIENCE = 300.0  # seconds for an event
_STARTING = 15.0  # seconds until the page is there


class Daemon:
    """`tagd run` as a process of its own, with both models, the page and a broker."""

    def __init__(
        self,
        folder: Path,
        broker: PrivateBroker,
        device: str,
        threads: int,
        sources: Iterable[dict[str, Any]] = (),
        **sections: Any,
    ) -> None:
        """`sources` stand beside a watched folder; `sections` as in the config."""
        self.inbox = folder / "inbox"
        self.inbox.mkdir(parents=True)
        inbox = {"name": "inbox", "url": f"folder://{self.inbox}"}
        config = {
            "device": {"id": device},
            "data_dir": f"{folder}/data",
            "sources": [inbox, *sources],
            "inference": {"threads": threads},
            "mqtt": {"url": broker.url},
            "web": {"listen": "127.0.0.1:0", "trust_loopback": True},
            **sections,
        }
        self._config = folder / "tagd.yaml"
        self._config.write_text(yaml.safe_dump(config), encoding="utf-8")
        self._said = folder / "log"
        self._log = self._said.open("wb")
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

    def next_event(self, seconds: float) -> tuple[float, dict[str, Any]]:
        """When the next one came to the subscriber (UTC), and the event. Raises `queue.Empty`."""
        body = self._listener.messages.get(timeout=seconds)
        return clock.now(), json.loads(body)

    @property
    def url(self) -> str:
        """Of the page, once it is there."""
        found = None
        deadline = time.monotonic() + _STARTING
        while found is None and time.monotonic() < deadline:
            time.sleep(0.05)
            said = self._said.read_text(encoding="utf-8")
            found = re.search(r"the page is at (http://\S+)", said)
        assert found is not None, "the page did not come"
        return found[1]

    def get(self, path: str) -> bytes:
        """What the page's port answers."""
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            body: bytes = answer.read()
        return body

    @property
    def cpu_s(self) -> float:
        """User and system seconds of all its threads so far."""
        assert self._process is not None
        text = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="utf-8")
        fields = text.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    @property
    def peak_mb(self) -> float:
        """The most resident memory it ever had, or has had since `forget_peak`."""
        return self._status_mb("VmHWM:")

    @property
    def resident_mb(self) -> float:
        """The resident memory that it has now."""
        return self._status_mb("VmRSS:")

    def forget_peak(self) -> None:
        """Let `peak_mb` begin anew."""
        assert self._process is not None
        Path(f"/proc/{self._process.pid}/clear_refs").write_text("5", encoding="ascii")

    def _status_mb(self, field: str) -> float:
        assert self._process is not None
        text = Path(f"/proc/{self._process.pid}/status").read_text(encoding="utf-8")
        return int(text.split(field)[1].split()[0]) * 1024 / 1e6
