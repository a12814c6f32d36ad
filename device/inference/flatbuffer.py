"""Reads flatbuffers that may be damaged: every offset is checked, nothing is copied. Pure.

The layout is that of https://flatbuffers.dev/internals/: a table starts with the distance back
to its vtable, which holds the distance of each field from the table's start, 0 for a field that
is not there. All numbers are little-endian.
"""

from __future__ import annotations

import struct

_MOST = 1_000_000  # entries of a vector: a model has thousands of tensors at most


class Damaged(ValueError):
    """An offset that points out of the file, or a length that does not fit in it."""


class Table:
    """One table of a buffer. Its methods take the number of a field, as its schema orders them."""

    def __init__(self, data: bytes, position: int) -> None:
        self._data = data
        self._start = position
        self._vtable = position - unpack(data, position, "<i")
        self._fields = (unpack(data, self._vtable, "<H") - 4) // 2

    @classmethod
    def root(cls, data: bytes) -> Table:
        return cls(data, unpack(data, 0, "<I"))

    def number(self, field: int, kind: str, default: int = 0) -> int:
        """An integer of a struct format such as `<i`."""
        place = self._place(field)
        return default if place is None else unpack(self._data, place, kind)

    def table(self, field: int) -> Table | None:
        place = self._place(field)
        return None if place is None else self._at(place)

    def tables(self, field: int) -> list[Table]:
        """The tables of a vector of tables."""
        start, count = self._vector(field, 4)
        return [self._at(start + 4 * i) for i in range(count)]

    def numbers(self, field: int, kind: str) -> tuple[float, ...]:
        """The numbers of a vector, by a struct format such as `i`; ints where it is one."""
        start, count = self._vector(field, struct.calcsize("<" + kind))
        return struct.unpack_from(f"<{count}{kind}", self._data, start)

    def bytes(self, field: int) -> tuple[int, int]:
        """Where a vector of bytes starts and how long it is."""
        return self._vector(field, 1, most=len(self._data))

    def text(self, field: int) -> str:
        start, length = self.bytes(field)
        return self._data[start : start + length].decode("utf-8", "replace")

    def _place(self, field: int) -> int | None:
        if field >= self._fields:
            return None
        distance = unpack(self._data, self._vtable + 4 + 2 * field, "<H")
        return self._start + distance if distance else None

    def _at(self, place: int) -> Table:
        return Table(self._data, place + unpack(self._data, place, "<I"))

    def _vector(self, field: int, size: int, most: int = _MOST) -> tuple[int, int]:
        place = self._place(field)
        if place is None:
            return 0, 0
        start = place + unpack(self._data, place, "<I")
        count = unpack(self._data, start, "<I")
        if count > most or start + 4 + count * size > len(self._data):
            raise Damaged(f"{count} entries at byte {start} do not fit in it")
        return start + 4, count


def unpack(data: bytes, position: int, kind: str) -> int:
    """One number of the buffer."""
    if not 0 <= position <= len(data) - struct.calcsize(kind):
        raise Damaged(f"it points to byte {position} of {len(data)}")
    number: int = struct.unpack_from(kind, data, position)[0]
    return number
