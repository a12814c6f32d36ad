"""A query cut into tokens, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from device.errors import QueryError

Kind = Literal["word", "text", "operator", "minus", "(", ")", "[", "]", ",", "end"]

_OPERATOR = re.compile(r"[<>]=?|==?|:")
_WORD = re.compile(r"""[^\s"()\[\]<>=:]+""")
_VALUE = re.compile(r"""[^\s"()\[\]]+""")  # a time has colons in it
_LISTED = re.compile(r"""[^\s"()\[\],]+""")
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"|\'((?:[^\'\\]|\\.)*)\'', re.DOTALL)
_MARKS: dict[str, Kind] = {"(": "(", ")": ")", "[": "[", "]": "]", ",": ","}
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a query."""

    kind: Kind
    text: str  # without quotes and escapes
    column: int  # from 1
    end: int  # the column after it

    def says(self, *words: str) -> bool:
        """Whether it is one of these words, in any case of its letters; quoted it is none."""
        return self.kind == "word" and self.text.upper() in words


def tokens(query: str, *, stray: bool = False) -> list[Token]:
    """All of it, and `end`; `stray`: without a lone quotation mark at the end.

    Raises `QueryError`.
    """
    found: list[Token] = []
    place, in_list = 0, False
    while place < len(query):
        if query[place].isspace():
            place += 1
            continue
        if stray and query[place] in "\"'" and not query[place + 1 :].strip():
            break
        awaited = bool(found) and found[-1].kind == "operator"
        token = _next(query, place, in_list, awaited)
        in_list = token.kind == "[" or (in_list and token.kind != "]")
        found.append(token)
        place = token.end - 1
    return [*found, Token("end", "", len(query) + 1, len(query) + 1)]


def _next(query: str, place: int, in_list: bool, awaited: bool) -> Token:
    """The token that begins here; `awaited`: a value must come, whatever it looks like."""
    letter = query[place]
    kind: Kind = "word"
    if letter in _MARKS and (letter != "," or in_list):
        return Token(_MARKS[letter], letter, place + 1, place + 2)
    if letter in "\"'":
        if (quoted := _TEXT.match(query, place)) is None:
            raise QueryError(f"a closing {letter} is missing", place + 1)
        text = _ESCAPE.sub(r"\1", quoted[0][1:-1])
        return Token("text", text, place + 1, quoted.end() + 1)
    if letter == "-" and not in_list and not awaited:
        return Token("minus", letter, place + 1, place + 2)
    if letter in "<>=:":
        pattern, kind = _OPERATOR, "operator"
    else:
        pattern = _LISTED if in_list else _VALUE if awaited else _WORD
    match = pattern.match(query, place)
    assert match is not None  # each letter begins one of them
    return Token(kind, match[0], place + 1, match.end() + 1)
