"""A query as an SQL condition on a picture's row: exact, without the index."""

from __future__ import annotations

from typing import Any

from device.search_query.tree import Age, OfPicture, OfTag, Time, Value
from device.store import packed
from device.store.file_condition import of_file
from device.store.resolve import Every, File, Mentioned, Opposite, Part, Picture, Some, marks
from device.store.terms import Sql, escaped, joined, of_time

_FEW = 8  # labels: more are looked for in one list
_VALUE = "CAST(substr(picture.tags, instr(picture.tags, ?) + ?, 4) AS INTEGER)"
_COLUMNS = {
    "name": "coalesce(picture.name, '')",
    "path": "source.name || '/' || coalesce(picture.name, '')",
    "format": "format",
    "width": "width",
    "height": "height",
    "size": "size",
    "createdAt": "taken_ms",
    "updatedAt": "coalesce(reviewed_ms, tagged_ms)",
}
_REVIEWED = {"yes": "reviewed_ms NOTNULL", "no": "reviewed_ms IS NULL"}
_REVIEWED_BY = (
    "(reviewed_ms NOTNULL AND EXISTS (SELECT 1 FROM review JOIN person ON person.id = person_id"
    " WHERE picture_id = picture.id AND undone_ms IS NULL AND person.name = ?))"
)


def condition(part: Part, now: float) -> Sql:
    """On picture JOIN source, or on asset JOIN picture; `now` is what ages are counted from."""
    if isinstance(part, Every):
        return joined(" AND ", [condition(one, now) for one in part.parts], "1")
    if isinstance(part, Some):
        return joined(" OR ", [condition(one, now) for one in part.parts], "0")
    if isinstance(part, Opposite):
        sql, values = condition(part.part, now)
        return f"NOT {sql}", values
    if isinstance(part, Picture):
        return _picture(part, now)
    if isinstance(part, File):
        return of_file(part.asked, now)
    return _mentioned(part)


# -- tags


def _mentioned(part: Mentioned) -> Sql:
    if part.labels is not None and len(part.labels) <= _FEW:
        return joined(" OR ", [_one(label, part.tests) for label in part.labels], "0")
    test, values = _tests("value", [], part.tests)
    if part.labels is not None:
        test, values = f"key IN ({marks(part.labels)}) AND {test}", [*part.labels, *values]
        values[: len(part.labels)] = map(str, part.labels)
    sql = f"EXISTS (SELECT 1 FROM json_each({packed.AS_JSON}) WHERE {test})"
    return f"(picture.tags <> '' AND {sql})", values


def _one(label: int, tests: tuple[OfTag, ...]) -> Sql:
    key = f",{label}:"
    test, values = _tests(_VALUE, [key, len(key)], tests)
    return f"(instr(picture.tags, ?) AND {test})", [key, *values]


def _tests(value: str, at: list[Any], tests: tuple[OfTag, ...]) -> Sql:
    """On the four digits of a mention, which `value` with its parameters `at` finds."""
    found: list[Sql] = []
    for test in tests:
        negative = "NOT " if test.operator == "!=" else ""
        if test.field == "state":
            states = [packed.STATES.index(state) for state in packed.STATES if state in test.values]
            number = f"({value} - {packed.BASE}) / {packed.STEP}"
            found.append((f"{number} {negative}IN ({marks(states)})", [*at, *states]))
            continue
        number = f"({value} - {packed.BASE}) % {packed.STEP}"
        levels = [round(float(level) * 1000, 6) for level in test.values]
        if test.operator in ("=", "!="):
            found.append((f"{number} {negative}IN ({marks(levels)})", [*at, *levels]))
        else:
            found.append((f"{number} {test.operator} ?", [*at, *levels]))
    if not any(test.field == "state" for test in tests):
        found.append((f"{value} < {packed.REJECTED}", at))
    return joined(" AND ", found, "1")


# -- pictures


def _picture(part: Picture, now: float) -> Sql:
    asked = part.asked
    if asked.field == "source":
        negative = "NOT " if asked.operator == "!=" else ""
        return f"source_id {negative}IN ({marks(part.sources)})", list(part.sources)
    parts = [_compared(asked, value, now) for value in asked.values]
    sql, values = joined(" OR ", parts, "0")
    return (f"NOT {sql}", values) if asked.operator == "!=" else (sql, values)


def _compared(asked: OfPicture, value: Value, now: float) -> Sql:
    if asked.field == "reviewed":
        known = _REVIEWED.get(str(value))
        return (known, []) if known else (_REVIEWED_BY, [value])
    column = _COLUMNS[asked.field]
    if isinstance(value, (Age, Time)):
        return of_time(column, asked.operator, value, now)
    if asked.field == "path":
        value = str(value).lstrip("/")
    if asked.operator == "has":
        return f"{column} LIKE ? ESCAPE '\\'", [f"%{escaped(str(value))}%"]
    if asked.operator == ":":
        return f"substr({column}, 1, ?) = ?", [len(str(value)), value]
    operator = "=" if asked.operator == "!=" else asked.operator
    return f"{column} {operator} ?", [value]
