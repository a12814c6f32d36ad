"""Making sure that what was written is on the disk."""

from __future__ import annotations

import contextlib
import ctypes
import os
from pathlib import Path

_SYNC_FILE_RANGE_WRITE = 2  # <fcntl.h>: begin to write, do not wait


def flush_folder(folder: Path) -> None:
    """Flush the names in a folder: a flushed file in an unflushed folder is lost without them."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def start_writing(handle: int) -> None:
    """Have the kernel begin to write a file, without waiting, so that several go out together.

    A hint: files of a batch that have all begun need one journal commit and not one each.
    """
    with contextlib.suppress(AttributeError, OSError):  # a C library or file system without it
        start = ctypes.CDLL(None).sync_file_range
        start.argtypes = (ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)
        start(handle, 0, 0, _SYNC_FILE_RANGE_WRITE)
