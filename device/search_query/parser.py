"""The grammar, read from left to right; OR binds least, words side by side must all hold.

query     := term (OR term)*
term      := factor ([AND] factor)*
factor    := (NOT | -) factor | ( query ) | condition | word | "whole name"
condition := field operator value | field [NOT] IN [value, ...] | field NOT = value
           | tags HAS value | tags HAS ANY [value, ...] | tags [NOT] EXISTS

A dialect says which fields there are, and whether words and conditions may stand bare.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from device.errors import QueryError
from device.search_query.cursor import JOINING, Cursor
from device.search_query.dialect import NATIVE, Dialect
from device.search_query.fields import TAGS, FieldRule
from device.search_query.lexer import Token, tokens
from device.search_query.tree import (
    Age,
    And,
    Has,
    Node,
    Not,
    Operator,
    Or,
    Query,
    Value,
    Word,
)

LONGEST = 4000  # characters
MOST_PARTS = 200  # words and values
MOST_DEEP = 50  # parentheses and NOTs within each other


def parse(text: str, dialect: Dialect = NATIVE) -> Query:
    """The query in `text`. Raises `QueryError` with the column of what is wrong."""
    if len(text) > LONGEST:
        told = f"a query may have {LONGEST} characters; this has {len(text)}"
        raise QueryError(told, LONGEST + 1)
    parser = _Parser(tokens(text, stray=dialect.stray), dialect)
    return Query(parser.whole())


class _Parser(Cursor):
    def __init__(self, found: Sequence[Token], dialect: Dialect) -> None:
        super().__init__(found)
        self._dialect = dialect
        self._parts = 0
        self._deep = 0

    def whole(self) -> Node:
        if self._at("end"):
            return And()
        node = self._query()
        if not self._at("end"):
            self._fail(f"{self._now.text} has no opening counterpart")
        return node

    # -- the grammar

    def _query(self) -> Node:
        terms = [self._term()]
        while self._now.says("OR"):
            self._take()
            terms.append(self._term())
        return terms[0] if len(terms) == 1 else Or(tuple(terms))

    def _term(self) -> Node:
        factors = [self._factor()]
        while not self._at("end", ")", "]") and not self._now.says("OR"):
            if self._now.says("AND"):
                self._take()
            elif not self._dialect.short:
                self._fail(f"AND or OR is missing before {self._now.text[:40]}")
            factors.append(self._factor())
        return And(tuple(factors))

    def _factor(self) -> Node:
        self._deep += 1
        if self._deep > MOST_DEEP:
            self._fail(f"a query may be nested {MOST_DEEP} deep")
        node = self._unguarded_factor()
        self._deep -= 1
        return node

    def _unguarded_factor(self) -> Node:
        token = self._take()
        if token.kind == "minus" and self._dialect.short:
            if self._now.column != token.end or self._at("minus", "end"):
                self._fail("- stands alone", token, "write it right before what must not be there")
            return Not(self._factor())
        if token.says("NOT"):
            return Not(self._factor())
        if token.kind == "(":
            node = self._query()
            self._expect(")", token)
            return node
        if token.kind in ("word", "text") and self._is_condition():
            return self._condition(token)
        if token.kind in ("word", "text") and not token.says(*JOINING):
            if not self._dialect.short:
                self._fail(
                    f"{token.text[:40]} stands alone", token, 'write such as tags IN ["car"]'
                )
            return Has((self._word(token, exact=token.kind == "text"),))
        return self._out_of_place(token)

    def _is_condition(self) -> bool:
        """Whether what was taken is the name of a field, by what follows it."""
        before, now, then = (
            self._tokens[self._place - 1],
            self._now,
            self._tokens[self._place + 1 :],
        )
        if now.kind == "operator":
            return True
        if self._dialect.find(before.text) is None:
            return False
        if not self._dialect.short:
            return True
        if not then:
            return False
        if now.says("NOT"):
            return then[0].says("IN", "EXISTS") or then[0].kind == "operator"
        return now.says("EXISTS") or (now.says("IN", "HAS") and then[0].kind != "end")

    def _condition(self, token: Token) -> Node:
        known = self._dialect.find(token.text)
        if known is None:
            hint = self._dialect.nearest(token.text)
            self._fail(f"there is no field called {token.text[:40]}", token, hint)
        name, rule = known
        negative = self._now.says("NOT")
        if negative:
            self._take()
        operator = self._take()
        if operator.kind == "end":
            self._fail(f"something is missing behind {name}", token)
        if rule is None:
            return self._tags(operator, negative)
        if operator.says("EXISTS") and rule.exists:
            node = self._dialect.said(name, "exists", ())
            return Not(node) if negative else node
        if operator.says("IN"):
            kind: Operator = "="
            texts = self._list()
        elif operator.says("HAS") and rule.text and not negative:
            kind, texts = "has", [self._value(name)]
        elif operator.kind == "operator":
            kind = cast(Operator, "=" if operator.text == "==" else operator.text)
            kind = "=" if kind == ":" and not rule.text else kind
            texts = [self._value(name)]
        else:
            self._fail(f"{name} has no {operator.text.upper()}", operator, "write = or IN")
        if kind in ("<", "<=", ">", ">=") and not rule.ordered:
            self._fail(f"{name} is not more or less", operator, f"write {name} = ...")
        if negative and kind != "=":
            self._fail("NOT is understood before = and IN", operator)
        values = tuple(self._read(name, rule, text) for text in texts)
        if kind == "=" and any(isinstance(value, Age) for value in values):
            self._fail("an age is no moment", operator, f'write {name} > "7d" for the last 7 days')
        return self._dialect.said(name, "!=" if negative else kind, values)

    def _tags(self, operator: Token, negative: bool) -> Node:
        if operator.says("EXISTS"):
            node = Has()
        elif operator.says("HAS") and not negative:
            if self._now.says("ANY") and self._tokens[self._place + 1].kind == "[":
                self._take()
                node = Has(tuple(self._word(one, exact=False) for one in self._list()))
            else:
                node = Has((self._word(self._value(TAGS), exact=False),))
        elif operator.says("IN"):
            node = Has(tuple(self._word(one, exact=True) for one in self._list()))
        elif operator.kind == "operator" and operator.text in ("=", "==", ":"):
            node = Has((self._word(self._value(TAGS), exact=True),))
        else:
            self._fail("this says nothing of tags", operator, 'write tags IN ["car", "dog"]')
        return Not(node) if negative else node

    # -- values

    def _list(self) -> list[Token]:
        if not self._at("["):  # one value alone is a list of one
            return [self._value("IN")]
        opening = self._take()
        found = [self._value("the list")]
        while self._at(","):
            self._take()
            found.append(self._value("the list"))
        self._expect("]", opening)
        return found

    def _value(self, what: str) -> Token:
        if not self._at("word", "text"):
            self._fail(f"a value for {what} is missing")
        return self._take()

    def _read(self, name: str, rule: FieldRule, token: Token) -> Value:
        self._count(token)
        try:
            return rule.read(token.text.strip())
        except ValueError as error:
            self._fail(f"{name} cannot be {token.text[:40]!r}", token, str(error))

    def _word(self, token: Token, *, exact: bool) -> Word:
        self._count(token)
        text = self._dialect.word(token.text)
        if not text:
            self._fail("there is nothing between the quotation marks", token)
        return Word(text, exact)

    def _count(self, token: Token) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            self._fail(f"a query may have {MOST_PARTS} parts", token)
