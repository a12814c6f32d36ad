"""A list of things with names, each used once: told with its place beside what else is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import ValidationError, WrapValidator
from pydantic_core import InitErrorDetails

T = TypeVar("T")


def _once(value: Any, validate: Callable[[Any], Any]) -> Any:
    problems = list(_twice(value)) if isinstance(value, (list, tuple)) else []
    try:
        made = validate(value)
    except ValidationError as error:
        problems += [
            InitErrorDetails(
                type=one["type"], loc=one["loc"], input=one["input"], ctx=one.get("ctx", {})
            )
            for one in error.errors()
        ]
    if problems:
        raise ValidationError.from_exception_data("names", problems)
    return made


def _twice(items: Iterable[Any]) -> Iterable[InitErrorDetails]:
    seen = set()
    for index, item in enumerate(items):
        name = item.get("name") if isinstance(item, Mapping) else getattr(item, "name", None)
        if isinstance(name, str) and name in seen:
            told = ValueError(f"the name {name!r} is used twice; choose another")
            yield InitErrorDetails(
                type="value_error", loc=(index, "name"), input=name, ctx={"error": told}
            )
        seen.add(name if isinstance(name, str) else None)


Named = Annotated[tuple[T, ...], WrapValidator(_once)]
"""A list of sections that have a `name`."""
