"""The search language: what is understood, and what is said about what is not."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.errors import QueryError
from device.search_query import LONGEST, MOST_DEEP, MOST_PARTS, parse
from device.search_query.tree import (
    Age,
    And,
    Has,
    Node,
    Not,
    OfPicture,
    OfTag,
    Or,
    Time,
    Value,
    Word,
)


def word(*texts: str) -> Has:
    return Has(tuple(Word(text, exact=False) for text in texts))


def whole(*texts: str) -> Has:
    return Has(tuple(Word(text, exact=True) for text in texts))


def of(field: str, operator: str, *values: Value) -> OfPicture:
    return OfPicture(field, operator, values)  # type: ignore[arg-type]


def tag(field: str, operator: str, *values: str | float) -> OfTag:
    return OfTag(field, operator, values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("", []),
        ("  \t\n", []),
        ("car", [word("car")]),
        ("Car  PERSON", [word("car"), word("person")]),
        ("car AND dog and cat", [word("car"), word("dog"), word("cat")]),
        ("car -dog", [word("car"), Not(word("dog"))]),
        ("car NOT dog", [word("car"), Not(word("dog"))]),
        ("NOT NOT dog", [Not(Not(word("dog")))]),
        ("-(a b)", [Not(And((word("a"), word("b"))))]),
        ("-source:gate", [Not(of("source", "=", "gate"))]),
        ('"coffee  Cup"', [whole("coffee cup")]),
        ("'coffee cup'", [whole("coffee cup")]),
        (r'"say \"hi\" \\ \x"', [whole(r'say "hi" \ x')]),
        ('-"coffee cup"', [Not(whole("coffee cup"))]),
        ('"OR"', [whole("or")]),
        ("t-shirt it's wow!", [word("t-shirt"), word("it's"), word("wow!")]),
        ("50% größe 猫 a,b", [word("50%"), word("größe"), word("猫"), word("a,b")]),
        ("in has exists any", [word("in"), word("has"), word("exists"), word("any")]),
        ("source:gate", [of("source", "=", "gate")]),
        ('source = "gate" SOURCE==yard', [of("source", "=", "gate"), of("source", "=", "yard")]),
        ('"tags" IN ["Car", \'big dog\']', [whole("car", "big dog")]),
        ("tags IN car", [whole("car")]),
        ("tags NOT IN [car,dog]", [Not(whole("car", "dog"))]),
        ("tags NOT = car", [Not(whole("car"))]),
        ("tags HAS cup tags HAS ANY [a, b]", [word("cup"), word("a", "b")]),
        ("tags HAS any", [word("any")]),
        ("tags EXISTS tags NOT EXISTS", [Has(), Not(Has())]),
        ("tags tags:car", [word("tags"), whole("car")]),
        ("confidence>=0.6", [tag("confidence", ">=", 0.6)]),
        ("confidence:1", [tag("confidence", "=", 1.0)]),
        ("confidence NOT IN [0.5, 1]", [tag("confidence", "!=", 0.5, 1.0)]),
        ("kind=Scene state IN [manual]", [tag("kind", "=", "scene"), tag("state", "=", "manual")]),
        ("tagger NOT = objects", [tag("tagger", "!=", "objects")]),
        ("name:IMG name HAS beach", [of("name", ":", "IMG"), of("name", "has", "beach")]),
        ("path:/gate/", [of("path", ":", "/gate/")]),
        ("format IN [jpeg, PNG]", [of("format", "=", "JPEG", "PNG")]),
        ("width>=1280 HEIGHT<720.5", [of("width", ">=", 1280.0), of("height", "<", 720.5)]),
        ('size>"1.5kb" size<=2', [of("size", ">", 1536.0), of("size", "<=", 2.0)]),
        ("createdAt>7d", [of("createdAt", ">", Age(7 * 86400.0))]),
        ('createdat < "2m"', [of("createdAt", "<", Age(60 * 86400.0))]),
        ("createdAt=2026-11-21", [of("createdAt", "=", Time(1795219200.0, 86400.0))]),
        (
            "createdAt<2026-11-21T21:30 updatedAt>=2026-11-21T21:30:05.25Z",
            [
                of("createdAt", "<", Time(1795296600.0, 60.0)),
                of("updatedAt", ">=", Time(1795296605.25, 0.001)),
            ],
        ),
    ],
)
def test_what_is_understood(text: str, nodes: list[Node]) -> None:
    assert parse(text).node == And(tuple(nodes))


def test_or_binds_least() -> None:
    a, b, c, d = (And((word(letter),)) for letter in "abcd")
    assert parse("a OR b or c").node == Or((a, b, c))
    assert parse("a b OR c AND d").node == Or((And(a.nodes + b.nodes), And(c.nodes + d.nodes)))
    assert parse("a (b OR c)").node == And((word("a"), Or((b, c))))


@pytest.mark.parametrize(
    ("text", "column", "told"),
    [
        ("OR car", 1, "something is missing beside OR; quote it to look for the tag"),
        ("car OR", 5, "something is missing beside OR"),
        ("car AND OR dog", 9, "something is missing beside OR"),
        ("car NOT", 5, "something is missing beside NOT"),
        ("car (dog", 5, "a closing ) is missing"),
        ("car )", 5, ") has no opening counterpart"),
        ("()", 2, ") is not understood here"),
        ("car ]", 5, "] has no opening counterpart"),
        ("[car]", 1, "[ is not understood here"),
        ('car "dog', 5, 'a closing " is missing'),
        ("car 'dog", 5, "a closing ' is missing"),
        ('  -"dog', 4, 'a closing " is missing'),
        ('car ""', 5, "nothing between"),
        ("car -", 5, "- stands alone; write it right before"),
        ("car - dog", 5, "- stands alone"),
        ("--dog", 1, "- stands alone"),
        ("confidence>2", 12, "confidence cannot be '2'; write a number from 0 to 1"),
        ("confidence>nan", 12, "from 0 to 1"),
        ("confidence>-0.1", 12, "from 0 to 1"),
        ("x confidence>high", 14, "from 0 to 1"),
        ("x confidence>=", 15, "a value for confidence is missing"),
        ("source>gate", 7, "source is not more or less; write source = ..."),
        ("source HAS gate", 8, "source has no HAS; write = or IN"),
        ('source:""', 8, "write 1 to 500 characters"),
        ("source:", 8, "a value for source is missing"),
        ("sorce:gate", 1, "there is no field called sorce; did you mean source?"),
        ("CREATED>7d", 1, "did you mean createdAt?"),
        ("colour:red", 1, "there are tags, confidence, kind"),
        ("12:30", 1, "needs quotes"),
        (">5", 1, "> is not understood here"),
        ("kind=thing", 6, "write one of object, scene, action"),
        ("state IN [proposed, no]", 21, "write one of proposed, accepted, manual, rejected"),
        ("tags IN [car dog]", 14, "'dog' is not understood here; write , or ]"),
        ("tags IN [car", 9, "a closing ] is missing"),
        ("tags IN []", 10, "a value for the list is missing"),
        ("tags > car", 6, 'this says nothing of tags; write tags IN ["car", "dog"]'),
        ("createdAt>yesterday", 11, "write a date such as 2026-11-21"),
        ("createdAt=2026-02-30", 11, "there is no such time"),
        ("createdAt=7d", 10, 'an age is no moment; write createdAt > "7d"'),
        ("createdAt NOT > 7d", 15, "NOT is understood before = and IN"),
        ("width=wide", 7, "write a number of pixels"),
        ("size>5tb", 6, "kb, mb or gb"),
        ("a" * (LONGEST + 1), LONGEST + 1, f"{LONGEST} characters"),
        ("a " * (MOST_PARTS + 1), 2 * MOST_PARTS + 1, f"{MOST_PARTS} parts"),
        ("(" * (MOST_DEEP + 1), MOST_DEEP + 1, f"nested {MOST_DEEP} deep"),
        ("NOT " * 60 + "a", 4 * MOST_DEEP + 1, f"nested {MOST_DEEP} deep"),
    ],
)
def test_what_is_wrong_and_where(text: str, column: int, told: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert told in str(caught.value)
    assert caught.value.column == column
    assert str(caught.value).endswith(f"(column {column})")


@pytest.mark.alone
def test_what_is_too_long_is_refused_at_once() -> None:
    start = time.monotonic()
    for text in ("(" * 100_000, '"' * 100_001, "a" * 100_000, "- " * 50_000):
        with pytest.raises(QueryError):
            parse(text)
    assert time.monotonic() - start < 0.1
    deepest = "(" * (MOST_DEEP - 1) + "a" + ")" * (MOST_DEEP - 1)
    assert parse(deepest).node != And()


_BITS = st.sampled_from(
    [
        *("car", "AND", "OR", "NOT", "IN", "HAS", "ANY", "EXISTS", "-", '"', "'", "\\", "("),
        *(")", "[", "]", ",", ":", ">=", "=", "source", "confidence", "tags", "createdAt"),
        *("0.5", "7d", "2026-11-21", " ", "\n"),
    ]
)


@given(st.text() | st.lists(_BITS).map("".join) | st.lists(_BITS).map(" ".join))
def test_it_is_understood_or_a_query_error(text: str) -> None:
    column = 1
    try:
        parse(text)
    except QueryError as error:
        column = error.column
    assert 1 <= column <= len(text) + 1
