"""The picture files of the data folder.

A file is written to a temporary name, flushed and renamed, its folder is flushed, and only
then does a row name it. What a power cut leaves behind is an unnamed file, never a row
without one.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from device import clock
from device.disk import flush_folder
from device.results import Tagged
from device.store.database import folder_error

THUMBNAILS = "thumbnails"
ORIGINALS = "pictures"


class PictureFiles:
    """Writes and finds `thumbnails/YYYY/MM/DD/<id>.jpg` and `pictures/...`."""

    def __init__(self, data_dir: Path) -> None:
        self._root = data_dir

    def write(self, batch: Sequence[Tagged]) -> None:
        """Write what is to be kept of these pictures; on return it is on the disk.

        Raises `StoreFull` or `StoreError`, and then leaves nothing half-written behind.
        """
        pending: list[tuple[Path, Path]] = []
        try:
            for item in batch:
                self._write_item(item, pending)
            folders = {final.parent for _, final in pending}
            for temporary, final in pending:
                temporary.replace(final)
            for folder in folders:
                flush_folder(folder)
        except BaseException as error:
            for temporary, _ in pending:
                _remove(temporary)
            if isinstance(error, OSError):
                raise folder_error(self._root, error) from error
            raise

    def thumbnail(self, uid: str, tagged_at: float) -> Path:
        """Where the thumbnail of a picture is."""
        return self._root / THUMBNAILS / clock.day_path(tagged_at) / f"{uid}.jpg"

    def original(self, uid: str, tagged_at: float, format_: str) -> Path:
        """Where the kept original of a picture is."""
        suffix = "jpg" if format_ == "JPEG" else format_.lower()
        return self._root / ORIGINALS / clock.day_path(tagged_at) / f"{uid}.{suffix}"

    def _write_item(self, item: Tagged, written: list[tuple[Path, Path]]) -> None:
        uid = item.origin.frame_id
        if item.thumbnail is not None:
            final = self.thumbnail(uid, item.tagged_at)
            with _temporary(final) as file:
                file.write(item.thumbnail)
            written.append((Path(file.name), final))
        if item.original is not None:
            final = self.original(uid, item.tagged_at, item.format)
            with _temporary(final) as file:
                file.write(item.original)
            written.append((Path(file.name), final))


@contextlib.contextmanager
def _temporary(final: Path) -> Iterator[BinaryIO]:
    """A new file beside `final`, flushed to the disk at the end, gone if that fails."""
    temporary = final.with_name(f".{final.name}.part")
    try:
        file: BinaryIO = open(temporary, "wb")  # noqa: SIM115
    except FileNotFoundError:
        _make_folder(final.parent)
        file = open(temporary, "wb")  # noqa: SIM115
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        _remove(temporary)
        raise


def _remove(temporary: Path) -> None:
    with contextlib.suppress(OSError):  # what cannot be removed must not hide why it is to go
        temporary.unlink()


def _make_folder(folder: Path) -> None:
    """With its parents, each flushed: a flushed file in a folder that is lost is lost."""
    if not folder.parent.exists():
        _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    flush_folder(folder.parent)
