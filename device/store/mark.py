"""What is known of the last run without the database, so that no `seq` ever means two things.

Two small files. `tagd.mark` holds a number that no seq given out so far exceeds; it is replaced
before seq grows beyond, once in a thousand events. `tagd.run` holds the newest seq and whether the
run ended in order; it is written in place after each commit and not flushed, so it costs no wear:
exact after a crash of the program, and after a power cut at most half a minute old.
"""

from __future__ import annotations

import os
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

from device.disk import flush_folder
from device.errors import StoreError
from device.store.database import folder_error

BLOCK = 1000
"""How many numbers are reserved at once, and so at most are skipped after a power cut."""

_LIMIT_FILE, _RUN_FILE = "tagd.mark", "tagd.run"
_BOOT = Path("/proc/sys/kernel/random/boot_id")
_RUN = re.compile(r"seq (\d{1,18}) (clean|running|damaged) boot ([0-9a-f-]{1,64})")
_LIMIT = re.compile(r"seq (\d{1,18})")
_WIDTH = 160  # bytes: always the same, within one sector of any disk


@dataclass(frozen=True, slots=True)
class LastRun:
    """What the last run left behind."""

    limit: int | None  # no seq above it was given out; None: not known
    seq: int  # at least so far it came
    clean: bool  # it ended in order
    damaged: bool  # it found the database damaged
    power_cut: bool  # it did not end in order, and the machine has been started since

    @property
    def first(self) -> bool:
        """Nothing is known: there was none, or it was of a program without marks."""
        return self.limit is None and self.seq == 0


def last_run(data_dir: Path) -> LastRun:
    """Read both files; what is torn or not there is not known, which is said so."""
    limit = _LIMIT.fullmatch(_checked(data_dir / _LIMIT_FILE))
    run = _RUN.fullmatch(_checked(data_dir / _RUN_FILE))
    known = int(limit[1]) if limit else None
    if run is None:
        return LastRun(known, 0, clean=False, damaged=False, power_cut=limit is not None)
    return LastRun(
        known,
        seq=int(run[1]),
        clean=run[2] == "clean",
        damaged=run[2] == "damaged",
        power_cut=run[2] != "clean" and run[3] != _boot(),
    )


class Mark:
    """Of the run that goes on. In the write thread."""

    def __init__(self, data_dir: Path, limit: int | None) -> None:
        self._data_dir = data_dir
        self._limit = limit or 0
        self._state = "running"
        self._file = -1

    def begin(self, seq: int) -> None:
        """Say from now on that a run goes on. Raises `StoreFull` or `StoreError`.

        Not before what the last run left behind was taken care of: until here it is remembered.
        """
        try:
            self._file = os.open(self._data_dir / _RUN_FILE, os.O_RDWR | os.O_CREAT, 0o644)
            self._write(seq)
            os.fsync(self._file)
            flush_folder(self._data_dir)
        except OSError as error:
            raise folder_error(self._data_dir, error) from error

    def cover(self, seq: int) -> None:
        """Before `seq` is committed. Raises `StoreFull` or `StoreError`: then it must not be."""
        if seq > self._limit:
            put_limit(self._data_dir, seq + BLOCK)
            self._limit = seq + BLOCK

    def note(self, seq: int) -> None:
        """After `seq` was committed."""
        self._write(seq)

    def damaged(self, seq: int) -> None:
        """The database is found damaged: the next start looks through all of it."""
        self._state = "damaged"
        self._write(seq)

    def close(self, seq: int, *, clean: bool) -> None:
        """`clean`: all that was committed is in the database file itself. Twice does no harm."""
        if self._file < 0:
            return
        if clean and self._state == "running":
            self._state = "clean"
            self._write(seq)
            os.fsync(self._file)
        os.close(self._file)
        self._file = -1

    def _write(self, seq: int) -> None:
        line = _spell(f"seq {seq} {self._state} boot {_boot()}")
        os.pwrite(self._file, line.encode().ljust(_WIDTH - 1) + b"\n", 0)


def put_limit(data_dir: Path, limit: int) -> None:
    """Durably: from now on numbers up to `limit` may have been given out."""
    final = data_dir / _LIMIT_FILE
    temporary = final.with_suffix(".part")
    try:
        with temporary.open("w", encoding="ascii") as file:
            file.write(_spell(f"seq {limit}"))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(final)
        flush_folder(data_dir)
    except OSError as error:
        raise folder_error(data_dir, error) from error


def beyond(run: LastRun, *known: int) -> int:
    """A seq that nobody can have been told more than: the next one is new for everybody."""
    if run.limit is None and not run.first:
        return max(run.seq, *known) + BLOCK * BLOCK  # the limit is lost: far beyond
    return max(run.limit or 0, run.seq, *known)


def _spell(text: str) -> str:
    return f"{text} sum {zlib.crc32(text.encode()):08x}"


def _checked(path: Path) -> str:
    """The text in front of its check sum; empty where it is not there or torn."""
    try:
        text = path.read_bytes()[: 2 * _WIDTH].decode("ascii").strip()
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError:
        return ""
    except OSError as error:
        raise StoreError(f"{path}: cannot be read ({error.strerror})") from error
    body = text.rpartition(" sum ")[0]
    return body if body and _spell(body) == text else ""


def _boot() -> str:
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:  # no /proc: every start is then one after a power cut
        return "-"
