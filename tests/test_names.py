from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.names import display_name


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (b"IMG_0001.jpg", "IMG_0001.jpg"),
        (b"sub/a b.png", "sub/a b.png"),
        ("Käfer – 日本.jpg".encode(), "Käfer – 日本.jpg"),
        ("ideographic\u3000space.jpg".encode(), "ideographic\u3000space.jpg"),
        ("9.41\u202fAM.png".encode(), "9.41\u202fAM.png"),
        ("👩\u200d🚀.jpg".encode(), "👩\u200d🚀.jpg"),
        (b"<img src=x onerror=a>.jpg", "<img src=x onerror=a>.jpg"),  # the page escapes it
        (b"k\xe4fer.jpg", "k\\xe4fer.jpg"),
        (b"a\nERROR b\r.jpg", "a\\nERROR b\\r.jpg"),
        (b"\x1b[31mred.jpg", "\\x1b[31mred.jpg"),
        ("photo\u202egpj.exe".encode(), "photo\\u202egpj.exe"),
        ("line\u2028two".encode(), "line\\u2028two"),
        (b"\xed\xa0\x80.jpg", "\\xed\\xa0\\x80.jpg"),  # half of a surrogate pair
        (b"", ""),
    ],
)
def test_shown_as(path: bytes, shown: str) -> None:
    assert display_name(path) == shown


@given(st.binary())
def test_any_bytes_are_one_printable_line(path: bytes) -> None:
    shown = display_name(path)
    shown.encode("utf-8")
    assert len(shown.splitlines()) <= 1
    assert not any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in shown)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_plain_names_stay(name: str) -> None:
    assert display_name(name.encode()) == name
