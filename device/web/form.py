"""The one file of a multipart form (RFC 7578), kept in memory.

Nothing here can spill to a disk, as the usual parsers do with large files, and the file's name
stays the bytes that were sent.
"""

from __future__ import annotations

from typing import NoReturn

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

_MOST_PARTS = 20  # a page sends one


class FormError(ValueError):
    """Not a form with exactly one file, with what to do."""


class OneFile:
    """Give `feed` the body piece by piece; `finish` has the file."""

    def __init__(self, content_type: str, field: str) -> None:
        """Raises `FormError` where the type names no usable boundary."""
        self._field = field.encode()
        self._wanted = FormError(f"send exactly one file, in the field {field}")
        self._parts = 0
        self._name: bytes | None = None  # of the file; None before its part began
        self._in_file = False
        self._header = (b"", b"")
        self._disposition = b""
        self._data: list[bytes] = []
        self._ended = False
        _, options = parse_options_header(content_type)
        try:
            self._parser = MultipartParser(
                options.get(b"boundary", b"") or _refuse("its boundary is missing"),
                {
                    "on_part_begin": self._begin,
                    "on_header_field": self._header_field,
                    "on_header_value": self._header_value,
                    "on_header_end": self._header_end,
                    "on_headers_finished": self._headers_finished,
                    "on_part_data": self._part_data,
                    "on_end": self._end,
                },
            )
        except FormParserError:
            _refuse("its boundary is too long")

    def feed(self, chunk: bytes) -> None:
        """The next bytes of the body. Raises `FormError`."""
        try:
            self._parser.write(chunk)
        except FormParserError:
            _refuse("it is no multipart/form-data, or the heads of its parts are too long")

    def finish(self) -> tuple[bytes, bytes]:
        """Content and name of the file. Raises `FormError`."""
        if not self._ended:
            _refuse("it ends too early")
        if self._name is None:
            raise self._wanted
        return b"".join(self._data), self._name

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise self._wanted
        self._disposition = b""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header = (self._header[0] + data[start:end], b"")

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._header = (self._header[0], self._header[1] + data[start:end])

    def _header_end(self) -> None:
        if self._header[0].lower() == b"content-disposition":
            self._disposition = self._header[1]
        self._header = (b"", b"")

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._in_file = b"filename" in options
        if self._in_file:
            if self._name is not None or options.get(b"name") != self._field:
                raise self._wanted
            self._name = options[b"filename"]

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self._data.append(data[start:end])

    def _end(self) -> None:
        self._ended = True


def _refuse(why: str) -> NoReturn:
    raise FormError(f"the form cannot be read: {why}")
