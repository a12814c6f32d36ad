"""Motion JPEG as cameras really send it."""

from __future__ import annotations

import random

import pytest
from daemon_rig import jpeg
from hypothesis import given
from hypothesis import strategies as st

from device.multipart import MultipartError, Parts

PICTURES = [jpeg(number, (200, 100)) for number in range(4)]
HEAD = b"Content-Type: image/jpeg\r\n"


def counted(picture: bytes, off: int = 0) -> bytes:
    return HEAD + b"Content-Length: %d\r\n\r\n" % (len(picture) + off) + picture


def bare(picture: bytes) -> bytes:
    return HEAD + b"\r\n" + picture


def joined(delimiter: bytes, *bodies: bytes, gap: bytes = b"\r\n") -> bytes:
    return b"".join(delimiter + b"\r\n" + body + gap for body in bodies) + delimiter + b"--\r\n"


VARIANTS = {
    "as it should be": ("frame", joined(b"--frame", *map(counted, PICTURES))),
    "boundary only": ("frame", joined(b"--frame", *map(bare, PICTURES))),
    "quoted": ('"frame"', joined(b"--frame", *map(bare, PICTURES))),
    "dashes in the name": ("--frame", joined(b"--frame", *map(bare, PICTURES))),
    "dashes left out": ("frame", joined(b"frame", *map(bare, PICTURES))),
    "another name": ("frame", joined(b"--ipcamera", *map(bare, PICTURES))),
    "no name": (None, joined(b"--ipcamera", *map(bare, PICTURES))),
    "no name, counted": (None, joined(b"--ipcamera", *map(counted, PICTURES))),
    "nothing between": ("frame", joined(b"--frame", *map(bare, PICTURES), gap=b"")),
    "empty lines between": ("frame", joined(b"--frame", *map(counted, PICTURES), gap=b"\r\n" * 3)),
    "bare line feeds": (
        "frame",
        b"".join(b"--frame\n" + HEAD.replace(b"\r", b"") + b"\n" + p + b"\n" for p in PICTURES)
        + b"--frame\n",
    ),
    "glued to the header": (
        "jpgboundary",
        b"".join(b"--jpgboundary" + bare(p) + b"\r\n" for p in PICTURES) + b"--jpgboundary",
    ),
    "without the first": ("frame", joined(b"--frame", *map(bare, PICTURES))[len(b"--frame\r\n") :]),
    "without the first, nor a name": (
        None,
        joined(b"--frame", *map(counted, PICTURES))[len(b"--frame\r\n") :],
    ),
    "no headers": ("frame", joined(b"--frame", *(b"\r\n" + p for p in PICTURES))),
    "nor an empty line": ("frame", joined(b"--frame", *PICTURES)),
    "a preamble": ("frame", b"hello\r\n\r\nthere\r\n" + joined(b"--frame", *map(bare, PICTURES))),
    "counted too short": ("frame", joined(b"--frame", *(counted(p, -9) for p in PICTURES))),
    "counted too long": ("frame", joined(b"--frame", *(counted(p, 40) for p in PICTURES))),
    "counted as nothing": (
        "frame",
        joined(b"--frame", *(HEAD + b"Content-Length: 0\r\n\r\n" + p for p in PICTURES)),
    ),
    "counted in words": (
        "frame",
        joined(b"--frame", *(HEAD + b"Content-Length: many\r\n\r\n" + p for p in PICTURES)),
    ),
}


@pytest.mark.parametrize("step", [1, 7, 100, 10**6])
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_in_pieces_of_every_size(variant: str, step: int) -> None:
    boundary, data = VARIANTS[variant]
    parts = Parts(boundary)
    got = [body for at in range(0, len(data), step) for body in parts.feed(data[at : at + step])]
    assert got == PICTURES


def test_a_counted_picture_does_not_wait_for_the_next_one() -> None:
    parts = Parts("frame")
    assert parts.feed(b"--frame\r\n" + counted(PICTURES[0])) == [PICTURES[0]]


def test_the_end() -> None:
    parts = Parts("frame")
    parts.feed(joined(b"--frame", counted(PICTURES[0])))
    assert parts.ended
    assert parts.feed(b"--frame\r\n" + counted(PICTURES[1])) == []


def test_a_picture_with_a_thumbnail_in_it_is_not_cut_there() -> None:
    inner = PICTURES[0]
    whole = b"\xff\xd8\xff\xe1" + (len(inner) + 2).to_bytes(2, "big") + inner + PICTURES[1][2:]
    assert Parts("b").feed(joined(b"--b", bare(whole), counted(whole))) == [whole, whole]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"--b\r\nContent-Length: 99999999999999\r\n\r\n", "more than 1 MiB"),
        (b"--b\r\n\r\n" + b"\xff\xd8\xff" + bytes(2**20), "more than 1 MiB"),
        (bytes(10**6), "no picture where one should begin"),
        (b"--b\r\n" + b"X-Header: y\r\n" * 10_000, "no picture where one should begin"),
    ],
)
def test_what_has_no_end(data: bytes, told: str) -> None:
    parts = Parts("b", most=2**20)
    pieces = [data[at : at + 1000] for at in range(0, len(data), 1000)]
    with pytest.raises(MultipartError, match=told):
        list(map(parts.feed, pieces))


def test_neither_boundary_nor_length() -> None:
    with pytest.raises(MultipartError, match="neither"):
        Parts(None).feed(bare(PICTURES[0]))


@given(st.binary(max_size=300), st.integers(1, 50))
def test_noise_is_refused_or_passed_over_but_never_more_than_that(noise: bytes, step: int) -> None:
    parts = Parts("frame", most=2**16)
    data = noise + joined(b"--frame", *map(counted, PICTURES[:2]))
    try:
        for at in range(0, len(data), step):
            parts.feed(data[at : at + step])
    except MultipartError:
        pass


def test_it_finds_back_after_every_kind_of_damage() -> None:
    chance = random.Random(1)
    whole = joined(b"--frame", *map(counted, PICTURES * 4))
    found = 0
    for _ in range(300):
        data = bytearray(whole)
        at = chance.randrange(len(data) - 20)
        if chance.random() < 0.5:
            del data[at : at + chance.randrange(1, 20)]
        else:
            data[at : at + 10] = chance.randbytes(10)
        parts = Parts("frame")
        got = parts.feed(bytes(data))
        found += sum(one in PICTURES for one in got)
    assert found >= 300 * 14  # of 16: one damage costs one picture, seldom two
