"""From a camera's answer to whole pictures: one, or one behind the other. Nothing is decoded."""

from __future__ import annotations

from collections.abc import Iterator

from device.completeness import looks_complete
from device.errors import PictureError, SourceError
from device.formats import recognise
from device.http_fetch import Answer
from device.multipart import MultipartError, Parts
from device.names import display_name

MOST = 32 * 2**20
"""Bytes of one picture; decoding refuses more anyway."""
WHOLE = 30.0
"""Seconds for one picture, from its first byte to its last."""

_BEGIN = 64  # bytes that tell what it is
_MOST_BAD = 50  # parts in a row that are no pictures: 2 s of a quick camera
_KINDS = {
    "text/html": "a web page",
    "application/vnd.apple.mpegurl": "an HLS playlist (its URL must end in .m3u8)",
    "application/x-mpegurl": "an HLS playlist (its URL must end in .m3u8)",
}


def begin(answer: Answer) -> bytes:
    """The first bytes of an answer, enough to see what it is; less where there are no more.

    Raises `SourceError`, also for what is compressed: unpacked, it might have no end.
    """
    encoding = answer.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise SourceError(f"{answer.where} compresses its answer, though it was asked not to")
    answer.allow(WHOLE)
    data = b""
    while len(data) < _BEGIN and (more := answer.read()):
        data += more
    return data


def is_stream(answer: Answer, first: bytes) -> bool:
    """Whether pictures follow each other in this answer; some cameras do not name the type."""
    return answer.type.startswith("multipart/") or first.lstrip(b"\r\n").startswith(b"--")


def whole(answer: Answer, first: bytes) -> bytes:
    """The one picture of the answer, as it came. Raises `SourceError`."""
    if not first:
        raise SourceError(f"{answer.where} answers with nothing: is the path right?")
    if _not_a_picture(first):
        kind = _KINDS.get(answer.type) or display_name(answer.type.encode()) or "something else"
        raise SourceError(f"{answer.where} sends {kind} instead of a picture: is the path right?")
    too_large = SourceError(f"{answer.where} sends a picture of more than {MOST // 2**20} MiB")
    if (answer.length or 0) > MOST:
        raise too_large
    chunks, size = [first], len(first)
    while size <= MOST and (more := answer.read()):
        chunks.append(more)
        size += len(more)
    if size > MOST:
        raise too_large
    data = b"".join(chunks)
    if not looks_complete(data):
        raise SourceError(f"{answer.where} sends a picture that ends too early")
    return data


def follow(answer: Answer, first: bytes) -> Iterator[bytes | None]:
    """The pictures of a motion JPEG stream, as they came; None for a part that is none.

    Ends only by `SourceError`: a live stream has no end.
    """
    parts = Parts(answer.boundary, MOST)
    bad, data = 0, first
    while data and not parts.ended:
        try:
            bodies = parts.feed(data)
        except MultipartError as error:
            raise SourceError(f"{answer.where} {error}") from None
        for body in bodies:
            if looks_complete(body) and not _not_a_picture(body):
                bad = 0
                answer.allow(WHOLE)
                yield body
            elif (bad := bad + 1) >= _MOST_BAD:
                raise SourceError(f"{answer.where} sends a stream in which there are no pictures")
            else:
                yield None
        if not parts.ended:
            data = answer.read()
    raise SourceError(f"{answer.where} ended its stream")


def _not_a_picture(data: bytes) -> bool:
    try:
        recognise(data)
    except PictureError:
        return True
    return False
