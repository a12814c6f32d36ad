"""The drawn film: the same each time, at its pace, and the detector sees who walks through it."""

from __future__ import annotations

import itertools
import time
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest

from device import build
from device.config import Config
from device.errors import ConfigError
from device.film import HEIGHT, LENGTH, WALKS, WIDTH, Film
from device.sources.demo import DemoSource, from_url
from device.types import Frame


def test_the_same_moment_looks_the_same_but_for_the_noise() -> None:
    one, other = Film(), Film()
    assert np.array_equal(one.frame(9.0, 1), other.frame(9.0, 1))
    assert np.array_equal(one.frame(9.0, 1), one.frame(9.0 + LENGTH, 1))
    quiet = one.frame(1.0, 1).astype(int) - one.frame(4.0, 2)
    assert 0 < np.abs(quiet).max() <= 6
    assert one.frame(0.0).shape == (HEIGHT, WIDTH, 3)
    assert one.frame(0.0).dtype == np.uint8


def test_the_detector_sees_who_walks_through_and_nothing_else(tmp_path: Path) -> None:
    tagging = build.Models(Config(data_dir=tmp_path)).tagging()
    film, seen = Film(), {}
    try:
        for at in np.arange(0.0, LENGTH, 1.0):
            looked = tagging.look(Frame("x", "demo", 0.0, film.frame(float(at), int(at))))
            seen[float(at)] = {tag.name for tag in looked.said.tags if tag.tagger == "objects"}
    finally:
        tagging.close()
    person, cup = WALKS
    for at, tags in seen.items():
        if person.starts + 2 <= at <= person.ends - 2:
            assert "person" in tags, at
        elif cup.starts + 2 <= at <= cup.ends - 2:
            assert "coffee cup" in tags, at
        elif not any(walk.starts <= at < walk.ends for walk in WALKS):
            assert not tags, at


@pytest.mark.alone
def test_at_its_own_pace() -> None:
    source = from_url("demo", urlsplit("demo://?fps=20"))
    assert source.live
    assert source.stream
    start = time.monotonic()
    frames = list(itertools.islice(source, 7))
    assert 0.25 < time.monotonic() - start < 1
    moments = [frame.moment or 0 for frame in frames]
    assert np.allclose(np.diff(moments), 0.05)
    source.close()
    assert list(source) == []


def test_as_fast_as_can_be_every_frame_counts() -> None:
    source = from_url("demo", urlsplit("demo://?fps=2&pace=fast&rounds=1"))
    assert not source.live
    frames = list(source)
    assert len(frames) == LENGTH * 2
    assert (frames[-1].moment or 0) - (frames[0].moment or 0) == pytest.approx(LENGTH - 0.5)
    assert frames[-1].taken_at - frames[0].taken_at == pytest.approx(LENGTH - 0.5)


@pytest.mark.alone
def test_closing_ends_the_wait() -> None:
    source = DemoSource("demo", fps=0.1)
    frames = iter(source)
    next(frames)
    source.close()
    start = time.monotonic()
    assert list(frames) == []
    assert time.monotonic() - start < 0.5


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("demo://here", "write demo:// alone"),
        ("demo://?fps=0", "write frames a second from 0.1 to 30"),
        ("demo://?fps=nan", "write frames a second"),
        ("demo://?pace=slow", "write real or fast"),
        ("demo://?round=1", "did you mean rounds?"),
    ],
)
def test_urls_that_cannot_be_right(url: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        from_url("demo", urlsplit(url))
    assert told in str(caught.value)
