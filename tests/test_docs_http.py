"""Numbers and sentences in docs/sources.md are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from device import film, http_fetch, http_patience, http_picture, inbox
from device.sources import http, http_options, http_state

ROOT = Path(__file__).parents[1]
DOCS = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
FLAT = " ".join(DOCS.split())


def test_numbers() -> None:
    assert f"{http_patience.CONNECT:g} s for a connection, {http_fetch.HEAD:g} s for an ans" in FLAT
    assert f"{http_picture.WHOLE:g} s and {http_picture.MOST // 2**20} MiB for one picture" in FLAT
    assert f"{http_options.FASTEST:g} s at least; {http.EVERY:g} s where a camera answers" in FLAT
    assert http_state._IN_FULL == 300
    assert "Every five minutes it is asked for the whole picture" in FLAT
    wait = f"Up to {inbox.MOST_PICTURES} pictures or {inbox.MOST_BYTES // 2**20} MiB wait for one"
    assert wait in FLAT
    assert f"A film of {film.LENGTH:g} s" in FLAT
    assert f"{film.WIDTH} x {film.HEIGHT}" in FLAT


TOLD = re.findall(r"^\| tagd says \| and means \|\n\|.+\n((?:\|.+\n)+)", DOCS, re.MULTILINE)


@pytest.mark.parametrize("said", re.findall(r"^\| `([^`]+)` \| ", "".join(TOLD), re.MULTILINE))
def test_what_tagd_says_is_in_the_code(said: str) -> None:
    names = ("http_trouble", "http_picture", "http_fetch")
    names += ("sources/video_open", "sources/video_live")
    code = "".join((ROOT / f"device/{name}.py").read_text(encoding="utf-8") for name in names)
    coded = said.replace("404", "{status}").replace("a web page", "{kind}")
    coded = coded.replace("10 s", "{_OPEN:.0f} s")
    ways = (said.split("..."), coded.split("..."))
    assert any(all(piece.strip(" ,") in code for piece in way) for way in ways), said
