"""The search language: what is understood, and what is said about what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.errors import QueryError
from device.search_query import LONGEST, MOST_TERMS, Query, Term, parse


def word(text: str, negative: bool = False) -> Term:
    return Term(text, exact=False, negative=negative)


def phrase(text: str, negative: bool = False) -> Term:
    return Term(text, exact=True, negative=negative)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", Query()),
        ("  \t\n", Query()),
        ("car", Query((word("car"),))),
        ("Car  PERSON", Query((word("car"), word("person")))),
        ("car AND dog", Query((word("car"), word("dog")))),
        ("car -dog", Query((word("car"), word("dog", True)))),
        ('"coffee  Cup"', Query((phrase("coffee cup"),))),
        ('-"coffee cup"', Query((phrase("coffee cup", True),))),
        ('"OR"', Query((phrase("or"),))),
        ("or", Query((word("or"),))),
        ("t-shirt", Query((word("t-shirt"),))),
        ("50%", Query((word("50%"),))),
        ("größe 猫", Query((word("größe"), word("猫")))),
        ("source:gate", Query(sources=("gate",))),
        ('source="gate" SOURCE:inbox', Query(sources=("gate", "inbox"))),
        ("confidence>=0.6", Query(confidence=((">=", 0.6),))),
        ("confidence:1", Query(confidence=(("=", 1.0),))),
        (
            "car confidence>0.5 confidence<=0.9",
            Query((word("car"),), confidence=((">", 0.5), ("<=", 0.9))),
        ),
    ],
)
def test_what_is_understood(text: str, query: Query) -> None:
    assert parse(text) == query


@pytest.mark.parametrize(
    ("text", "column", "told"),
    [
        ("car OR dog", 5, "OR is not understood"),
        ("car NOT dog", 5, "NOT is not understood"),
        ('tags IN ["car"]', 6, "IN is not understood"),
        ("car (dog)", 5, "( is not understood"),
        ("car ]", 5, "] is not understood"),
        ('car "dog', 5, 'a closing " is missing'),
        ('  -"dog', 3, 'a closing " is missing'),
        ('car ""', 5, "nothing between"),
        ('car"dog"', 1, "not understood"),
        ("car -", 5, "'-' is not understood"),
        ("car - dog", 5, "'-' is not understood"),
        ("--dog", 1, "'--dog' is not understood"),
        ("confidence>2", 1, "from 0 to 1"),
        ("confidence>nan", 1, "from 0 to 1"),
        ("confidence>-0.1", 1, "from 0 to 1"),
        ("x confidence>high", 3, "from 0 to 1"),
        ("x confidence>=", 3, "from 0 to 1"),
        ("source>gate", 1, "write source:NAME"),
        ('source:""', 1, "write source:NAME"),
        ("source:", 1, "not understood"),
        ("sorce:gate", 1, "did you mean source?"),
        ("colour:red", 1, "there are source, confidence"),
        ("-source:gate", 1, "not understood"),
        ("12:30", 1, "quote it"),
        ("a" * (LONGEST + 1), LONGEST, f"{LONGEST} characters"),
        ("a " * (MOST_TERMS + 1), 2 * MOST_TERMS + 1, f"{MOST_TERMS} parts"),
    ],
)
def test_what_is_wrong_and_where(text: str, column: int, told: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert told in str(caught.value)
    assert caught.value.column == column
    assert str(caught.value).endswith(f"(column {column})")


_BITS = st.sampled_from(
    ["car", "AND", "OR", "-", '"', "(", "]", ":", ">=", "source", "confidence", "0.5", " ", "\n"]
)


@given(st.text() | st.lists(_BITS).map("".join))
def test_it_is_understood_or_a_query_error(text: str) -> None:
    column = 1
    query = Query()
    try:
        query = parse(text)
    except QueryError as error:
        column = error.column
    assert 1 <= column <= max(1, len(text))
    assert all(term.text == term.text.strip() != "" for term in query.terms)
    assert all(0 <= level <= 1 for _, level in query.confidence)
