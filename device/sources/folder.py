"""A watched folder: every picture that is put there, once it is completely written.

inotify tells of new files at their close or rename. A full scan at the start, from time to time
and after lost news finds the rest: what was there before, and what another machine wrote over
the network. Files are never changed, moved or deleted.

The pipeline has nothing to say back: a file is known by its `FileKey`, so one that changes is a
new file, and one that the ledger does not settle is handed over again.
"""

from __future__ import annotations

import errno
import logging
import math
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote

from device import options, tree
from device.backlog import Backlog, Looked
from device.errors import ConfigError, SourceError
from device.inotify import Inotify
from device.intake import Intake, OnRefused
from device.names import display_name
from device.seams import Ledger
from device.selection import EXTENSIONS, Selection
from device.types import Frame

_BLIND_RESCAN = 5.0  # seconds between scans where inotify does not tell

log = logging.getLogger(__name__)


class FolderSource:
    """The files of a folder as frames: the oldest first, then as they come. Implements `Source`.

    Iterating raises SourceError when the folder itself cannot be read: iterate again later.
    After `close` an iteration ends at once.
    """

    live = False
    stream = False

    def __init__(
        self,
        name: str,
        path: Path,
        ledger: Ledger,
        *,
        recursive: bool = True,
        settle: float = 10.0,  # seconds between two looks at an incomplete file
        rescan: float = 300.0,  # seconds between full scans
        retry: float = 600.0,  # seconds until a file that the ledger did not settle comes again
        max_bytes: int = 32 * 2**20,
        extensions: tuple[str, ...] = EXTENSIONS,
        on_refused: OnRefused | None = None,  # default: one warning for each file
    ) -> None:
        self.name = name
        self.left_alone: Counter[str] = Counter()  # files by reason, since the last full scan
        self._root = os.path.abspath(os.fsencode(path))
        self._rescan = rescan
        self._selection = Selection(extensions, recursive=recursive)
        self._intake = Intake(
            name,
            self._root,
            ledger,
            settle=settle,
            retry=retry,
            max_bytes=max_bytes,
            on_refused=on_refused,
        )
        self._backlog = Backlog()
        self._closed = threading.Event()
        self._inotify: Inotify | None = None
        self._blind = False  # some folder has no watch
        self._scan_at = -math.inf  # monotonic seconds
        self._idle_scan_at = math.inf  # the same, but only if there is nothing else to do
        self._warned: set[bytes | str] = set()  # folders, sysctls

    def __iter__(self) -> Iterator[Frame]:
        inotify = self._inotify = self._open_inotify()
        self._backlog = Backlog()
        self._scan_at = -math.inf
        try:
            while not self._closed.is_set():
                self._gather()
                due = self._backlog.take(time.monotonic())
                frame = self._look(*due) if due else None
                if frame is not None:
                    yield frame
        finally:
            if inotify is not None:
                inotify.close()

    def close(self) -> None:
        """End the iteration for good. From any thread, at any time, twice if you like."""
        self._closed.set()
        inotify = self._inotify
        if inotify is not None:
            inotify.close()

    def _gather(self) -> None:
        """Put what is new into the backlog; wait for it if there is nothing else to do."""
        now, due_at = time.monotonic(), self._backlog.due_at()
        if now >= self._scan_at or (now >= self._idle_scan_at and now < due_at):
            self._scan_all()
            return
        timeout = max(0.0, min(due_at, self._scan_at, self._idle_scan_at) - now)
        if self._inotify is None:
            self._closed.wait(timeout)
            return
        for change in self._inotify.read(timeout):
            if change.kind == "overflow":
                self._idle_scan_at = -math.inf
            elif change.path == self._root:
                raise self._broken("was removed, renamed or unmounted: put it back")
            elif change.kind == "file":
                if self._takes(change.path):
                    self._backlog.changed(change.path)
            elif self._selection.enters(change.path):
                self._scan(change.path)  # also if "gone": another may be in its place

    def _look(self, path: bytes, before: Looked) -> Frame | None:
        try:
            found = self._intake.look(path, before)
        except OSError as error:
            raise self._broken(_trouble(error)) from error
        if isinstance(found, Looked):
            self._backlog.put_off(path, found)
            return None
        return found

    def _scan_all(self) -> None:
        start = time.monotonic()
        self._idle_scan_at = math.inf
        self._blind = self._inotify is None
        self.left_alone = Counter()
        self._scan(self._root)
        end = time.monotonic()
        self._scan_at = end + self._rescan
        if self._blind:  # in a huge folder the looking must not become the main occupation
            self._idle_scan_at = end + max(_BLIND_RESCAN, 10 * (end - start))

    def _scan(self, start: bytes) -> None:
        """Queue every unknown file in this folder and below, the oldest first."""
        found: list[tuple[int, bytes]] = []
        for path, entry in tree.walk(
            self._root,
            start,
            enter=self._watch,
            descend=self._selection.enters,
            failed=self._not_listed,
        ):
            if self._closed.is_set():
                return
            if not entry.is_file(follow_symlinks=False):
                self.left_alone["not a file"] += 1
            elif self._takes(path):
                try:
                    key = tree.file_key(path, entry.stat(follow_symlinks=False))
                except OSError:
                    self._backlog.offer(path)  # the look at it will tell what is wrong
                    continue
                if not self._intake.knows(key):
                    found.append((key.mtime_ns, path))
        for _, path in sorted(found):
            self._backlog.offer(path)

    def _takes(self, path: bytes) -> bool:
        reason = self._selection.why_not(path)
        if reason is not None:
            self.left_alone[reason] += 1
        return reason is None

    def _open_inotify(self) -> Inotify | None:
        try:
            return Inotify()
        except OSError as error:
            self._go_blind("fs.inotify.max_user_instances", error)
            return None

    def _watch(self, folder: bytes) -> None:
        """Before a folder is listed, so that nothing falls between."""
        try:
            if self._inotify is not None:
                self._inotify.add(folder)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            self._go_blind("fs.inotify.max_user_watches", error)

    def _go_blind(self, setting: str, error: OSError) -> None:
        self._blind = True
        self._idle_scan_at = min(self._idle_scan_at, time.monotonic() + _BLIND_RESCAN)
        self._warn_once(
            setting,
            f"new files are looked for every {_BLIND_RESCAN:.0f} seconds, as the system gives no "
            f"notice of them ({error.strerror}): raise the sysctl {setting}",
        )

    def _not_listed(self, folder: bytes, error: OSError) -> None:
        """One sub-folder is a warning, unless it went as it came; the root is the end."""
        if folder == self._root:
            raise self._broken(_trouble(error)) from error
        if not isinstance(error, (FileNotFoundError, NotADirectoryError)):
            where = display_name(folder)
            self._warn_once(folder, f"the sub-folder {where} {_trouble(error)}")

    def _warn_once(self, about: bytes | str, text: str) -> None:
        if about not in self._warned:
            self._warned.add(about)
            log.warning("source %s: %s", self.name, text)

    def _broken(self, what: str) -> SourceError:
        return SourceError(f"the folder {display_name(self._root)} {what}")


def from_url(
    name: str, url: SplitResult, *, ledger: Ledger, on_refused: OnRefused, **_: Any
) -> FolderSource:
    """`folder:///srv/inbox?recursive=no` from the config. Raises ConfigError."""
    if url.netloc or not url.path.startswith("/"):
        raise ConfigError([f"source {name}: write the whole path, as in folder:///srv/inbox"])
    given = options.read(name, url, {"recursive": options.switch})
    return FolderSource(name, Path(unquote(url.path)), ledger, on_refused=on_refused, **given)


def _trouble(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "is not there: create it, mount it, or correct its path"
    if isinstance(error, NotADirectoryError):
        return "is not a folder: correct its path"
    if isinstance(error, PermissionError):
        return "may not be read by tagd: give its user the right to (chmod, chown)"
    return f"cannot be read ({error.strerror})"
