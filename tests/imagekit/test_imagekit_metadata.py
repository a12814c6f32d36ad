"""What a picture file says of itself: read where the whole file is kept, whatever is in it."""

from __future__ import annotations

import io
import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from library_rig import Row, shelve
from makers import THUMBNAIL, tagged
from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

from device import exif, images
from device.assets import Asset
from device.config_compat import IMAGEKIT
from device.errors import PictureError
from device.phash import SIDE, phash
from device.store.reader import Reader
from device.store.writer import Store
from device.web.compat.imagekit.metadata import metadata

GREY = Image.new("RGB", (64, 48), (90, 90, 90))


def with_exif() -> bytes:
    told = Image.Exif()
    told[0x010F] = "Maker\x00"
    told[0x0132] = "2026:05:01 10:00:00"
    told[0x0112] = 1
    told.get_ifd(ExifTags.IFD.Exif).update(
        {
            0x829A: IFDRational(1, 250),
            0x8827: 200,
            0x9003: "2026:05:01 10:00:00",
            0x927C: b"\x01\xff",
        }
    )
    told.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (47.0, 30.0, 0.5), 29: "2026:05:01"})
    file = io.BytesIO()
    GREY.save(file, "JPEG", exif=told, dpi=(300, 300), icc_profile=b"a profile")
    return file.getvalue()


def test_groups_of_exif() -> None:
    facts = exif.facts(with_exif())
    assert (facts.density, facts.profile, facts.transparent) == (300, True, False)
    assert facts.groups["image"]["Make"] == "Maker"
    assert facts.groups["image"]["ModifyDate"] == "2026:05:01 10:00:00"
    assert facts.groups["exif"]["ExposureTime"] == pytest.approx(0.004)
    assert facts.groups["exif"]["ISO"] == 200
    assert facts.groups["exif"]["DateTimeOriginal"] == "2026:05:01 10:00:00"
    assert facts.groups["gps"]["GPSLatitude"] == [47.0, 30.0, 0.5]
    assert set(facts.groups) == {"image", "exif", "gps"}
    assert not {"ExifOffset", "GPSInfo", "MakerNote"} & {
        *facts.groups["image"],
        *facts.groups["exif"],
    }
    json.dumps(facts.groups, allow_nan=False)


@pytest.mark.parametrize(
    ("mode", "format_", "transparent"),
    [("RGBA", "PNG", True), ("LA", "PNG", True), ("RGB", "PNG", False), ("RGBA", "WEBP", True)],
)
def test_transparency(mode: str, format_: str, transparent: bool) -> None:
    file = io.BytesIO()
    picture = GREY.convert(mode)
    if mode.endswith("A"):
        picture.putalpha(128)
    picture.save(file, format_)
    assert exif.facts(file.getvalue()).transparent is transparent


def test_damaged_exif_says_nothing_and_breaks_nothing() -> None:
    whole, chance = with_exif(), random.Random(4)
    start, end = whole.index(b"Exif\x00\x00") + 6, whole.index(b"a profile")
    for _ in range(3000):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            data[chance.randrange(start, end)] = chance.choice((0, 255, chance.randrange(256)))
        json.dumps(exif.facts(bytes(data)).groups, allow_nan=False)
    with pytest.raises(PictureError):
        exif.facts(b"no picture, however long it is")


def test_the_hash_is_of_what_is_seen() -> None:
    chance = np.random.default_rng(1)
    picture = chance.integers(0, 255, (SIDE, SIDE, 3), dtype=np.uint8)
    told = int(phash(picture), 16)
    darker = (picture * 0.7).astype(np.uint8)
    assert (told ^ int(phash(darker), 16)).bit_count() <= 4
    assert (told ^ int(phash(255 - picture), 16)).bit_count() >= 60
    assert (told ^ int(phash(picture[::-1].copy()), 16)).bit_count() >= 16
    assert phash(np.full((SIDE, SIDE, 3), 80, dtype=np.uint8)) == "0" * 16
    assert 28 <= told.bit_count() <= 36


@pytest.mark.parametrize("kept", ["full", "thumbnail", "none", "lost", "torn"])
def test_metadata_of_what_is_kept(store: Store, reader: Reader, tmp_path: Path, kept: str) -> None:
    original = with_exif() if kept in ("full", "lost", "torn") else None
    thumbnail = None if kept == "none" else THUMBNAIL
    picture = tagged("x", source=IMAGEKIT, original=original, thumbnail=thumbnail)
    store.commit([picture], {})
    [asset] = shelve(store, Row("a.jpg"))
    moved = replace_picture(store, asset, picture.origin.frame_id)
    for file in (tmp_path / "data").rglob("*.jpg") if kept in ("lost", "torn") else ():
        file.unlink() if kept == "lost" else file.write_bytes(
            b"\xff\xd8\xff torn in the middle of it"
        )
    one = reader.library.one(moved.uid)
    assert one is not None
    told = metadata(reader, one)
    assert (told["width"], told["height"], told["format"]) == (640, 480, "jpg")
    assert (told["exif"] != {}) == (kept == "full")
    assert told["density"] == (300 if kept == "full" else None)
    assert (told["pHash"] is None) == (kept in ("none", "lost", "torn"))


def replace_picture(store: Store, asset: Asset, picture: str) -> Asset:
    """The file shows that picture."""
    sql = "UPDATE asset SET picture_id = (SELECT max(id) - 1 FROM picture) WHERE uid = ?"
    store.db.execute(sql, (asset.uid,))
    store.db.commit()
    return replace(asset, picture=picture)


def test_a_thumbnail_is_enough_for_a_hash() -> None:
    """The same picture as its thumbnail and whole."""
    whole = np.asarray(Image.open(io.BytesIO(THUMBNAIL)).convert("RGB").resize((SIDE, SIDE)))
    again = Image.open(io.BytesIO(images.jpeg_bytes(np.ascontiguousarray(whole)))).convert("RGB")
    assert phash(np.asarray(again)) == phash(whole)
