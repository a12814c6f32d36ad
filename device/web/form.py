"""The files of a multipart form, each kept in memory until it is taken.

The file's name stays the bytes that were sent.
"""

from __future__ import annotations

from collections.abc import Mapping

from device.web.parts import FormError, Parts

__all__ = ["MOST_FILES", "Files", "FormError"]

MOST_FILES = 100
"""Of one form."""

_MOST_FIELDS = 20  # that are no files, and are passed over


class Files(Parts):
    """Give `feed` the body piece by piece, `take` the files as they are whole."""

    def __init__(self, content_type: str, field: str) -> None:
        """Raises `FormError` where the type names no usable boundary."""
        super().__init__(content_type)
        self._field = field.encode()
        self._wanted = FormError(f"send each picture as a file in the field {field}")
        self._fields = 0
        self.begun = 0  # files so far
        self.size = 0  # bytes of the file that is being sent
        self.name = b""  # of that file
        self._in_file = False
        self._whole: list[tuple[bytes, bytes]] = []
        self._pieces: list[bytes] = []

    def take(self) -> list[tuple[bytes, bytes]]:
        """Content and name of the files that became whole since the last time."""
        whole, self._whole = self._whole, []
        return whole

    def finish(self) -> None:
        """The body has ended. Raises `FormError` if the form has not, or had no file."""
        self.require_end()
        if not self.begun:
            raise self._wanted

    def part_begins(self, options: Mapping[bytes, bytes]) -> None:
        """A file, or a field that is passed over."""
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

    def part_goes_on(self, data: bytes) -> None:
        """Of a file they are kept."""
        if self._in_file:
            self._pieces.append(data)
            self.size += len(data)

    def part_ends(self) -> None:
        """A file may be taken."""
        if self._in_file:
            self._whole.append((b"".join(self._pieces), self.name))
            self._pieces, self.size, self._in_file = [], 0, False
