"""What is asked of the files of a library, in plain Python over rows: the measure for the SQL."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from library_rig import Row

from device.search_query.tree import And, Has, Node, Not, OfFile, Or, Time, Value, Word
from device.vocabulary import plain

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.eq,
}
OWN = "customMetadata."


def finds(node: Node, row: Row, uid: str) -> bool:
    """Whether the file is meant."""
    if isinstance(node, And):
        return all(finds(one, row, uid) for one in node.nodes)
    if isinstance(node, Or):
        return any(finds(one, row, uid) for one in node.nodes)
    if isinstance(node, Not):
        return not finds(node.node, row, uid)
    if isinstance(node, Has):
        said = {*row.said, *map(plain, row.tags)}
        return any(named(word, name) for word in node.words for name in said) or (
            not node.words and bool(said)
        )
    assert isinstance(node, OfFile)
    if node.field.startswith("embeddedMetadata."):
        return node.operator == "!="
    one = any(compared(node, value, row, uid) for value in node.values or ("",))
    return one != (node.operator == "!=")


def named(word: Word, name: str) -> bool:
    return name == word.text if word.exact else f" {word.text} " in f" {name} "


def compared(asked: OfFile, value: Value, row: Row, uid: str) -> bool:
    if asked.field.startswith(OWN):
        kept = row.metadata.get(asked.field.removeprefix(OWN))
        several = kept if isinstance(kept, list) else [kept]
        return any(fits(asked.operator, str(value), one) for one in several if one is not None)
    updated = row.made_at if row.updated_at is None else row.updated_at
    have: Any = {
        "name": row.name,
        "type": "file",
        "id": uid,
        "createdAt": row.made_at,
        "updatedAt": updated,
        "width": row.width,
        "height": row.height,
        "size": row.size,
        "format": row.format,
        "private": str(row.private).lower(),
        "published": str(row.published).lower(),
        "transparency": "false",
        "createdBy": row.made_by,
        "path": row.folder,
    }[asked.field]
    if isinstance(value, Time):
        return of_time(asked.operator, have, value)
    if asked.operator == "has":
        return has(have, str(value))
    if asked.operator == ":" and asked.field == "path":
        return bool(have == value or f"{have}/".startswith(str(value).rstrip("/") + "/"))
    if asked.operator == ":":
        return str(have).startswith(str(value))
    return COMPARE[asked.operator](have, value)


def of_time(sign: str, have: float, value: Time) -> bool:
    have, low = round(have * 1000), round(value.at * 1000)
    if sign in ("=", "!="):
        return low <= have < round((value.at + value.lasts) * 1000)
    return COMPARE[sign](have, low)


def has(text: str, words: str) -> bool:
    """Each word of it is one of the text's, the last may go on; in any case of letters."""
    wanted = [word for word in re.split(r"[ .,\-_()]+", words.lower()) if word]
    there = re.split(r"[ .,\-_()]+", text.lower())
    return (
        bool(wanted)
        and all(word in there for word in wanted[:-1])
        and any(word.startswith(wanted[-1]) for word in there)
    )


def fits(sign: str, value: str, kept: Any) -> bool:
    """What a client keeps: a text, a number, a date as text, a flag."""
    text = str(kept).lower() if isinstance(kept, bool) else str(kept)
    if sign == "exists":
        return True
    if sign == ":":
        return text.startswith(value)
    if sign == "has":
        return has(text, value)
    if re.fullmatch(r"-?[0-9.]+", value):
        number = isinstance(kept, (int, float)) and not isinstance(kept, bool)
        return (number and COMPARE[sign](kept, float(value))) or (
            sign in ("=", "!=") and text == value
        )
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        at = datetime.fromisoformat(f"{value}T00:00:00+00:00").timestamp()
        dated = isinstance(kept, str) and re.match(r"\d{4}-\d\d-\d\d", kept) is not None
        if dated and of_time(sign, datetime.fromisoformat(kept).timestamp(), Time(at, 86400)):
            return True
        return sign in ("=", "!=") and text == value
    if sign in ("=", "!="):
        return text == value
    return isinstance(kept, str) and COMPARE[sign](kept, value)
