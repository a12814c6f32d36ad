"""A place among the tokens of a query, and what is said where they do not fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from device.errors import QueryError
from device.search_query.lexer import Token

JOINING = ("AND", "OR")


class Cursor:
    """Goes from left to right; `end` is never passed."""

    def __init__(self, found: Sequence[Token]) -> None:
        self._tokens = found
        self._place = 0

    @property
    def _now(self) -> Token:
        return self._tokens[self._place]

    def _at(self, *kinds: str) -> bool:
        return self._now.kind in kinds

    def _take(self) -> Token:
        token = self._now
        if token.kind != "end":
            self._place += 1
        return token

    def _expect(self, kind: str, opening: Token) -> None:
        if self._at(kind):
            self._take()
        elif self._at("end"):
            self._fail(f"a closing {kind} is missing", opening)
        else:
            self._fail(f"{self._now.text[:40]!r} is not understood here", hint=f"write , or {kind}")

    def _out_of_place(self, token: Token) -> NoReturn:
        if token.kind == "end" or token.says(*JOINING):
            before = self._tokens[self._place - 1] if token.kind == "end" else token
            joined = before.text.upper() if before.kind == "word" else before.text
            hint = (
                f'quote it to look for the tag "{before.text}"' if before.kind == "word" else None
            )
            self._fail(f"something is missing beside {joined}", before, hint)
        self._fail(f"{token.text[:40]} is not understood here", token, "quote it to look for a tag")

    def _fail(self, told: str, token: Token | None = None, hint: str | None = None) -> NoReturn:
        raise QueryError(told, (token or self._now).column, hint)
