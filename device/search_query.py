"""The shorthand of the search language: `car -dog "coffee cup" source:gate confidence>=0.6`.

Pure: text in, `Query` out. Words stand side by side and all must hold.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from device.errors import QueryError

LONGEST = 1000  # characters
MOST_TERMS = 32

_FIELDS = ("source", "confidence")
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<field>[A-Za-z_]+)(?P<op>:|>=|<=|=|>|<)(?P<value>"[^"]*"|[^\s"()\[\]]+)
      | (?P<minus>-?)(?:"(?P<phrase>[^"]*)"|(?P<word>(?!-)[^\s"()\[\]:<>=]+))
    )(?=\s|$)""",
    re.VERBOSE,
)
_NOT_YET = {"OR", "NOT", "IN", "HAS"}


@dataclass(frozen=True, slots=True)
class Term:
    """One tag that must, or must not, be there."""

    text: str  # lower case
    exact: bool  # the whole name; otherwise any whole word of it
    negative: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for. Every part must hold; an empty query finds everything."""

    terms: tuple[Term, ...] = ()
    sources: tuple[str, ...] = ()  # one of these, when any are named
    confidence: tuple[tuple[str, float], ...] = ()  # (operator, 0..1), of each wanted tag


def parse(text: str) -> Query:
    """The query in `text`. Raises `QueryError` with the column of what is wrong."""
    if len(text) > LONGEST:
        raise QueryError(f"a query may have {LONGEST} characters; this has {len(text)}", LONGEST)
    terms: list[Term] = []
    sources: list[str] = []
    confidence: list[tuple[str, float]] = []
    position = 0
    while text[position:].strip():
        start = position + len(text[position:]) - len(text[position:].lstrip())
        match = _TOKEN.match(text, position)
        if match is None:
            raise QueryError(_what_is_wrong(text[start:]), start + 1)
        position = match.end()
        if match["field"]:
            _take_field(match, start, sources, confidence)
        elif (term := _term(match, start)) is not None:
            terms.append(term)
        if len(terms) + len(sources) + len(confidence) > MOST_TERMS:
            raise QueryError(f"a query may have {MOST_TERMS} parts", start + 1)
    return Query(tuple(terms), tuple(sources), tuple(confidence))


def _take_field(
    match: re.Match[str], start: int, sources: list[str], confidence: list[tuple[str, float]]
) -> None:
    name, operator, value = match["field"].lower(), match["op"], match["value"].strip('"')
    if name == "source":
        if operator not in (":", "=") or not value:
            raise QueryError("write source:NAME", start + 1)
        sources.append(value)
    elif name == "confidence":
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if not 0.0 <= number <= 1.0:
            told = "confidence is a number from 0 to 1, such as confidence>=0.6"
            raise QueryError(told, start + 1)
        confidence.append(("=" if operator == ":" else operator, number))
    else:
        close = difflib.get_close_matches(name, _FIELDS, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(_FIELDS)}"
        raise QueryError(f"there is no field called {name}; {hint}", start + 1)


def _term(match: re.Match[str], start: int) -> Term | None:
    negative, phrase, word = bool(match["minus"]), match["phrase"], match["word"]
    if phrase is not None:
        text = " ".join(phrase.lower().split())
        if not text:
            raise QueryError("there is nothing between the quotation marks", start + 1)
        return Term(text, exact=True, negative=negative)
    if word == "AND":  # saying it changes nothing: everything must hold anyway
        return None
    if word in _NOT_YET:
        told = f"{word} is not understood; write words, and -word for what must not be there"
        raise QueryError(told, start + 1)
    return Term(word.lower(), exact=False, negative=negative)


def _what_is_wrong(rest: str) -> str:
    if rest.lstrip("-").startswith('"'):
        return 'a closing " is missing'
    if rest[0] in "()[]":
        return f"{rest[0]} is not understood; write words side by side"
    return f"{rest.split()[0]!r} is not understood; quote it to look for it as a tag"
