"""Which names a watched folder takes, and which it leaves alone."""

from __future__ import annotations

import os

EXTENSIONS = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".avif")

_UNFINISHED = (b".part", b".tmp", b".filepart", b".crdownload", b".partial", b"~")
"""What browsers, FTP and copy programs and editors call a file that is not there yet."""


class Selection:
    """A rule for names. Case does not matter."""

    def __init__(self, extensions: tuple[str, ...] = EXTENSIONS, *, recursive: bool = True) -> None:
        self._extensions = tuple(os.fsencode(extension.lower()) for extension in extensions)
        self._recursive = recursive

    def why_not(self, path: bytes) -> str | None:
        """Why the file is left alone, in a word or two; None if it is taken."""
        name = os.path.basename(path).lower()
        if name.startswith(b"."):
            return "hidden"
        if name.endswith(_UNFINISHED):
            return "unfinished"
        return None if name.endswith(self._extensions) else "other ending"

    def enters(self, folder: bytes) -> bool:
        """Whether the files of this sub-folder count too."""
        name = os.path.basename(folder).lower()
        return self._recursive and not name.startswith(b".") and not name.endswith(_UNFINISHED)
