"""What is asked of a file of the media library, as an SQL condition on its row.

The row is `asset JOIN picture`; folders give rows of the same form (`library`).
"""

from __future__ import annotations

import math
import re

from device.search_query import values
from device.search_query.files import EMBEDDED, OWN
from device.search_query.tree import Age, OfFile, Operator, Time, Value
from device.store.terms import Sql, escaped, joined, of_time

_COLUMNS = {
    "name": "asset.name",
    "type": "asset.type",
    "id": "asset.uid",
    "createdAt": "asset.made_ms",
    "updatedAt": "asset.updated_ms",
    "width": "picture.width",
    "height": "picture.height",
    "size": "picture.size",
    "format": "picture.format",
    "private": "asset.private",
    "published": "asset.published",
    "createdBy": "asset.made_by",
    "path": "asset.folder",
}
_BETWEEN = " .,-_()"
"""What stands between the words of a name."""

_OWN_TEXT = (
    "CASE own.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false'"
    " ELSE CAST(own.value AS TEXT) END"
)
_OWN_NUMBER = "own.type IN ('integer', 'real') AND own.value"
# A text that is no date may be a number of days to `julianday`.
_OWN_DATE = "own.type = 'text' AND own.value GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*'"
_OWN_MS = "round((julianday(own.value) - 2440587.5) * 86400000)"  # the Julian day of 1970


def of_file(asked: OfFile, now: float) -> Sql:
    """`now` is what ages are counted from."""
    if asked.field.startswith(EMBEDDED):
        return ("1" if asked.operator == "!=" else "0"), []
    if asked.field.startswith(OWN):
        sql, parameters = _own(asked, now)
    else:
        parts = [_compared(asked, value, now) for value in asked.values]
        sql, parameters = joined(" OR ", parts, "0")
    return (f"NOT {sql}", parameters) if asked.operator == "!=" else (sql, parameters)


def _compared(asked: OfFile, value: Value, now: float) -> Sql:
    operator = "=" if asked.operator == "!=" else asked.operator
    if asked.field == "transparency":
        return "? = 'false'", [value]
    column = _COLUMNS[asked.field]
    if isinstance(value, (Age, Time)):
        return of_time(column, operator, value, now)
    if asked.field in ("private", "published"):
        return f"{column} = ?", [value == "true"]
    if asked.field == "path" and operator == ":":
        below = str(value).rstrip("/") + "/"
        return f"({column} = ? OR substr({column}, 1, ?) = ?)", [value, len(below), below]
    if operator == "has":
        return _has(column, str(value))
    if operator == ":":
        return f"substr({column}, 1, ?) = ?", [len(str(value)), value]
    return f"{column} {operator} ?", [value]


def _has(column: str, text: str) -> Sql:
    """Each word of the text is one of the column's, the last may go on; in any case of letters."""
    words = [word for word in re.split(f"[{re.escape(_BETWEEN)}]+", text) if word]
    if not words:
        return "0", []
    spaced = column
    for mark in _BETWEEN.strip():
        spaced = f"replace({spaced}, '{mark}', ' ')"
    ends = [" "] * (len(words) - 1) + [""]
    likes = [f"% {escaped(word)}{end}%" for word, end in zip(words, ends, strict=True)]
    return joined(
        " AND ",
        [(f"' ' || {spaced} || ' ' LIKE ? ESCAPE '\\'", [like]) for like in likes],
        "0",
    )


# -- what the client keeps with a file: a text, a number, a date as text, a flag, or a list of these


def _own(asked: OfFile, now: float) -> Sql:
    """One of the values under that name fits."""
    operator: Operator = "=" if asked.operator == "!=" else asked.operator
    tests = [_fits(operator, str(value), now) for value in asked.values]
    test, parameters = joined(" OR ", tests, "1")
    each = "SELECT 1 FROM json_each(asset.metadata, ?) AS own WHERE own.type <> 'null'"
    return f"EXISTS ({each} AND {test})", [f'$."{asked.field.removeprefix(OWN)}"', *parameters]


def _fits(operator: Operator, value: str, now: float) -> Sql:
    if operator == ":":
        return f"substr({_OWN_TEXT}, 1, ?) = ?", [len(value), value]
    if operator == "has":
        return _has(_OWN_TEXT, value)
    found: list[Sql] = []
    number, moment = values.number(value), _moment(value)
    if math.isfinite(number):
        found.append((f"({_OWN_NUMBER} {operator} ?)", [number]))
    elif moment is not None:
        test, parameters = of_time(_OWN_MS, operator, moment, now)
        found.append((f"({_OWN_DATE} AND {test})", parameters))
    if operator == "=":
        found.append((f"{_OWN_TEXT} = ?", [value]))
    elif not found:
        found.append((f"(own.type = 'text' AND own.value {operator} ?)", [value]))
    return joined(" OR ", found, "0")


def _moment(value: str) -> Age | Time | None:
    try:
        return values.moment(value)
    except ValueError:
        return None
