"""What conditions on rows are made of: SQL with its parameters, times, texts."""

from __future__ import annotations

from typing import Any

from device.search_query.tree import Age, Time

Sql = tuple[str, list[Any]]
"""A condition and its parameters."""


def joined(word: str, parts: list[Sql], empty: str) -> Sql:
    """All of them with AND or OR between; `empty` where there is none."""
    sql = word.join(one for one, _ in parts) or empty
    return f"({sql})", [value for _, values in parts for value in values]


def of_time(column: str, operator: str, value: Age | Time, now: float) -> Sql:
    """On a column of milliseconds."""
    low, high = span(value, now)
    if operator in ("=", "!="):
        return f"({column} >= ? AND {column} < ?)", [low, high]
    return f"{column} {operator} ?", [low]


def span(value: Age | Time, now: float) -> tuple[int, int]:
    """Its first millisecond, and the one after its last."""
    at = now - value.seconds if isinstance(value, Age) else value.at
    return round(at * 1000), round((at + (value.lasts if isinstance(value, Time) else 0)) * 1000)


def escaped(text: str) -> str:
    """For LIKE: the three characters that mean something there, taken literally."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
