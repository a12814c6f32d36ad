"""Motion JPEG as cameras send it: pictures one behind the other, with a boundary between them.

RFC 2046, section 5.1, describes `multipart/*`; cameras know it by hearsay. They name another
boundary than they use, put its dashes into the name or leave them out, glue the first header to
it, begin without it, or count bytes wrongly. So the boundary is learnt from what is sent, and a
length is believed while a whole picture ends there.
"""

from __future__ import annotations

from device.completeness import looks_complete

_MOST_BETWEEN = 64 * 1024  # bytes of headers and other text between two pictures
_MOST_LINE = 16 * 1024  # bytes
_JPEG = b"\xff\xd8\xff"


class MultipartError(ValueError):
    """What is sent cannot be taken apart: a sentence's end, after `the camera`."""


class Parts:
    """Takes bytes as they come, gives the pictures in them as they are. Nothing is decoded."""

    def __init__(self, boundary: str | None = None, most: int = 32 * 2**20) -> None:
        """`boundary`: what the Content-Type says, if anything; `most`: bytes of one picture."""
        self.ended = False  # the camera closed the last part
        name = (boundary or "").strip().strip('"').lstrip("-").strip()
        self._name = name.encode("latin-1", "replace")  # without its dashes
        self._delimiter: bytes | None = None  # as it is really sent
        self._most = most
        self._buffer = bytearray()
        self._between = 0  # bytes since the last picture
        self._in_part = False  # its headers have begun
        self._in_body = False
        self._length: int | None = None  # of the body, as its header says
        self._counts = True  # the lengths have been right so far
        self._searched = 0  # bytes of the body that hold no delimiter

    def feed(self, data: bytes) -> list[bytes]:
        """The bodies that are complete now, the oldest first. Raises `MultipartError`."""
        self._buffer += data
        found = []
        while not self.ended and (body := self._step()) is not None:
            if body:
                found.append(body)
        return found

    def _step(self) -> bytes | None:
        """A body; or empty bytes: something was understood; or None: more is needed."""
        return self._body() if self._in_body else self._line()

    def _line(self) -> bytes | None:
        if self._in_part and self._buffer.startswith(_JPEG):
            return self._open()  # without the empty line
        end = self._buffer.find(b"\n", 0, _MOST_LINE)
        if end < 0:
            if len(self._buffer) < _MOST_LINE:
                return None
            end = _MOST_LINE - 1
        line = bytes(self._buffer[:end]).strip()
        del self._buffer[: end + 1]
        self._between += end + 1
        if self._between > _MOST_BETWEEN:
            raise MultipartError("sends no picture where one should begin")
        if not line:
            return self._open() if self._in_part else b""
        header = self._behind_delimiter(line)
        if header == b"--":
            self.ended = True
        self._header(line if header is None else header)
        return b""

    def _behind_delimiter(self, line: bytes) -> bytes | None:
        """What follows the delimiter in this line; None: it has none."""
        if self._delimiter is None:
            at = line.find(self._name) if self._name else -1
            if at >= 0 and not line[:at].strip(b"-"):
                self._delimiter = line[: at + len(self._name)]
            elif line.startswith(b"--") and len(line) > 2:
                self._delimiter = line
            else:
                return None
        at = line.find(self._delimiter)
        if at < 0:
            return None
        self._in_part, self._length = True, None
        return line[at + len(self._delimiter) :].strip()

    def _header(self, line: bytes) -> None:
        name, colon, value = line.partition(b":")
        if not colon or not name.replace(b"-", b"").isalnum():
            return
        self._in_part = True  # some begin without a delimiter
        if name.lower() == b"content-length" and value.strip().isdigit():
            self._length = int(value.strip()[:12])

    def _open(self) -> bytes:
        self._in_part, self._in_body, self._searched = False, True, 0
        if not self._counts:
            self._length = None
        return b""

    def _body(self) -> bytes | None:
        if self._length is not None:
            if self._length > self._most:
                raise self._too_large()
            if len(self._buffer) < self._length:
                return None
            body = self._first(self._length)
            if looks_complete(body):
                return self._taken(body, self._length)
            self._length, self._counts = None, False
        delimiter = self._delimiter or (b"--" + self._name if self._name else None)
        if delimiter is None:
            raise MultipartError("names neither a boundary nor the length of a picture")
        at = self._buffer.find(delimiter, self._searched)
        if at < 0:
            self._searched = max(0, len(self._buffer) - len(delimiter))
            if len(self._buffer) > self._most:
                raise self._too_large()
            return None
        body = self._first(at)
        return self._taken(body.removesuffix(b"\n").removesuffix(b"\r"), at)

    def _first(self, count: int) -> bytes:
        with memoryview(self._buffer) as view:
            return bytes(view[:count])

    def _taken(self, body: bytes, count: int) -> bytes:
        del self._buffer[:count]
        self._in_body, self._between = False, 0
        return body

    def _too_large(self) -> MultipartError:
        return MultipartError(f"sends a picture of more than {self._most // 2**20} MiB")
