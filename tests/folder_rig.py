"""What the tests of the watched folder share: a ledger in a dict, a reader, pictures, a child."""

from __future__ import annotations

import ctypes
import io
import json
import logging
import os
import queue
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from device.sources.folder import FolderSource
from device.types import FileKey, Frame

_CLONE_NEWNS = 0x00020000
_CLONE_NEWUSER = 0x10000000


def picture(seed: int = 0, size: int = 48, format: str = "JPEG") -> bytes:
    """A small, noisy picture; another seed is another content."""
    noise = Image.effect_noise((size, size), 80).convert("RGB")
    noise.putpixel((0, 0), (seed % 256, seed // 256 % 256, 0))
    file = io.BytesIO()
    noise.save(file, format)
    return file.getvalue()


def put(path: Path, data: bytes, age: float = 0.0) -> Path:
    """A file as it was written `age` seconds ago."""
    path.write_bytes(data)
    if age:
        then = time.time() - age
        os.utime(path, (then, then))
    return path


class MemoryLedger:
    """Settles nothing by itself: tests put the keys into `settled`."""

    def __init__(self) -> None:
        self.settled: set[FileKey] = set()
        self.on_asked: Callable[[FileKey], None] = lambda _: None

    def seen_file(self, _source: str, key: FileKey) -> bool:
        self.on_asked(key)
        return key in self.settled

    def seen_content(self, _source: str, _sha256: bytes) -> bool:
        raise AssertionError("the source leaves this question to the pipeline")


class Refusals(list[tuple[str, str, "FileKey | None"]]):
    """An `on_refused` that can be waited for."""

    def __call__(self, name: str, reason: str, key: FileKey | None) -> None:
        self.append((name, reason, key))

    def wait(self, count: int = 1) -> None:
        until(lambda: len(self) >= count)


class Reader:
    """Iterates a source in a thread of its own, as the daemon does."""

    def __init__(self, source: FolderSource) -> None:
        self._source = source
        self._frames: queue.Queue[Frame] = queue.Queue()
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            for frame in self._source:
                self._frames.put(frame)
        except BaseException as error:
            self.error = error

    def next(self, timeout: float = 4.0) -> Frame:
        try:
            return self._frames.get(timeout=timeout)
        except queue.Empty:
            raise AssertionError(f"no frame within {timeout} s; error: {self.error!r}") from None

    def names(self, count: int) -> list[str | None]:
        return [self.next().name for _ in range(count)]

    def quiet(self, seconds: float = 0.3) -> None:
        try:
            frame = self._frames.get(timeout=seconds)
        except queue.Empty:
            assert self.error is None
        else:
            raise AssertionError(f"{frame.name} was handed over")

    def start(self) -> Reader:
        self._thread.start()
        return self

    def ended(self, timeout: float = 4.0) -> bool:
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def __enter__(self) -> Reader:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self._source.close()
        assert self.ended(), "close() did not end the iteration"


def until(true: Callable[[], bool], timeout: float = 4.0) -> None:
    end = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)


def in_child(function: Callable[[], Any]) -> Any:
    """What the function returns (as JSON) in a forked child: there it may give up its rights."""
    out, back = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            answer = {"value": function()}
        except BaseException:
            answer = {"error": traceback.format_exc()}
        os.write(back, json.dumps(answer).encode())
        os._exit(0)
    os.close(back)
    with open(out, "rb") as file:
        answer = json.loads(file.read())
    os.waitpid(child, 0)
    assert "error" not in answer, answer["error"]
    return answer["value"]


def become_nobody() -> None:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)


def limit_inotify(**limits: int) -> bool:
    """In a user namespace of its own, so that nobody else feels it. False if not allowed."""
    user = os.getuid()
    if ctypes.CDLL(None).unshare(_CLONE_NEWUSER) != 0:
        return False
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    for name, limit in limits.items():
        Path(f"/proc/sys/user/max_inotify_{name}").write_text(str(limit))
    return True


def own_mounts() -> bool:
    """Mounts made from here on are seen by this process alone. False if not allowed."""
    return ctypes.CDLL(None).unshare(_CLONE_NEWNS) == 0


class Warnings(logging.Handler):
    """What the package has logged since this was made; for a child, where caplog is no help."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []
        logging.getLogger("device").addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


needs_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
