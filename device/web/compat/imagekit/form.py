"""The form of an upload: one part that is the file, whatever its head says, and text.

Old clients send the bytes of a picture in a part without a file name, which is not to be taken for
text; the order of the parts is anybody's.
"""

from __future__ import annotations

import binascii
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from starlette.exceptions import HTTPException
from starlette.requests import Request

from device.web import receive
from device.web.parts import FormError, Parts

_FILE = b"file"
MOST_TEXT = 64 * 1024
"""Bytes of all that is no file, and of the heads of the parts."""

_MOST_PARTS = 60
_BASE64 = 4 / 3  # bytes of text for one of the picture
_URL = re.compile(rb"https?://[!-~]{1,2000}")
_DATA = re.compile(rb"data:[^,]{0,200},")
_TEXT = bytes(range(0x20, 0x7F)) + b"\t\r\n"


@dataclass(frozen=True, slots=True)
class Sent:
    """What came."""

    file: bytes  # the picture, or a URL
    is_url: bool
    fields: Mapping[str, str]  # the others; of several with one name, joined by commas


async def received(request: Request, limit: int) -> Sent:
    """The form. Raises HTTPException: 400, 408, 413 as `receive.chunks` does."""
    kind = request.headers.get("content-type", "")
    if not kind.lower().startswith("multipart/form-data"):
        raise HTTPException(400, "send the file as multipart/form-data in the field file")
    try:
        form = _Form(kind, largest(limit))
        async for chunk in receive.chunks(request, too_large(limit), largest(limit) + MOST_TEXT):
            form.feed(chunk)
            if form.size > largest(limit):
                raise too_large(limit)
        return form.finish(limit)
    except FormError as error:
        raise HTTPException(400, str(error)) from None


def largest(limit: int) -> int:
    """Bytes of the body for a picture of `limit` bytes: it may come as base64."""
    return int(limit * _BASE64) + MOST_TEXT


def too_large(limit: int) -> HTTPException:
    """Of a picture over `limit` bytes."""
    told = f"a picture may have {limit / 1024**2:g} MB (web.max_upload_mb in the config)"
    return HTTPException(413, told)


class _Form(Parts):
    def __init__(self, content_type: str, most: int) -> None:
        super().__init__(content_type)
        self.size = 0  # bytes of the file so far
        self._most = most
        self._count = self._text = 0
        self._name = b""
        self._named = False  # it has a file name: what is in it is the file itself
        self._pieces: list[bytes] = []
        self._file: bytes | None = None
        self._fields: dict[str, list[str]] = defaultdict(list)

    def part_begins(self, options: Mapping[bytes, bytes]) -> None:
        self._count += 1
        self._name = options.get(b"name", b"")
        if self._count > _MOST_PARTS:
            raise FormError(f"a form may have {_MOST_PARTS} parts")
        if self._name == _FILE:
            if self._file is not None:
                raise FormError("send one file in each request")
            self._named = b"filename" in options

    def part_goes_on(self, data: bytes) -> None:
        self._pieces.append(data)
        if self._name == _FILE:
            self.size += len(data)
            return
        self._text += len(data)
        if self._text > MOST_TEXT:
            raise FormError(f"all fields but the file may have {MOST_TEXT // 1024} kB")

    def part_ends(self) -> None:
        whole = b"".join(self._pieces)
        self._pieces = []
        if self._name == _FILE:
            self._file = whole
            return
        try:
            self._fields[self._name.decode()].append(whole.decode())
        except UnicodeDecodeError:
            shown = self._name[:40].decode("ascii", "replace")
            raise FormError(f"the field {shown} is no text in UTF-8") from None

    def finish(self, limit: int) -> Sent:
        self.require_end()
        if self._file is None:
            raise FormError("the field file is missing")
        file, self._file = self._file, b""
        data, is_url = (file, False) if self._named else _meant(file)
        if len(data) > limit:
            raise too_large(limit)
        if not data:
            raise FormError("the file is empty")
        fields = {name: ",".join(values) for name, values in self._fields.items()}
        return Sent(data, is_url, fields)


def _meant(data: bytes) -> tuple[bytes, bool]:
    """What a part without a file name is: the bytes themselves, base64, a data URI, or a URL."""
    if data.translate(None, _TEXT):
        return data, False
    text = data.strip()
    if _URL.fullmatch(text):
        return text, True
    head = _DATA.match(text)
    if head is not None:
        if not head[0].lower().endswith(b";base64,"):
            return unquote_to_bytes(text[head.end() :]), False
        text = text[head.end() :]
    try:
        return binascii.a2b_base64(text), False
    except binascii.Error:
        raise FormError("the field file is neither a picture, nor base64, nor a URL") from None
