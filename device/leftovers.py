"""What an appliance leaves behind in a process that builds another one."""

from __future__ import annotations

import contextlib
import ctypes
import gc


def let_go() -> None:
    """Collect what refers to itself, and give the memory back: on a small machine models are dear.

    glibc keeps what was freed for itself; after ten appliances that was 200 MB.
    """
    gc.collect()
    with contextlib.suppress(AttributeError, OSError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)
