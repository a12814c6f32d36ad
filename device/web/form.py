"""The files of a multipart form (RFC 7578), each kept in memory until it is taken.

Nothing here can spill to a disk, as the usual parsers do with large files, and the file's name
stays the bytes that were sent.
"""

from __future__ import annotations

from typing import NoReturn

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

MOST_FILES = 100
"""Of one form."""

_MOST_FIELDS = 20  # that are no files, and are passed over


class FormError(ValueError):
    """Not a form with files in the right field, with what to do."""


class Files:
    """Give `feed` the body piece by piece, `take` the files as they are whole."""

    def __init__(self, content_type: str, field: str) -> None:
        """Raises `FormError` where the type names no usable boundary."""
        self._field = field.encode()
        self._wanted = FormError(f"send each picture as a file in the field {field}")
        self._fields = 0
        self.begun = 0  # files so far
        self.size = 0  # bytes of the file that is being sent
        self.name = b""  # of that file
        self._in_file = False
        self._whole: list[tuple[bytes, bytes]] = []
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
                    "on_part_end": self._part_end,
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

    def take(self) -> list[tuple[bytes, bytes]]:
        """Content and name of the files that became whole since the last time."""
        whole, self._whole = self._whole, []
        return whole

    def finish(self) -> None:
        """The body has ended. Raises `FormError` if the form has not, or had no file."""
        if not self._ended:
            _refuse("it ends too early")
        if not self.begun:
            raise self._wanted

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
        _, options = parse_options_header(self._disposition)
        self._in_file = b"filename" in options
        if not self._in_file:
            self._fields += 1
            if self._fields > _MOST_FIELDS:
                raise self._wanted
            return
        if options.get(b"name") != self._field:
            raise self._wanted
        if self.begun == MOST_FILES:
            raise FormError(f"a form may have {MOST_FILES} files: send the others in another one")
        self.begun += 1
        self.name, self.size = options[b"filename"], 0

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self._data.append(data[start:end])
            self.size += end - start

    def _part_end(self) -> None:
        if self._in_file:
            self._whole.append((b"".join(self._data), self.name))
            self._data, self.size, self._in_file = [], 0, False

    def _end(self) -> None:
        self._ended = True


def _refuse(why: str) -> NoReturn:
    raise FormError(f"the form cannot be read: {why}")
