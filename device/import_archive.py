"""An export that somebody brings, a zip or a folder: only read, and only what tagd writes."""

from __future__ import annotations

import json
import os
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from device.errors import PictureError, TagdError
from device.images import LIMITS
from device.import_form import LONGEST

TABLE, MANIFEST = "pictures.jsonl", "manifest.json"
_NAME = re.compile(
    rf"{re.escape(TABLE)}|{re.escape(MANIFEST)}|images/|images/([0-7][0-9A-HJKMNP-TV-Z]{{25}})\."
    r"[a-z0-9]{2,5}"
)
_MOST_FILES = 2 * 10**6
_LARGEST_MANIFEST = 64 * 1024  # bytes
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


class Brought:
    """What was brought. Raises `TagdError` for what is no export."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._zip: zipfile.ZipFile | None = None
        try:
            if not place.is_dir():
                self._zip = zipfile.ZipFile(place)
            self._images = dict(self._listed())
            self.pictures = self._manifest()
        except OSError as error:
            raise TagdError(f"{place}: {error.strerror or error}") from None
        except _DAMAGE as error:
            raise TagdError(f"{place}: no export of tagd, or damaged ({error})") from None

    def close(self) -> None:
        """Twice does no harm."""
        if self._zip is not None:
            self._zip.close()

    def lines(self) -> Iterator[bytes]:
        """Each line; one that is too long is cut, which makes it too long for `read` as well."""
        try:
            with self._open(TABLE) as file:
                while line := file.readline(LONGEST + 2):
                    while not line.endswith(b"\n") and (rest := file.readline(LONGEST)):
                        if rest.endswith(b"\n"):
                            break
                    if line.strip():
                        yield line
        except _DAMAGE as error:
            raise TagdError(f"{self.place}: {TABLE} is damaged ({error})") from None
        except OSError as error:
            raise TagdError(f"{self.place}: {TABLE}: {error.strerror or error}") from None

    def image(self, uid: str) -> bytes | None:
        """The image of a picture, if there is one. Raises `PictureError` for one too large."""
        if (name := self._images.get(uid)) is None:
            return None
        try:
            with self._open(name) as file:
                data = file.read(LIMITS.bytes + 1)
        except (*_DAMAGE, OSError) as error:
            raise PictureError(f"{name} cannot be read ({error})") from None
        if len(data) > LIMITS.bytes:
            raise PictureError(f"{name} has more than {LIMITS.bytes / 2**20:.0f} MB")
        return data

    def _open(self, name: str) -> IO[bytes]:
        if self._zip is not None:
            return self._zip.open(name)
        # Not through a link: what it leads to was not brought.
        return os.fdopen(os.open(self.place / name, os.O_RDONLY | os.O_NOFOLLOW), "rb")

    def _listed(self) -> Iterator[tuple[str, str]]:
        """By id, the names of images."""
        if self._zip is not None:
            names = self._zip.namelist()
            if len(names) > _MOST_FILES or len(names) != len(set(names)):
                raise TagdError(f"{self.place}: too many files, or one of them twice")
        else:
            folder = self.place / "images"
            names = [f"images/{one.name}" for one in os.scandir(folder)] if folder.is_dir() else []
        for name in names:
            found = _NAME.fullmatch(name)
            if found is None:
                raise TagdError(f"{self.place}: no export of tagd: it holds {name[:80]!r}")
            if found[1]:
                yield found[1], name

    def _manifest(self) -> int | None:
        """How many pictures it says there are."""
        try:
            with self._open(MANIFEST) as file:
                told: Any = json.loads(file.read(_LARGEST_MANIFEST))
            if told["kind"] != "export" or told["form"] != "jsonl":
                raise ValueError("it is in another form: export with --format jsonl")
            if told["format"] != 1:
                raise ValueError("a newer tagd made it")
            return int(told["pictures"])
        except (KeyError, FileNotFoundError):
            raise TagdError(f"{self.place}: no export of tagd: {MANIFEST} is missing") from None
        except (ValueError, TypeError, RecursionError) as error:
            raise TagdError(f"{self.place}: {MANIFEST}: {error}") from None
