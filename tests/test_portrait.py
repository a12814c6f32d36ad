"""Which picture of a thing is the better one, and how often it is told."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from PIL import Image, ImageFilter
from visit_rig import Watcher, at, moments, straight, thing

from device.portrait import sharpness, worth
from device.shipped import SAMPLES
from device.types import Box

CAT = np.asarray(Image.open(SAMPLES / "chelsea.jpg").convert("RGB"))
FACE = Box(0.2, 0.1, 0.6, 0.8)


def test_blur_is_worth_less() -> None:
    values = []
    for radius in (0, 1, 2, 4):
        blurred = Image.fromarray(CAT).filter(ImageFilter.GaussianBlur(radius))
        values.append(sharpness(np.asarray(blurred), FACE))
    assert values == sorted(values, reverse=True)
    assert values[0] > 1.5 * values[2]


def test_darkness_has_no_edges() -> None:
    assert sharpness(np.zeros((100, 100, 3), np.uint8), FACE) == 0.0


def test_any_box_can_be_measured() -> None:
    for box in (Box(0.99, 0.99, 0.5, 0.5), Box(-1, -1, 0.5, 0.5), Box(0.5, 0.5, 0, 0), FACE):
        assert sharpness(CAT, box) >= 0.0


def test_sure_large_whole_and_sharp() -> None:
    base = worth(thing(at(0.5, 0.5, 0.2), confidence=0.6))
    assert worth(thing(at(0.5, 0.5, 0.2), confidence=0.8)) > base
    assert worth(thing(at(0.5, 0.5, 0.3), confidence=0.6)) > base
    assert worth(thing(at(0.1, 0.5, 0.2), confidence=0.6)) < base  # cut off at the left
    assert worth(thing(at(0.5, 0.5, 0.2), confidence=0.6), 0.3) < base


def test_the_best_picture_is_told_at_most_every_ten_seconds() -> None:
    """A thing that comes nearer for a minute: each look would be the better picture."""
    watcher = Watcher()
    way = straight((0.5, 0.5), (0.5, 0.5), 0.0, 60.0, 0.2)
    for moment in moments(60.0):
        box = way(moment)
        assert box is not None
        grown = at(0.5, 0.5, 0.05 + moment / 75)
        watcher.look(moment, thing(grown, confidence=0.6), picture=f"{moment:.1f}")
    updates = sorted({float(v.best_picture or "nan") for v in watcher.told("visit_update")})
    assert len(updates) >= 3
    assert min(b - a for a, b in pairwise(updates)) >= 10.0
    start = watcher.told("visit_start")[0]
    assert start.best_picture == "0.6"  # the look that confirmed it


def test_without_a_better_picture_only_last_sights_are_noted() -> None:
    watcher = Watcher()
    for moment in moments(600.0):
        watcher.look(moment, thing(at(0.5, 0.5), confidence=0.6), picture=f"{moment:.1f}")
    assert watcher.events == ["visit_start", "visit_update"]  # stationary, told once
    noted = [one.visit.duration for one in watcher.changes if one.event is None]
    assert 20 < len(noted) < 50  # each tenth of it, every 5 to 60 s


def test_a_faint_sight_is_no_portrait() -> None:
    watcher = Watcher()
    for moment in moments(30.0):
        small, large = at(0.5, 0.5, 0.2), at(0.5, 0.5, 0.25)
        said = [thing(small)] if moment < 2 else []
        faint = [] if said else [thing(large, confidence=0.35)]
        watcher.look(moment, *said, faint=faint, picture=f"{moment:.1f}")
    assert {one.visit.best_picture for one in watcher.changes} == {"0.6"}
