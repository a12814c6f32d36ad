"""The token of whoever owns the data folder: commands on the device need no login.

The running daemon writes it to `local.token`, mode 0600, and takes it away when it stops. Who can
read that file can read the database beside it as well.
"""

from __future__ import annotations

import contextlib
import logging
import os
from pathlib import Path

from device.people import TOKEN_PREFIX, new_secret

log = logging.getLogger(__name__)

FILE_NAME = "local.token"


def make(data_dir: Path) -> str:
    """A new token, also in its file; where that cannot be written, it lets nobody in."""
    secret = TOKEN_PREFIX + new_secret()
    fresh = data_dir / f"{FILE_NAME}.new"
    try:
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
        with open(handle, "w", encoding="ascii") as file:
            file.write(secret)
        fresh.replace(data_dir / FILE_NAME)
    except OSError as error:
        log.warning("commands on this device will need a token: %s: %s", FILE_NAME, error.strerror)
    return secret


def read(data_dir: Path) -> str | None:
    """That of the running daemon; None where there is none, or it is not for this user."""
    try:
        return (data_dir / FILE_NAME).read_text(encoding="ascii").strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def remove(data_dir: Path) -> None:
    """It lets nobody in any more."""
    with contextlib.suppress(OSError):
        (data_dir / FILE_NAME).unlink(missing_ok=True)
