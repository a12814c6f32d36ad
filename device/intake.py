"""One file of a folder becomes a frame: once, whole, and never silently not at all."""

from __future__ import annotations

import hashlib
import logging
import stat
import time
from collections.abc import Callable

from device import clock, tree
from device.backlog import Looked
from device.completeness import looks_complete
from device.ids import new_id
from device.names import display_name
from device.recent import Recent
from device.seams import Ledger
from device.types import FileKey, Frame

OnRefused = Callable[[str, str, FileKey | None], None]
"""Told once of a file that cannot be handed over: its path below the folder, for people; a
sentence that says why; and its key, if that is so for as long as the file stays as it is.
Without a key the next scan tries again."""

_LOOKS = 3  # an incomplete file that was found the same so often will stay as it is
_REMEMBERED = 4096  # paths: many more than can be on their way to the ledger
_DAY = 86400.0

log = logging.getLogger(__name__)


class Intake:
    """Looks at files below `root` for the source `name`. One thread."""

    def __init__(
        self,
        name: str,
        root: bytes,
        ledger: Ledger,
        *,
        settle: float,  # seconds between two looks at an incomplete file
        retry: float,  # seconds until a file that the ledger did not settle is new again
        max_bytes: int,
        on_refused: OnRefused | None = None,
    ) -> None:
        self._name = name
        self._root = root
        self._ledger = ledger
        self._settle = settle
        self._retry = retry
        self._max_bytes = max_bytes
        self._on_refused = self._log_refused if on_refused is None else on_refused
        self._handed: Recent[bytes, tuple[FileKey, float]] = Recent(_REMEMBERED)  # until when
        self._told: Recent[bytes, tuple[str, FileKey | None]] = Recent(_REMEMBERED)

    def knows(self, key: FileKey) -> bool:
        """Whether exactly this file is settled, or on its way to be."""
        handed, until = self._handed.get(key.path) or (None, 0.0)
        if handed == key and time.monotonic() < until:
            return True
        return self._ledger.seen_file(self._name, key)

    def look(self, path: bytes, before: Looked) -> Frame | Looked | None:
        """A frame; or what to put it off with, as it is not whole; or None: nothing to do.

        Raises OSError when the root itself can no longer be opened.
        """
        try:
            status = tree.examine(self._root, path)
            key = tree.file_key(path, status)
            if not stat.S_ISREG(status.st_mode) or self.knows(key):
                return None
            if key.size > self._max_bytes:
                self._refuse(path, _too_big(key.size, self._max_bytes), key)
                return None
            data, after = tree.read(self._root, path, key.size)
        except OSError as error:
            with tree.open_folder(self._root, self._root):
                self._refuse(path, _trouble(error), None)
            return None
        looked = before.found(after, time.monotonic() + self._settle)
        whole = len(data) == key.size and looks_complete(data)
        if after != key or not (whole or looked.count >= _LOOKS):
            return looked
        if not data:
            self._refuse(path, "the file is empty: send it again", key)
            return None
        self._handed.put(path, (key, time.monotonic() + self._retry))
        return self._frame(key, data)

    def _frame(self, key: FileKey, data: bytes) -> Frame:
        now, written_at = clock.now(), key.mtime_ns / 1e9
        return Frame(
            id=new_id(),
            source=self._name,
            # A file may claim any time; one that nobody can have lived through is not believed.
            taken_at=written_at if 0.0 <= written_at <= now + _DAY else now,
            data=data,
            name=display_name(key.path.rpartition(b"/")[2]),
            sha256=hashlib.sha256(data).digest(),
            file=key,
        )

    def _refuse(self, path: bytes, reason: str, key: FileKey | None) -> None:
        if self._told.get(path) != (reason, key):
            self._told.put(path, (reason, key))
            self._on_refused(display_name(path[len(self._root) + 1 :]), reason, key)

    def _log_refused(self, name: str, reason: str, _key: FileKey | None) -> None:
        log.warning("source %s: %s refused: %s", self._name, name, reason)


def _too_big(size: int, limit: int) -> str:
    return (
        f"the file is too big, {size / 2**20:.1f} MiB of at most {limit / 2**20:.1f}: "
        "send a smaller one, or raise the limit of this source"
    )


def _trouble(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "the file was gone before it could be read: send it again if you miss it"
    if isinstance(error, PermissionError):
        return "tagd may not read the file: give its user the right to (chmod, chown)"
    return f"the file cannot be read ({error.strerror}): the next scan tries again"
