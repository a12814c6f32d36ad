"""What is private is nowhere: not for a tagger, not in a file, not in a gate's cells."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from makers import frame as still
from PIL import Image
from watch_rig import Luma, frame, noise, scene, watch

from device import build, ids, images, polygon
from device.config import Config
from device.inference.fake import FakeTagger
from device.privacy import blacken, hidden
from device.store.writer import Store
from device.tagging import Tagging
from device.types import Frame, Picture, Pixels, Tag
from device.vocabulary import Vocabulary

WINDOW = ((0.31, 0.22), (0.72, 0.3), (0.66, 0.81), (0.29, 0.7))
RED = (250, 10, 10)


class Curious(FakeTagger):
    """Keeps what it was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[Pixels] = []

    def tag(self, picture: Picture) -> list[Tag]:
        self.shown += [picture.pixels, picture.resized(64, 64)]
        return super().tag(picture)


def secret(width: int, height: int) -> Pixels:
    """Green, and red in the window: what nobody is to see."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[...] = (20, 160, 60)
    pixels[polygon.raster([WINDOW], width, height)] = RED
    return pixels


def encoded(pixels: Pixels, format_: str = "JPEG", **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format_, **options)
    return file.getvalue()


def tagging(tagger: FakeTagger, side: int = 96) -> Tagging:
    hidden = {"gate": (WINDOW,)}
    return Tagging([tagger], Vocabulary(), thumbnail_side=side, keep_original=True, privacy=hidden)


def reddest(pixels: Pixels) -> int:
    """How much more red than green any pixel is."""
    return int((pixels[..., 0].astype(int) - pixels[..., 1]).max())


def opened(data: bytes | None) -> Pixels:
    assert data is not None
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def test_every_pixel_that_the_polygon_meets_is_black_and_no_far_one() -> None:
    pixels = np.full((97, 133, 3), 200, np.uint8)
    assert blacken(pixels, [WINDOW]) is pixels
    met = polygon.raster([WINDOW], 133, 97)
    far = ~polygon.raster([WINDOW], 133, 97, margin=3)
    assert not pixels[met].any()
    assert (pixels[far] == 200).all()


def test_grey_is_blackened_as_well_and_read_only_pixels_are_refused() -> None:
    grey = np.full((9, 9), 200, np.uint8)
    assert blacken(grey, [WINDOW])[4, 4] == 0
    grey.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        blacken(grey, [WINDOW])


@pytest.mark.parametrize("size", [(2001, 1127), (1203, 801), (640, 360), (97, 61)])
@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
def test_no_rim_is_left_in_whatever_size_a_file_is_decoded(
    size: tuple[int, int], format_: str
) -> None:
    data = encoded(secret(*size), format_, quality=90)
    tagger = Curious()
    tagged = tagging(tagger).settle(still(data, source="gate"))
    for pixels in (*tagger.shown, opened(tagged.thumbnail), opened(tagged.original)):
        assert reddest(pixels) < 30
    assert tagged.original != data
    assert tagged.format == "JPEG"
    assert opened(tagged.original).shape[:2] == size[::-1]


def test_the_bytes_of_the_camera_are_kept_of_other_sources() -> None:
    data = encoded(secret(320, 200))
    tagged = tagging(Curious()).settle(still(data, source="inbox"))
    assert tagged.original == data


@pytest.mark.parametrize("orientation", range(1, 9))
def test_polygons_are_of_the_upright_picture(orientation: int) -> None:
    """The file lies on its side; the window is where a person sees it."""
    turns = {
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    image = Image.fromarray(secret(1204, 802))
    for turn in turns.get(orientation, []):
        image = image.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "secret maker"
    data = encoded(np.asarray(image), quality=90, exif=exif)
    tagger = Curious()
    tagged = tagging(tagger).settle(still(data, source="gate"))
    assert (tagged.width, tagged.height) == (1204, 802)
    for pixels in (*tagger.shown, opened(tagged.thumbnail), opened(tagged.original)):
        assert reddest(pixels) < 30
    assert b"secret maker" not in (tagged.original or b"")


@pytest.mark.parametrize("form", ["pixels", "raw", "better bytes", "better raw"])
def test_every_form_of_a_frame_is_blackened(form: str) -> None:
    class Coloured(Luma):
        def pixels(self) -> Pixels:
            return secret(self.width, self.height)

    raw = Coloured(np.zeros((270, 480)))
    parts: dict[str, Frame] = {
        "pixels": Frame(ids.new_id(), "gate", 0.0, secret(480, 270)),
        "raw": Frame(ids.new_id(), "gate", 0.0, raw),
        "better bytes": Frame(
            ids.new_id(), "gate", 0.0, raw, better=encoded(secret(1920, 1080), quality=90)
        ),
        "better raw": Frame(
            ids.new_id(), "gate", 0.0, raw, better=Coloured(np.zeros((1080, 1920)))
        ),
    }
    tagger = Curious()
    tagged = tagging(tagger).settle(parts[form])
    wide = 1920 if form.startswith("better") else 480
    assert tagged.width == wide
    assert opened(tagged.original).shape[1] == wide
    for pixels in (*tagger.shown, opened(tagged.thumbnail), opened(tagged.original)):
        assert reddest(pixels) < 30


def test_the_pixels_that_a_source_handed_over_are_not_written_to() -> None:
    pixels = secret(64, 48)
    before = pixels.copy()
    tagging(Curious()).settle(Frame(ids.new_id(), "gate", 0.0, pixels))
    assert np.array_equal(pixels, before)


def test_a_better_picture_that_is_none_gives_way_to_the_frame() -> None:
    torn = Frame(ids.new_id(), "gate", 0.0, secret(480, 270), better=b"no picture")
    tagged = tagging(Curious()).settle(torn)
    assert tagged.width == 480
    assert reddest(opened(tagged.original)) < 30


def test_no_file_of_the_data_folder_shows_it(store: Store, tmp_path: Path) -> None:
    data = encoded(secret(900, 600), quality=95)
    store.commit([tagging(Curious()).settle(still(data, source="gate"))], {})
    written = [p for p in tmp_path.rglob("*") if p.is_file()]
    pictures = [p for p in written if p.suffix == ".jpg"]
    assert len(pictures) == 2
    for path in pictures:
        assert reddest(opened(path.read_bytes())) < 30
    for path in written:
        assert data[600:900] not in path.read_bytes()


def test_the_gate_neither_reacts_to_it_nor_shows_it() -> None:
    private = watch(privacy=[WINDOW], look_every=0)
    still_scene = scene()
    inside = polygon.raster([WINDOW], 640, 360)
    for number in range(60):
        plane = still_scene + noise(4, number)
        plane[inside] = 255 * (number % 2)
        assert private.consider(frame(plane, number / 5)) is None
        assert private.status()["cells"]["moving"] == []
    plane = still_scene + 0
    plane[300:340, 40:120] += 90
    assert [bool(private.consider(frame(plane, 12.0 + n / 5))) for n in range(2)] == [False, True]


def test_explaining_a_picture_shows_it_black_too() -> None:
    tagger = Curious()
    tagging(tagger).explain(still(encoded(secret(640, 480), quality=90), source="gate"))
    assert all(reddest(pixels) < 30 for pixels in tagger.shown)


def test_a_picture_without_polygons_is_handed_through() -> None:
    picture = images.decode(Frame(ids.new_id(), "x", 0.0, secret(64, 48)))
    assert hidden(picture, ()) is picture


def test_the_config_reaches_the_pixels(tmp_path: Path) -> None:
    wanted = {
        "data_dir": tmp_path,
        "sources": [{"name": "gate", "url": "fake://", "privacy": [WINDOW]}],
        "taggers": {"colours": {"model": "fake"}},
        "store": {"pictures": "full"},
    }
    made = build.Models(Config.model_validate(wanted)).tagging()
    data = encoded(secret(640, 400), quality=90)
    tagged = made.settle(still(data, source="gate"))
    made.close()
    assert reddest(opened(tagged.original)) < 30
    assert reddest(opened(tagged.thumbnail)) < 30
