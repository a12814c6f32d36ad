"""The real daemon as a process: started, killed, asked, from outside only."""

from __future__ import annotations

import http.client
import io
import json
import random
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import yaml
from PIL import Image


class Daemon:
    """`tagd run` on a folder of its own; the fake tagger unless `taggers` says otherwise."""

    running_now: ClassVar[set[Daemon]] = set()  # for the fixture that leaves none behind

    def __init__(self, root: Path, **sections: Any) -> None:
        self.root = root
        self.inbox = root / "inbox"
        self.data = root / "data"
        self.inbox.mkdir(parents=True, exist_ok=True)
        self.config = root / "tagd.yaml"
        self.log = root / "log"
        self._process: subprocess.Popen[bytes] | None = None
        self._starts = 0  # pages that were opened before
        self.sections: dict[str, Any] = {
            "device": {"id": "test"},
            "data_dir": str(self.data),
            "sources": [{"name": "inbox", "url": f"folder://{self.inbox}"}],
            "taggers": {"colours": {"model": "fake"}},
            "web": {"enabled": False},
            **sections,
        }

    def start(self) -> None:
        """Start the process; nothing is waited for. Tests on loopback need no login."""
        web = {"trust_loopback": True, **self.sections["web"]}
        self.sections["web"] = web
        self.config.write_text(yaml.safe_dump(self.sections), encoding="utf-8")
        command = [sys.executable, "-W", "error", "-m", "device", "run", "--config"]
        self._starts = self._pages
        with self.log.open("ab") as log:
            self._process = subprocess.Popen([*command, str(self.config)], stderr=log)
        self.running_now.add(self)

    def kill(self) -> None:
        """SIGKILL: no last words."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)
        self.running_now.discard(self)

    def stop(self) -> int:
        """SIGTERM; the exit code. More than 10 s is a failure."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(10)
        self.running_now.discard(self)
        return code

    def wait_exit(self, seconds: float = 15) -> int:
        """The exit code of a process that ends by itself."""
        assert self._process is not None
        return self._process.wait(seconds)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def said(self) -> str:
        """The log so far."""
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""

    @property
    def _pages(self) -> int:
        """How many times a page was opened, by every process so far."""
        return self.said().count("the page is at")

    def port(self) -> int:
        """Of the page, once it listens."""
        wait_until(lambda: self._pages > self._starts or not self.running, 60, self.said)
        assert self._pages > self._starts, self.said()
        return int(re.findall(r"the page is at http://[^:]+:(\d+)", self.said())[-1])

    def get(self, path: str) -> tuple[int, Any]:
        """Status and JSON of an answer of the API."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port(), timeout=10)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What the database says, read beside the daemon."""
        path = self.data / "tagd.db"
        if not path.exists():
            return []
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        try:
            return connection.execute(sql).fetchall()
        except sqlite3.OperationalError:  # not there yet
            return []
        finally:
            connection.close()

    def count(self, table: str) -> int:
        found = self.rows(f"SELECT count(*) FROM {table}")
        return int(found[0][0]) if found else 0


@contextmanager
def dropped_in(root: Path, **compat: Any) -> Iterator[Daemon]:
    """With the real models, these settings of drop-in APIs, and no way in but keys."""
    web = {"listen": "127.0.0.1:0", "trust_loopback": False}
    daemon = Daemon(root, web=web, compat=compat)
    del daemon.sections["taggers"]
    daemon.start()
    daemon.port()
    yield daemon
    assert daemon.stop() == 0, daemon.said()
    assert "Traceback" not in daemon.said()


def wait_until(
    true: Callable[[], object], seconds: float, tell: Callable[[], object] = lambda: ""
) -> None:
    """Until it is so; fails, telling, when it is not in time."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds} s: {tell()}"
        time.sleep(0.02)


def jpeg(number: int, size: tuple[int, int] = (64, 48)) -> bytes:
    """A small picture like no other."""
    chance = random.Random(number)
    picture = Image.new("RGB", size, tuple(chance.randrange(256) for _ in range(3)))
    for _ in range(8):
        place = (chance.randrange(size[0]), chance.randrange(size[1]))
        picture.putpixel(place, tuple(chance.randrange(256) for _ in range(3)))
    file = io.BytesIO()
    picture.save(file, "JPEG", comment=str(number).encode())
    return file.getvalue()


class Filler(threading.Thread):
    """Puts pictures into a folder, one after another, in the ways that people do."""

    def __init__(self, folder: Path, count: int, every: float) -> None:
        super().__init__(daemon=True)
        self._folder = folder
        self._count = count
        self._every = every

    def run(self) -> None:
        for number in range(self._count):
            data = jpeg(number)
            name = f"{number:05d}.jpg"
            if number % 3 == 0:
                (self._folder / name).write_bytes(data)
            elif number % 3 == 1:
                (self._folder / f".{name}.part").write_bytes(data)
                (self._folder / f".{name}.part").rename(self._folder / name)
            else:
                with (self._folder / name).open("wb") as file:
                    file.write(data[:200])
                    file.flush()
                    time.sleep(self._every / 2)
                    file.write(data[200:])
            time.sleep(self._every)
