"""Events as JSON lines: one event a line, appended to a file or written to standard output.

A line that `send` has returned for is on the disk. The file may be rotated away at any time.
"""

from __future__ import annotations

import os
import stat
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from device.disk import flush_folder
from device.errors import SinkError
from device.types import Event

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK  # no wait on a pipe
_MODE = 0o640  # what the cameras saw is not for everyone


class JsonLinesSink:
    """A `types.Sink`. `path` is the file, None the standard output (which is never synced)."""

    name = "json_lines"

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._file: int | None = None
        self._closed = False
        self._turn = threading.Lock()

    def send(self, events: Sequence[Event]) -> None:
        """Append the bodies, all or none of them, and see them to the disk.

        With no events it only makes sure that the file can be written. Raises `SinkError` where
        the folder is missing, the disk is full, or nobody reads the standard output any more.
        """
        lines = b"".join(event.body + b"\n" for event in events)
        with self._turn:
            if self._closed:
                raise SinkError("the JSON lines sink is closed")
            try:
                if self._path is None:
                    sys.stdout.buffer.write(lines)
                    sys.stdout.buffer.flush()
                else:
                    self._append(self._path, lines)
            except OSError as error:
                self._forget()
                where = self._path or "standard output"
                why = error.strerror or type(error).__name__
                raise SinkError(f"cannot write events to {where}: {why}") from error

    def close(self) -> None:
        """Close the file. Standard output stays open: it is not ours."""
        with self._turn:
            self._closed = True
            self._forget()

    def _append(self, path: Path, lines: bytes) -> None:
        if self._file is None or not _same(self._file, path):
            self._forget()
            self._file = _open(path)
        if not lines:
            return
        size = os.fstat(self._file).st_size
        rest = memoryview(lines)
        try:
            while rest:
                rest = rest[os.write(self._file, rest) :]
            os.fsync(self._file)
        except OSError:
            # Half a batch is none: all of it comes again.
            with suppress(OSError):
                os.ftruncate(self._file, size)
            raise

    def _forget(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            os.close(file)


def _same(file: int, path: Path) -> bool:
    """Whether the open file is still the one of that name."""
    try:
        return os.path.samestat(os.fstat(file), os.stat(path))
    except FileNotFoundError:
        return False


def _open(path: Path) -> int:
    file = os.open(path, _FLAGS, _MODE)
    try:
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(0, "it is no regular file")
        if status.st_size == 0:
            flush_folder(path.parent)  # else a power cut may take the new file's name
        elif os.pread(file, 1, status.st_size - 1) != b"\n":
            os.write(file, b"\n")  # a power cut in the middle of a line: it stays alone
    except OSError:
        os.close(file)
        raise
    return file
