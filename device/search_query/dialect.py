"""Who the language is for: which fields there are, and how strictly it is read."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from device.search_query.fields import BY_NAME, OF_TAGS, RULES, FieldRule
from device.search_query.tree import Field, Node, OfPicture, OfTag, Operator, TagField, Value

_OWN = re.compile(r"""[^\x00-\x1f"\\]{1,200}""")  # what can be a name in a JSON path


def spaced(text: str) -> str:
    """Small letters, single spaces."""
    return " ".join(text.lower().split())


@dataclass(frozen=True, slots=True)
class Dialect:
    """One way to ask. `tags` is a field of every one."""

    rules: Mapping[str, FieldRule]  # by field; one that ends with a dot is of all that begin so
    names: Mapping[str, str]  # fields as they are spelt, by their name in small letters
    said: Callable[[str, Operator, tuple[Value, ...]], Node]  # a condition
    word: Callable[[str], str] = spaced  # a tag as it is stored
    short: bool = False  # words alone are tags, side by side they are joined, - is NOT
    stray: bool = False  # a quotation mark that is left over at the end is overlooked

    def find(self, name: str) -> tuple[str, FieldRule | None] | None:
        """A field as it is spelt, with its rule, of which `tags` has none; None: no such field."""
        family, dot, own = name.partition(".")
        spelt = self.names.get(f"{family.lower()}{dot}") if _OWN.fullmatch(own) else None
        known = self.names.get(name.lower())
        if known is not None and not known.endswith("."):
            return known, self.rules.get(known)
        return (f"{spelt}{own}", self.rules[spelt]) if spelt is not None else None

    def nearest(self, name: str) -> str:
        """What to say of a field that is not there."""
        close = difflib.get_close_matches(name.lower(), self.names, n=1)
        if close:
            return f"did you mean {self.names[close[0]]}?"
        there = f"there are {', '.join(self.names.values())}"
        return f"{there}; a tag with such a sign needs quotes" if self.short else there


def _native(name: str, operator: Operator, values: tuple[Value, ...]) -> Node:
    if name in OF_TAGS:
        return OfTag(cast(TagField, name), operator, cast("tuple[str | float, ...]", values))
    return OfPicture(cast(Field, name), operator, values)


NATIVE = Dialect(RULES, BY_NAME, _native, short=True)
"""That of the page, `tagd search` and the API."""
