"""Uploads: what is taken, what is refused, and how it is said."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from web_helpers import (
    PICTURES,
    Site,
    form,
    png,
    problem,
    running,
)

from device.web import models

FILE = 'form-data; name="file"; filename="a.png"'
MULTIPART = {"Content-Type": "multipart/form-data; boundary=limit"}


FRESH = itertools.count(1000)
"""Numbers of pictures that were not sent before."""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One for all that is refused, and for names."""
    with running(tmp_path_factory.mktemp("shared")) as opened:
        yield opened


def test_a_form_and_a_raw_body_are_tagged_and_stored(site: Site) -> None:
    with site.client() as client:
        sent = client.post(PICTURES, files={"file": ("Hof\u00e4 1.png", png(1), "image/png")})
        raw = client.post(PICTURES, content=png(2), headers={"Content-Type": "image/png"})
        octets = client.post(
            PICTURES, content=png(3), headers={"Content-Type": "application/octet-stream"}
        )
        for answer, name in ((sent, "Hof\u00e4 1.png"), (raw, None), (octets, None)):
            assert answer.status_code == 201
            picture = models.PictureShape.model_validate_json(answer.content, strict=True)
            assert (picture.name, picture.source, picture.format) == (name, "upload", "PNG")
            assert [tag.name for tag in picture.tags] == ["black"]
            whole = client.get(answer.headers["location"])
            assert whole.json() == {**answer.json(), "alternatives": []}
            assert site.reader.picture(picture.id) == whole.text  # durable when it was answered


def test_the_same_content_is_one_picture(site: Site) -> None:
    with site.client() as client:
        first = client.post(PICTURES, files={"file": ("a.png", png(1))})
        again = client.post(PICTURES, files={"file": ("b.png", png(1))})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert site.reader.totals()["pictures"] == 1


@pytest.mark.parametrize(
    "data",
    [b"", b"x", b"hello" * 100, png(1)[:-20], b"<svg xmlns='http://www.w3.org/2000/svg'/>",
     b"<html><script>alert(1)</script>", b"%!PS-Adobe-3.0 EPSF-3.0", bytes(100_000)],
    ids=["empty", "byte", "text", "truncated", "svg", "html", "eps", "zeros"],
)  # fmt: skip
def test_what_is_no_picture_is_refused_each_time(shared: Site, data: bytes) -> None:
    before = shared.reader.totals()["pictures"]
    with shared.client() as client:
        first = problem(client.post(PICTURES, files={"file": ("a.png", data)}), 422)
        again = client.post(PICTURES, content=data, headers={"Content-Type": "image/png"})
        assert problem(again, 422)["detail"] == first["detail"]
    assert shared.reader.totals()["pictures"] == before


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("text/plain", 415),
        ("application/json", 415),
        ("application/x-www-form-urlencoded", 415),
        ("imagejpeg", 415),
        ("", 415),
        ("IMAGE/PNG", 201),
        ("image/jpeg", 201),  # what the file itself says counts
        ("image/svg+xml", 201),
    ],
)
def test_kinds_of_body(shared: Site, kind: str, status: int) -> None:
    with shared.client() as client:
        answer = client.post(PICTURES, content=png(next(FRESH)), headers={"Content-Type": kind})
        if status == 201:
            assert answer.status_code == 201
        else:
            assert "multipart/form-data" in problem(answer, status)["detail"]


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (MULTIPART, form(('form-data; name="other"; filename="a.png"', png(1)))),
        (MULTIPART, form(('form-data; name="file"', png(1)))),
        (MULTIPART, form((FILE, png(1)), ('form-data; name="b"; filename="b.png"', png(2)))),
        (MULTIPART, form(*[('form-data; name="a"', b"x")] * 10_000)),
        (MULTIPART, form()),
        (MULTIPART, b""),
        (MULTIPART, b"no form at all"),
        (MULTIPART, form((FILE, png(1)))[:-60]),
        (MULTIPART, form(("form-data", png(1)))),
        (MULTIPART, form((f'{FILE}\r\nX-Long: {"x" * 100_000}', png(1)))),
        (MULTIPART, form(("\r\nX: y" * 10_000, png(1)))),
        ({"Content-Type": "multipart/form-data"}, form((FILE, png(1)))),
        ({"Content-Type": "multipart/form-data; boundary="}, form((FILE, png(1)))),
        ({"Content-Type": f"multipart/form-data; boundary={'b' * 500}"}, form((FILE, png(1)))),
        ({"Content-Type": "multipart/form-data; boundary=other"}, form((FILE, png(1)))),
    ],
    ids=["other field", "not a file", "two fields", "10,000 fields",
         "no part", "empty", "no form", "cut", "no name", "long header", "many headers",
         "no boundary", "empty boundary", "long boundary", "wrong boundary"],
)  # fmt: skip
def test_forms_without_a_file_in_its_place(
    shared: Site, headers: dict[str, str], body: bytes
) -> None:
    with shared.client() as client:
        problem(client.post(PICTURES, content=body, headers=headers), 422)
        assert client.post(PICTURES, files={"file": png(next(FRESH))}).status_code == 201


HOSTILE = [
    "<img src=x onerror=alert(1)>.png",
    "a\nb.png",
    "x" * 5000 + ".png",
    "../../etc/passwd",
    "C:\\temp\\a.png",
    "\u202egnp.exe",
    "=cmd|'/c calc'!A1",
    "\x1b[31mred",
]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_file_names_are_text_of_one_line(shared: Site, name: str) -> None:
    body = form((f'form-data; name="file"; filename="{name}"', png(next(FRESH))))
    with shared.client() as client:
        answer = client.post(PICTURES, content=body, headers=MULTIPART)
        if len(name) > 255:  # longer than a file system's names
            assert "too long" in problem(answer, 422)["detail"]
            return
        shown = str(answer.json()["name"])
        assert shown.isprintable()
        assert len(shown) <= 1020
        assert answer.headers["content-type"] == "application/json"
    assert not list(shared.data.rglob("*passwd*"))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"\xed\xa0\x80.png", "\\xed\\xa0\\x80.png"),
        (b"\xff\xfe", "\\xff\\xfe"),
        (b"a\x00b", "a\\x00b"),
    ],
)
@pytest.mark.parametrize("charset", ["utf-8", "utf-7", "unicode_escape", "hex", "undefined"])
def test_names_that_are_no_text(shared: Site, charset: str, name: bytes, shown: str) -> None:
    """Nor is a charset believed: some of Python's make lone surrogates."""
    body = form(('form-data; name="file"; filename="NAME"', png(next(FRESH)))).replace(
        b"NAME", name
    )
    headers = {"Content-Type": f"multipart/form-data; boundary=limit; charset={charset}"}
    with shared.client() as client:
        answer = client.post(PICTURES, content=body, headers=headers)
        assert answer.json()["name"] == shown


def test_no_name_is_no_name(shared: Site) -> None:
    with shared.client() as client:
        body = form(('form-data; name="file"; filename=""', png(next(FRESH))))
        assert client.post(PICTURES, content=body, headers=MULTIPART).json()["name"] is None
