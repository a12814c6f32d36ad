"""Fetches one file whose checksum is known: resumed where it broke off, checked before use.

HTTP's ranges are those of RFC 9110, section 14. Nothing here runs unless somebody asks for it.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib import request
from urllib.error import HTTPError, URLError

from device import __version__
from device.errors import ModelError
from device.http_opener import opener

TIMEOUT = 30.0
"""Seconds without a byte."""

LARGEST = 2**30
"""Bytes, where neither the catalogue nor the server says how many there are."""

_CHUNK = 65536
_ROOM = 16 * 2**20  # bytes to leave free on the disk, beside what is installed from the download
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")

Tell = Callable[[int, "int | None"], None]
"""Is told how many bytes there are, of how many (None: nobody knows)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file as it was promised."""

    url: str  # http or https
    sha256: str  # hex, lower case
    size: int | None  # bytes; None: not known


def fetch(wanted: Wanted, place: Path, tell: Tell, timeout: float = TIMEOUT) -> None:
    """Make `place` that file. What an earlier try left there is kept and gone on from.

    Raises:
        ModelError: the server cannot be reached, breaks off, redirects without end or elsewhere
            than to http, sends another size or another content, or the disk has no room. What
            is wrong is thrown away; what is merely incomplete stays for the next try.
    """
    mark = place.with_suffix(".etag")
    try:
        have = _have(wanted, place)
        if have and _digest(place) == wanted.sha256:
            return
        _get(wanted, place, mark, have, tell, timeout)
        found = _digest(place)
    except HTTPError as error:
        error.close()
        raise ModelError(f"{wanted.url} {_answer(error)}") from None
    except ValueError as error:
        raise ModelError(f"{wanted.url} is no address: {error}") from None
    except (URLError, HTTPException, OSError) as error:
        raise ModelError(_failure(wanted, place, error)) from None
    mark.unlink(missing_ok=True)
    if found != wanted.sha256:
        place.unlink()
        raise ModelError(
            f"{wanted.url} has SHA-256 {found} where {wanted.sha256} was promised: it was thrown"
            " away, and nothing was installed"
        )


def _have(wanted: Wanted, place: Path) -> int:
    have = place.stat().st_size if place.exists() else 0
    if wanted.size is not None and have > wanted.size:
        place.unlink()
        return 0
    return have


def _get(wanted: Wanted, place: Path, mark: Path, have: int, tell: Tell, timeout: float) -> None:
    headers = {"User-Agent": f"tagd/{__version__}", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
        if mark.exists():
            headers["If-Range"] = mark.read_text(encoding="ascii")
    asked = request.Request(wanted.url, headers=headers)
    try:
        answer = opener().open(asked, timeout=timeout)
    except HTTPError as error:
        if error.code != 416 or not have:
            raise
        error.close()
        place.unlink()  # the server has less than we have: begin again
        return _get(wanted, place, mark, 0, tell, timeout)
    with answer:
        have, total = _begins(answer, have)
        if total is not None and wanted.size not in (None, total):
            raise ModelError(
                f"{wanted.url} has {total} bytes where {wanted.size} were promised: it was not"
                " fetched"
            )
        known = total or wanted.size
        most = known or LARGEST
        needed = 2 * (known or 0) - have + _ROOM
        free = shutil.disk_usage(place.parent).free
        if known and free < needed:
            raise ModelError(
                f"there is no room on the disk of {place.parent}: {needed} bytes are needed to"
                f" fetch and install it, {free} are free"
            )
        tag = answer.headers.get("ETag", "")
        if tag.startswith('"') and tag.isascii():  # a weak one promises no equal bytes
            mark.write_text(tag, encoding="ascii")
        else:
            mark.unlink(missing_ok=True)
        have = _receive(answer, place, have, most, total, tell)
    if have > most:
        place.unlink()
        raise ModelError(f"{wanted.url} sends more than the {most} bytes it promised: thrown away")
    if have < (total or 0):
        raise ModelError(_broken(wanted.url, have))
    return None


def _begins(answer: Any, have: int) -> tuple[int, int | None]:
    """From which byte on the answer is, and how long the whole file is."""
    if answer.status == 206:
        told = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
        if told is None or int(told[1]) != have:
            raise HTTPException("it answered with another part than the one asked for")
        return have, int(told[2])
    length = answer.headers.get("Content-Length", "")
    return 0, int(length) if length.isdigit() else None


def _receive(answer: Any, place: Path, have: int, most: int, total: int | None, tell: Tell) -> int:
    with place.open("r+b" if have else "wb") as file:
        file.seek(have)
        while have <= most and (data := answer.read1(_CHUNK)):
            file.write(data)
            have += len(data)
            tell(have, total)
        file.flush()
        os.fsync(file.fileno())
    return have


def _answer(error: HTTPError) -> str:
    if 300 <= error.code < 400:
        return "redirects without end, or to what is neither http nor as safe as it was"
    return f"answered {error.code} {error.reason}"


def _failure(wanted: Wanted, place: Path, error: Exception) -> str:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        place.unlink(missing_ok=True)
        place.with_suffix(".etag").unlink(missing_ok=True)
        return f"there is no room on the disk of {place.parent}: nothing was installed"
    if isinstance(error, URLError):
        return f"{wanted.url} cannot be reached: {error.reason}"
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename} cannot be written: {error.strerror}"
    return _broken(wanted.url, place.stat().st_size if place.exists() else 0, str(error))


def _broken(url: str, have: int, why: str = "") -> str:
    reason = f" ({why})" if why else ""
    return f"{url} broke off after {have} bytes{reason}: the same command goes on from there"


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while data := file.read(2**20):
            digest.update(data)
    return digest.hexdigest()
