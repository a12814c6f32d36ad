"""Where a detector looks beside the whole picture, and that each thing is told once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from makers import tag
from PIL import Image, ImageFilter
from watch_rig import Luma

from device import build, ids, images, shipped
from device.config import Config
from device.inference.fake import FakeTagger
from device.merge import Found, merged, placed
from device.regions import CROPS, TILES, Part, crops, regions, tiles
from device.tagging import Tagging
from device.types import Box, Frame, Look, Picture, Pixels, Tag
from device.vocabulary import Vocabulary

HD, UHD = (1920, 1080), (3840, 2160)


def pixels_of(box: Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    x, y = round(box.x * size[0]), round(box.y * size[1])
    return x, y, round(box.width * size[0]), round(box.height * size[1])


@pytest.mark.parametrize("size", [HD, UHD, (2160, 3840), (4000, 1200)])
@pytest.mark.parametrize("corner", [(0.0, 0.0), (0.95, 0.9), (0.4, 0.5)])
def test_a_crop_is_square_inside_and_holds_what_moves(
    size: tuple[int, int], corner: tuple[float, float]
) -> None:
    moved = Box(*corner, 0.05, 0.1)
    (crop,) = crops([moved], size, 300)
    x, y, width, height = pixels_of(crop, size)
    assert width == height >= 300
    assert x >= 0
    assert y >= 0
    assert x + width <= size[0]
    assert y + height <= size[1]
    assert crop.x <= moved.x + 1e-9
    assert crop.x + crop.width >= moved.x + moved.width - 1e-9
    assert crop.y <= moved.y + 1e-9
    assert crop.y + crop.height >= moved.y + moved.height - 1e-9


def test_what_moves_everywhere_or_in_a_small_picture_needs_no_crop() -> None:
    assert crops([Box(0.1, 0.1, 0.5, 0.6)], HD, 300) == []
    assert crops([Box(0.5, 0.5, 0.05, 0.05)], (640, 360), 300) == []


def test_neighbours_share_a_crop_and_there_are_not_too_many() -> None:
    near = [Box(0.5, 0.5, 0.02, 0.02), Box(0.51, 0.5, 0.01, 0.01)]
    assert len(crops(near, UHD, 300)) == 1
    many = [Box(i / 20, i / 20, 0.02, 0.02) for i in range(20)]
    assert len(crops(many, UHD, 300)) == CROPS


@pytest.mark.parametrize("size", [HD, UHD, (1352, 900), (1080, 1920), (6000, 1000)])
def test_tiles_cover_the_picture_and_overlap(size: tuple[int, int]) -> None:
    found = tiles(size, 600, TILES)
    assert 2 <= len(found) <= TILES
    covered = np.zeros(size[::-1], np.uint8)
    for tile in found:
        x, y, width, height = pixels_of(tile, size)
        assert abs(width - height) <= 1
        covered[y : y + height, x : x + width] += 1
    assert covered.min() >= 1 or size == (1080, 1920)
    assert covered.max() >= 2


def test_a_look_in_time_tiles_a_large_picture_only() -> None:
    assert len(regions(Look("interval"), [], UHD, 300)) == TILES
    assert len(regions(Look("asked"), [], HD, 300)) == TILES
    assert regions(Look("interval"), [], (1280, 720), 300) == []
    assert regions(Look("visit"), [], UHD, 300) == []


def test_what_a_sure_tag_explains_is_not_looked_at_again() -> None:
    moved = Box(0.5, 0.5, 0.05, 0.1)
    look = Look("motion", (moved,))
    car = Box(0.48, 0.5, 0.1, 0.12)
    assert len(regions(look, [tag("car", 0.3, box=car)], UHD, 300)) == 1
    assert regions(look, [tag("car", 0.8, box=car)], UHD, 300) == []
    assert len(regions(look, [tag("car", 0.8, box=Box(0, 0, 0.1, 0.1))], UHD, 300)) == 1


def test_boxes_are_moved_to_the_whole_and_cut_ones_known() -> None:
    part = Box(0.5, 0.25, 0.5, 0.5)
    inner = placed(tag("car", box=Box(0.2, 0.4, 0.4, 0.2)), part, 1)
    assert inner.tag.box == Box(0.6, 0.45, 0.2, 0.1)
    assert not inner.cut
    assert placed(tag("car", box=Box(0.0, 0.4, 0.4, 0.2)), part, 1).cut
    assert placed(tag("car", box=Box(0.4, 0.9, 0.4, 0.1)), part, 1).cut
    at_the_border = placed(tag("car", box=Box(0.6, 0.4, 0.4, 0.2)), part, 1)
    assert not at_the_border.cut  # the picture itself ends there


def test_one_thing_in_several_parts_is_told_once_and_whole() -> None:
    whole = Found(tag("car", 0.5, box=Box(0.4, 0.4, 0.2, 0.2)), 0)
    again = Found(tag("car", 0.7, box=Box(0.41, 0.4, 0.2, 0.2)), 1)
    half = Found(tag("car", 0.9, box=Box(0.5, 0.4, 0.15, 0.2)), 2, cut=True)
    (kept,) = merged([whole, again, half])
    assert kept == again.tag


def test_two_things_stay_two() -> None:
    """A child before a grown-up, in one look; a dog beside a cat; two cars in two parts."""
    grown = Found(tag("person", 0.9, box=Box(0.4, 0.2, 0.2, 0.6)), 0)
    child = Found(tag("person", 0.8, box=Box(0.45, 0.5, 0.1, 0.3)), 0)
    dog = Found(tag("dog", 0.7, box=Box(0.4, 0.2, 0.2, 0.6)), 1)
    cars = [Found(tag("car", 0.6, box=Box(0.1 * n, 0.1, 0.08, 0.1)), n) for n in (1, 2)]
    assert len(merged([grown, child, dog, *cars])) == 5


def test_a_cut_thing_that_nobody_else_saw_stays() -> None:
    half = Found(tag("car", 0.6, box=Box(0.5, 0.4, 0.15, 0.2)), 2, cut=True)
    assert merged([half]) == [half.tag]


def test_a_part_is_a_picture() -> None:
    pixels = np.arange(100 * 200 * 3, dtype=np.uint8).reshape(100, 200, 3)
    picture = images.decode(Frame(ids.new_id(), "x", 0.0, pixels))
    part: Picture = Part(picture, Box(0.25, 0.5, 0.5, 0.25))
    assert (part.width, part.height) == (100, 25)
    assert np.array_equal(part.pixels, pixels[50:75, 50:150])
    assert np.array_equal(part.resized(100, 25), pixels[50:75, 50:150])
    inner = part.resized(10, 10, Box(0.5, 0.0, 0.1, 0.4))
    assert np.array_equal(inner, pixels[50:60, 100:110])
    assert part.reduced(50).shape == (12, 50, 3)


class Finder(FakeTagger):
    """Finds the white square where it fills enough of what it is shown."""

    def __init__(self) -> None:
        super().__init__("objects")
        self.shown: list[tuple[int, int]] = []

    def tag(self, picture: Picture) -> list[Tag]:
        self.shown.append((picture.width, picture.height))
        bright = picture.resized(100, 100)[..., 0] > 200
        if bright.sum() < 50:
            return []
        rows, columns = np.flatnonzero(bright.any(axis=1)), np.flatnonzero(bright.any(axis=0))
        size = (len(columns) / 100, len(rows) / 100)
        return [tag("square", 0.9, box=Box(columns[0] / 100, rows[0] / 100, *size))]


def white_square(side: int = 40) -> Pixels:
    pixels = np.zeros((2160, 3840, 3), np.uint8)
    pixels[1000 : 1000 + side, 2000 : 2000 + side] = 255
    return pixels


def test_tagging_shows_a_finder_what_moves_and_maps_its_box_back() -> None:
    moved = Box(2000 / 3840, 1000 / 2160, 40 / 3840, 40 / 2160)
    still = Frame(ids.new_id(), "gate", 0.0, white_square())
    look = Frame(ids.new_id(), "gate", 0.0, still.data, look=Look("motion", (moved,)))
    finder = Finder()
    tagging = Tagging([finder], Vocabulary(), finders={"objects"})
    assert tagging.look(still).said.tags == ()
    assert len(finder.shown) == 1
    (found,) = tagging.look(look).said.tags
    assert found.box is not None
    assert (found.box.x, found.box.y) == pytest.approx((moved.x, moved.y), abs=0.002)
    assert found.box.width == pytest.approx(moved.width, abs=0.002)


class Better(Luma):
    """Colours, as a camera's main stream has them."""

    def __init__(self, pixels: Pixels) -> None:
        super().__init__(pixels[..., 0])
        self._pixels = pixels

    def pixels(self) -> Pixels:
        return self._pixels.copy()


def test_parts_are_taken_from_the_better_picture_of_the_same_moment() -> None:
    """What private pixels it has are black there as well."""
    moved = Box(2000 / 3840, 1000 / 2160, 40 / 3840, 40 / 2160)
    small = white_square()[::6, ::6]
    frame = Frame("a", "gate", 0.0, small, better=Better(white_square()))
    frame = replace(frame, look=Look("motion", (moved,)))
    finder = Finder()
    tagging = Tagging([finder], Vocabulary(), finders={"objects"})
    (found,) = tagging.look(frame).said.tags
    assert found.box is not None
    assert (found.box.x, found.box.y) == pytest.approx((moved.x, moved.y), abs=0.002)
    assert finder.shown == [(640, 360), (60, 60)]
    tagging.look(replace(frame, better_off=0.5))
    assert finder.shown[3] == (16, 16), "of another moment: a part of the small one"
    everything = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    hidden = Tagging([finder], Vocabulary(), finders={"objects"}, privacy={"gate": [everything]})
    assert hidden.look(frame).said.tags == ()
    assert finder.shown[5] == (60, 60)


def test_a_tagger_without_boxes_sees_the_whole_only() -> None:
    finder = Finder()
    look = Look("motion", (Box(0.5, 0.5, 0.02, 0.02),))
    Tagging([finder], Vocabulary()).look(Frame("a", "gate", 0.0, white_square(), look=look))
    assert finder.shown == [UHD]


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tagging]:
    """The detector that comes with tagd."""
    data = Path(tmp_path_factory.mktemp("data"))
    taggers = {"objects": {"model": "objects"}}
    config = Config.model_validate({"data_dir": data, "taggers": taggers})
    tagging = build.Models(config).tagging()
    yield tagging
    tagging.close()


@pytest.mark.parametrize("height", [100, 200])
def test_a_person_far_away_in_a_4k_picture_is_found(objects: Tagging, height: int) -> None:
    ground = Image.open(shipped.SAMPLES / "rocket.jpg").convert("RGB").resize(UHD)
    picture = ground.filter(ImageFilter.GaussianBlur(12))
    person = Image.open(shipped.SAMPLES / "astronaut.jpg").convert("RGB")
    person = person.resize((round(person.width * height / person.height), height))
    picture.paste(person, (2500, 1200))
    where = Box(2500 / 3840, 1200 / 2160, person.width / 3840, height / 2160)

    def people(look: Look | None) -> list[Tag]:
        frame = Frame(ids.new_id(), "gate", 0.0, np.asarray(picture), look=look)
        return [one for one in objects.look(frame).said.tags if one.name == "person"]

    assert people(None) == []
    assert people(Look("visit")) == []
    (found,) = people(Look("motion", (where,)))
    assert found.box is not None
    assert found.box.x == pytest.approx(where.x, abs=0.01)
    assert found.box.y == pytest.approx(where.y, abs=0.01)
