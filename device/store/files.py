"""The picture files of the data folder.

A file is written to a temporary name, renamed and flushed, with its folder, and only then does a
row name it. What a power cut leaves behind is a file that no row names, never a row without one.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from device import clock
from device.disk import flush_folder, start_writing
from device.results import Tagged
from device.store.database import folder_error

THUMBNAILS = "thumbnails"
ORIGINALS = "pictures"


class PictureFiles:
    """Writes and finds `thumbnails/YYYY/MM/DD/<id>.jpg` and `pictures/...`."""

    def __init__(self, data_dir: Path) -> None:
        self._root = data_dir
        self.written = 0  # bytes, since whoever counts set it to 0

    def write(self, batch: Sequence[Tagged]) -> list[Path]:
        """Write what is to be kept of these pictures; on return it is on the disk, at these places.

        All begin to be written, get their names, and are flushed: so a batch costs one commit of
        the file system's journal. Raises `StoreFull` or `StoreError`, and then leaves nothing.
        """
        opened: list[tuple[Path, int]] = []
        try:
            for final, data in self._wanted(batch):
                opened.append((final, _create(_part(final))))
                _write(opened[-1][1], data)
            for _, handle in opened:
                start_writing(handle)
            for final, _ in opened:
                _part(final).replace(final)
            for _, handle in opened:
                os.fsync(handle)
            for folder in {final.parent for final, _ in opened}:
                flush_folder(folder)
        except BaseException as error:
            for final, _ in opened:
                remove(_part(final), final)
            if isinstance(error, OSError):
                raise folder_error(self._root, error) from error
            raise
        finally:
            for _, handle in opened:
                os.close(handle)
        self.written += sum(len(data) for _, data in self._wanted(batch))
        return [final for final, _ in opened]

    def thumbnail(self, uid: str, tagged_at: float) -> Path:
        """Where the thumbnail of a picture is."""
        return self._root / THUMBNAILS / clock.day_path(tagged_at) / f"{uid}.jpg"

    def original(self, uid: str, tagged_at: float, format_: str) -> Path:
        """Where the kept original of a picture is."""
        suffix = "jpg" if format_ == "JPEG" else format_.lower()
        return self._root / ORIGINALS / clock.day_path(tagged_at) / f"{uid}.{suffix}"

    def _wanted(self, batch: Sequence[Tagged]) -> Iterator[tuple[Path, bytes]]:
        for item in batch:
            uid = item.origin.frame_id
            if item.thumbnail is not None:
                yield self.thumbnail(uid, item.tagged_at), item.thumbnail
            if item.original is not None:
                yield self.original(uid, item.tagged_at, item.format), item.original


def remove(*files: Path) -> None:
    """What cannot be removed must not hide why it is to go."""
    for file in files:
        with contextlib.suppress(OSError):
            file.unlink()


def _part(final: Path) -> Path:
    return final.with_name(f".{final.name}.part")


def _create(path: Path) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    try:
        return os.open(path, flags, 0o644)
    except FileNotFoundError:
        _make_folder(path.parent)
        return os.open(path, flags, 0o644)


def _write(handle: int, data: bytes) -> None:
    """All of it: the last bytes of a disk are written before it says that it is full."""
    left = memoryview(data)
    while left:
        left = left[os.write(handle, left) :]


def _make_folder(folder: Path) -> None:
    """With its parents, each flushed: a flushed file in a folder that is lost is lost."""
    if not folder.parent.exists():
        _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    flush_folder(folder.parent)
