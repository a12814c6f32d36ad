"""A query as an FTS5 expression over the index: all that may match, and maybe more.

`index.Entry.tokens` says what the tokens are. What the expression leaves open, `condition` decides
by the row.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from device import clock
from device.search_query.tree import Age, OfTag, Time, Value
from device.store.index import BANDS, REVIEWED, day_tokens
from device.store.packed import STATES
from device.store.resolve import Every, File, Mentioned, Opposite, Part, Picture, Some
from device.store.terms import span

_MOST = 200  # tokens of one part: more are left to the rows
_NEVER = "t0"  # no label has this number


@dataclass(frozen=True, slots=True)
class Match:
    """An expression; None where the index cannot help."""

    sql: str | None
    exact: bool = False  # nothing else matches it
    opposite: bool = False  # pictures that do not match it are meant


_OPEN = Match(None)


def match(part: Part, now: float, days: tuple[int, int]) -> Match:
    """`days` are the first and the last that the index knows, in days since the epoch."""
    if isinstance(part, Every):
        return _every([match(one, now, days) for one in part.parts])
    if isinstance(part, Some):
        return _some([match(one, now, days) for one in part.parts])
    if isinstance(part, Opposite):
        inner = match(part.part, now, days)
        return Match(inner.sql, True, not inner.opposite) if inner.exact and inner.sql else _OPEN
    if isinstance(part, Picture):
        return _picture(part, now, days)
    return _OPEN if isinstance(part, File) else _mentioned(part)


def _every(parts: list[Match]) -> Match:
    wanted = [one.sql for one in parts if one.sql and not one.opposite]
    unwanted = [one.sql for one in parts if one.sql and one.opposite]
    exact = all(one.exact for one in parts)
    if not wanted:
        return Match(_any(unwanted), True, opposite=True) if unwanted and exact else _OPEN
    sql = f"({' AND '.join(wanted)})"
    return Match(f"({sql} NOT {_any(unwanted)})" if unwanted else sql, exact)


def _some(parts: list[Match]) -> Match:
    if any(one.sql is None or one.opposite for one in parts):
        return _OPEN
    return Match(_any(one.sql for one in parts if one.sql), all(one.exact for one in parts))


def _any(parts: Iterable[str]) -> str:
    return f"({' OR '.join(parts)})"


# -- tags


def _mentioned(part: Mentioned) -> Match:
    if part.labels == ():
        return Match(_NEVER, exact=True)
    states = [test for test in part.tests if test.field == "state"]
    if states:
        return _stated(states)
    band, exact = _band(part.tests)
    if part.labels is None or len(part.labels) > _MOST:
        return _OPEN  # so many pictures have any tag that the rows are as fast
    tokens = [f"t{label}g{band}" if band else f"t{label}" for label in part.labels]
    return Match(_any(tokens), exact)


def _band(tests: tuple[OfTag, ...]) -> tuple[int | None, bool]:
    """The highest band that all of it lies in, and whether it is all of that band."""
    lowest, exact = -1.0, True
    for test in tests:
        levels = [round(float(level) * 1000, 6) for level in test.values]
        if test.operator in (">=", ">", "="):
            lowest = max(lowest, min(levels))
        exact = exact and test.operator == ">="
    band = max((one for one in BANDS if one <= lowest), default=None)
    return band, exact and (band == lowest or not tests)


def _stated(tests: list[OfTag]) -> Match:
    allowed: set[str] = set(STATES)
    for test in tests:
        values = set(map(str, test.values))
        allowed = allowed - values if test.operator == "!=" else allowed & values
    if "proposed" in allowed:
        return _OPEN
    return Match(_any(f"s{state}" for state in sorted(allowed)) if allowed else _NEVER)


# -- pictures


def _picture(part: Picture, now: float, days: tuple[int, int]) -> Match:
    asked = part.asked
    if asked.field == "source":
        sql = _any(f"s{number}" for number in part.sources) if part.sources else _NEVER
        return Match(sql, True, opposite=asked.operator == "!=")
    if asked.field == "reviewed":
        return _reviewed(asked.operator == "!=", set(asked.values))
    if asked.field != "createdAt" or asked.operator == "!=":
        return _OPEN
    spans = [span(value, now) for value in asked.values if isinstance(value, (Age, Time))]
    found: list[str] = []
    for low, high in spans:
        first, last = days
        if asked.operator in (">", ">=", "="):
            first = max(first, low // clock.DAY_MS)
        if asked.operator in ("<", "<="):
            last = min(last, low // clock.DAY_MS)
        if asked.operator == "=":
            last = min(last, high // clock.DAY_MS)
        found += _between(first, last)
    return Match(_any(found)) if 0 < len(found) <= _MOST else Match(None if found else _NEVER)


def _reviewed(negative: bool, values: set[Value]) -> Match:
    """By whom is left to the rows; what nobody reviewed has no such token."""
    if values in ({"yes"}, {"no"}):
        return Match(REVIEWED, True, opposite=negative != (values == {"no"}))
    return _OPEN if negative or "no" in values else Match(REVIEWED)


def _between(first: int, last: int) -> list[str]:
    """Tokens for the days from first to last: months where they are whole."""
    found: list[str] = []
    day = first
    while day <= last and len(found) <= _MOST:
        year, month = clock.month_of(day)
        # `clock.first_day` takes month 13 for the January after.
        for token, begins, ends in (
            (1, clock.first_day(year, month), clock.first_day(year, month + 1)),
            (0, day, day + 1),
        ):
            if begins == day and ends - 1 <= last:
                found.append(day_tokens(day)[token])
                day = ends
                break
    return found
