"""The vocabulary in force, and the owner's file behind it: read again when it changes, changed
when somebody asks for it. Whoever follows it gets each new vocabulary whole.
"""

from __future__ import annotations

import difflib
import errno
import hashlib
import logging
import os
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from device import config, workshop
from device.config_file import read_text
from device.errors import ConfigError, StoreFull, WordError, WordsChanged
from device.vocabulary import Vocabulary
from device.vocabulary_edit import Step
from device.vocabulary_file import Understood, understand, unheard
from device.workers import Worker
from device.yaml_edit import edit

log = logging.getLogger(__name__)

FILE_NAME = "vocabulary.yaml"
"""In the data folder: the owner's file where the config names none."""

LARGEST = 128 * 1024
"""Bytes of the file, some 2,000 words: reading as much took 1.3 s, changing it 3.7 s (x86_64)."""

_EVERY = 1.0  # s between two looks at the file; one that still changes is left alone


@dataclass(frozen=True, slots=True)
class Edited:
    """A change of the file, made or only thought of."""

    before: str  # text of the file
    after: Understood
    file: str  # its name, for people

    @property
    def diff(self) -> str:
        """Unified; empty where nothing changes."""
        old, new = self.before.splitlines(), self.after.text.splitlines()
        return "\n".join(difflib.unified_diff(old, new, self.file, self.file, lineterm=""))

    @property
    def etag(self) -> str:
        """Of the text as it is afterwards."""
        return etag(self.after.text)


def etag(text: str) -> str:
    """What stands for a state of the file: two people at once must not overwrite each other."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


class Wordbook:
    """From any thread."""

    def __init__(
        self, path: Path, wanted: config.Vocabulary, labels: Collection[str] | None = None
    ) -> None:
        """`path` need not be there unless the config names it. `labels`: as `understand` has it.

        Raises `ConfigError` with every problem of the file.
        """
        self.path = path
        self.wanted = wanted
        self.labels = labels
        self.problem: str | None = None  # of the file as it is now; what was read before holds
        self._lock = threading.Lock()
        self._followers: list[Callable[[Vocabulary], None]] = []
        self._seen = self._newest = self._state()
        self._now = self._understood(self._read())
        for problem in unheard(wanted, self._now.words, labels):
            log.warning("%s", problem)

    @property
    def now(self) -> Understood:
        """What is in force."""
        return self._now

    def follow(self, tell: Callable[[Vocabulary], None]) -> None:
        """Have this told of the vocabulary, now and whenever there is another. It must be quick."""
        with self._lock:
            self._followers.append(tell)
            tell(self._now.vocabulary)

    def run(self, worker: Worker) -> None:
        """Look at the file until told to stop.

        Looking costs next to nothing, and sees what inotify does not: files on network mounts,
        folders that are replaced.
        """
        while not worker.stopping.wait(_EVERY):
            self.look()

    def look(self) -> None:
        """Read the file if it changed, and has not changed again since the last look."""
        with self._lock:
            before, self._newest = self._newest, self._state()
            if self._newest == self._seen or self._newest != before:
                return
            self._seen = self._newest
            try:
                text = self._read()
                if text != self._now.text:
                    self._take(self._understood(text))
                    log.info("%s: read again, %d words", self.path, len(self._now.words))
                self.problem = None
            except ConfigError as error:
                self.problem = f"{'; '.join(error.problems)} (the words from before still hold)"
                log.error("%s", self.problem)

    def text(self) -> str:
        """What is in the file now. Raises `WordError` where it cannot be read."""
        with self._told():
            return self._read()

    def change(self, steps: Sequence[Step], match: str | None, *, dry: bool) -> Edited:
        """Take these steps, one after the other; with `dry` only say what they would do.

        `match`: the etag of the file that the wish is about; None: whatever it is. Raises
        `WordsChanged` for another one, `WordError` for what makes no sense or cannot be written.
        """

        def taken(before: str) -> Understood:
            now = self._now if before == self._now.text else self._understood(before)
            for step in steps:
                now = self._understood(edit(now.text, step(now)))
            return now

        return self._changed(taken, match, dry)

    def replace(self, text: str, match: str | None, *, dry: bool) -> Edited:
        """Another text for the whole file; as `change`."""
        return self._changed(lambda _: self._understood(text), match, dry)

    def _changed(self, make: Callable[[str], Understood], match: str | None, dry: bool) -> Edited:
        with self._lock, self._told():
            before = self._read()
            if match is not None and match != etag(before):
                raise WordsChanged("somebody changed the vocabulary meanwhile; look at it again")
            after = make(before)
            if not dry and after.text != before:
                self._write(after.text)
                self._seen = self._newest = self._state()
                self.problem = None
                self._take(after)
            return Edited(before, after, self.path.name)

    def _take(self, now: Understood) -> None:
        self._now = now
        for tell in self._followers:
            tell(now.vocabulary)

    def _understood(self, text: str) -> Understood:
        if len(text.encode()) > LARGEST:
            raise ConfigError([f"{self.path}: has more than {LARGEST // 1024} kB; make it smaller"])
        return understand(text, str(self.path), self.wanted, self.labels)

    def _read(self) -> str:
        if self.wanted.file is None and not self.path.exists():
            return ""
        try:
            if self.path.stat().st_size > LARGEST:
                told = f"has more than {LARGEST // 1024} kB; make it smaller"
                raise ConfigError([f"{self.path}: {told}"])
        except OSError:
            pass  # reading says it better
        return read_text(self.path)

    def _state(self) -> tuple[int, ...]:
        try:
            found = self.path.stat()
        except OSError:
            return ()
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns

    def _write(self, text: str) -> None:
        """Whole or not at all, also in a power cut; a link stays one."""
        path = self.path.resolve()
        fresh = path.with_name(f".{path.name}.new")
        fresh.unlink(missing_ok=True)
        workshop.write(fresh, text.encode())
        if path.exists():
            fresh.chmod(path.stat().st_mode & 0o777)
        os.replace(fresh, path)
        workshop.sync(path.parent)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except ConfigError as error:
            raise WordError("; ".join(error.problems)) from None
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                told = "the disk is full; make room, and try again"
                raise StoreFull(f"{self.path}: {told}") from None
            told = f"cannot be written: {error.strerror}; name another vocabulary.file"
            raise WordError(f"{self.path} {told}") from None
