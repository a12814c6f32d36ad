"""The parts of a multipart form (RFC 7578) as bytes, whatever their heads say of them.

Nothing here can spill to a disk, as the usual parsers do with large files, and no text is made of
what may be a picture.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import NoReturn

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header


class FormError(ValueError):
    """Not a form as it should be, with what to do."""


class Parts(ABC):
    """Give `feed` the body piece by piece."""

    def __init__(self, content_type: str) -> None:
        """Raises `FormError` where the type names no usable boundary."""
        self._header = (b"", b"")
        self._disposition = b""
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
                    "on_part_data": self._data,
                    "on_part_end": self.part_ends,
                    "on_end": self._end,
                },
            )
        except FormParserError:
            _refuse("its boundary is too long")

    @abstractmethod
    def part_begins(self, options: Mapping[bytes, bytes]) -> None:
        """The next part: what its Content-Disposition says, such as `name` and `filename`."""

    @abstractmethod
    def part_goes_on(self, data: bytes) -> None:
        """The next bytes of this part."""

    @abstractmethod
    def part_ends(self) -> None:
        """It is whole."""

    def feed(self, chunk: bytes) -> None:
        """The next bytes of the body. Raises `FormError`."""
        try:
            self._parser.write(chunk)
        except FormParserError:
            _refuse("it is no multipart/form-data, or the heads of its parts are too long")

    def require_end(self) -> None:
        """The body has ended. Raises `FormError` if the form has not."""
        if not self._ended:
            _refuse("it ends too early")

    def _begin(self) -> None:
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
        self.part_begins(parse_options_header(self._disposition)[1])

    def _data(self, data: bytes, start: int, end: int) -> None:
        self.part_goes_on(data[start:end])

    def _end(self) -> None:
        self._ended = True


def _refuse(why: str) -> NoReturn:
    raise FormError(f"the form cannot be read: {why}")
