"""inotify, the kernel's news about folders, straight from libc: see inotify(7).

Only what a watched folder needs: files that are completely written, folders that come and go.
Not told: network mounts written by another machine, and hard links; a rescan finds those.
"""

from __future__ import annotations

import ctypes
import os
import select
import struct
import threading
from dataclasses import dataclass
from typing import Literal

_CLOSE_WRITE = 0x00000008  # these come from <sys/inotify.h>
_MOVED_TO = 0x00000080
_CREATE = 0x00000100
_DELETE_SELF = 0x00000400
_MOVE_SELF = 0x00000800
_UNMOUNT = 0x00002000
_Q_OVERFLOW = 0x00004000
_IGNORED = 0x00008000  # the kernel gave the watch up
_ONLYDIR = 0x01000000
_ISDIR = 0x40000000

_WANTED = _CLOSE_WRITE | _MOVED_TO | _CREATE | _DELETE_SELF | _MOVE_SELF | _ONLYDIR
_GONE = _DELETE_SELF | _MOVE_SELF | _UNMOUNT | _IGNORED
_HEADER = struct.Struct("iIII")  # watch, mask, cookie, length of the name with its padding
_AT_ONCE = 64 * 1024  # bytes of one read: some 2,000 changes


@dataclass(frozen=True, slots=True)
class Change:
    """One piece of news from a watched folder."""

    kind: Literal["file", "folder", "gone", "overflow"]
    """file: it was closed after writing, or moved here. folder: there is a new one here.
    gone: this watched folder was deleted, moved or unmounted. overflow: news were lost."""
    path: bytes  # empty for overflow


class Inotify:
    """Watches single folders: whoever walks a tree adds each of its folders before listing it.

    One thread adds and reads; `close` may come from any.
    """

    def __init__(self) -> None:
        """Raises OSError: EMFILE when the user has too many instances, ENOSYS without inotify."""
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        try:
            self._news = self._call("inotify_init1", os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            os.close(self._wake)
            raise
        self._poll = select.poll()
        self._poll.register(self._news, select.POLLIN)
        self._poll.register(self._wake, select.POLLIN)
        self._folders: dict[int, bytes] = {}  # by watch descriptor
        self._lock = threading.Lock()
        self._reading = False
        self._closed = threading.Event()

    def add(self, folder: bytes) -> None:
        """Watch this one folder. Adding it again is harmless, also after it was renamed.

        Raises OSError: ENOSPC when the user has too many watches, else what is wrong with it.
        """
        with self._lock:
            if not self._closed.is_set():
                watch = self._call("inotify_add_watch", self._news, folder, _WANTED)
                self._folders[watch] = folder

    def read(self, timeout: float | None) -> list[Change]:
        """What happened; waits up to `timeout` seconds (None: for ever) for the first news.

        Empty when time is up, and at once when closed, also while it waits.
        """
        with self._lock:
            if self._closed.is_set():
                return []
            self._reading = True
        try:
            ready = self._poll.poll(None if timeout is None else max(0.0, timeout) * 1000)
            if self._closed.is_set() or not ready:
                return []
            return self._parse(os.read(self._news, _AT_ONCE))
        finally:
            with self._lock:
                self._reading = False
                if self._closed.is_set():
                    self._release()

    def close(self) -> None:
        """Stop watching and end a `read` that waits. Any thread, twice if you like."""
        with self._lock:
            if self._closed.is_set():
                return
            self._closed.set()
            # A descriptor must not be closed under a thread that polls it: its number may be
            # given to another file at once. Whoever reads is woken, and closes it.
            if self._reading:
                os.eventfd_write(self._wake, 1)
            else:
                self._release()

    def _parse(self, data: bytes) -> list[Change]:
        changes: list[Change] = []
        start = 0
        while start < len(data):
            watch, mask, _, length = _HEADER.unpack_from(data, start)
            start += _HEADER.size
            name = data[start : start + length].rstrip(b"\0")
            start += length
            if mask & _Q_OVERFLOW:
                changes.append(Change("overflow", b""))
                continue
            folder = self._folders.get(watch)
            if folder is None:
                continue  # late news of a watch that was given up
            if mask & _GONE:
                changes.append(Change("gone", folder))
                self._forget(folder)
            elif mask & _ISDIR:
                changes.append(Change("folder", folder + b"/" + name))
            elif not mask & _CREATE:  # a file that was only created is not written yet
                changes.append(Change("file", folder + b"/" + name))
        return changes

    def _forget(self, gone: bytes) -> None:
        """Folders below a moved one hear nothing of it and would go on under their old paths."""
        inside = gone + b"/"
        for watch, folder in list(self._folders.items()):
            if folder == gone or folder.startswith(inside):
                del self._folders[watch]
                self._libc.inotify_rm_watch(self._news, watch)

    def _call(self, function: str, *arguments: int | bytes) -> int:
        result = int(getattr(self._libc, function)(*arguments))
        if result < 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))
        return result

    def _release(self) -> None:
        os.close(self._news)
        os.close(self._wake)
