"""The picture files: whole or not there, and where their row says."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from makers import NOON, tagged
from PIL import Image

from device.errors import StoreError
from device.store.files import PictureFiles
from device.store.reader import Reader
from device.store.writer import Store


def files(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_thumbnail_and_original_lie_in_the_folder_of_their_day(tmp_path: Path) -> None:
    item = tagged("a", original=b"the bytes as they came")
    PictureFiles(tmp_path).write([item])
    uid = item.origin.frame_id
    assert files(tmp_path) == [f"pictures/2027/01/15/{uid}.jpg", f"thumbnails/2027/01/15/{uid}.jpg"]
    assert (tmp_path / files(tmp_path)[0]).read_bytes() == b"the bytes as they came"
    with Image.open(tmp_path / files(tmp_path)[1]) as image:
        assert (image.format, image.size) == ("JPEG", (8, 6))


def test_nothing_is_written_of_a_picture_whose_tags_alone_are_kept(tmp_path: Path) -> None:
    PictureFiles(tmp_path).write([tagged("a", thumbnail=None)])
    assert files(tmp_path) == []


def test_writing_again_is_no_harm(tmp_path: Path) -> None:
    item = tagged("a", original=b"one")
    for _ in range(2):
        PictureFiles(tmp_path).write([item])
    assert len(files(tmp_path)) == 2


def test_a_picture_that_cannot_be_written_leaves_nothing_of_the_batch(tmp_path: Path) -> None:
    good = tagged("a", original=b"one")
    odd = tagged("b", thumbnail="no bytes")
    with pytest.raises((ValueError, TypeError)):
        PictureFiles(tmp_path).write([good, odd])
    assert files(tmp_path) == []


def test_a_place_that_is_taken_leaves_nothing_half_written(tmp_path: Path) -> None:
    place = PictureFiles(tmp_path)
    item = tagged("a", original=b"one")
    place.original(item.origin.frame_id, NOON, "JPEG").mkdir(parents=True)
    with pytest.raises(StoreError):
        place.write([item])
    assert not list(tmp_path.rglob("*.part"))


def test_a_file_where_a_folder_should_be_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "thumbnails").write_text("")
    with pytest.raises(StoreError, match="a file is in the way"):
        PictureFiles(tmp_path).write([tagged("a")])


def test_a_row_never_names_a_file_that_is_not_there(tmp_path: Path) -> None:
    store, reader = Store(tmp_path, "d"), Reader(tmp_path)
    (tmp_path / "thumbnails").write_text("")
    with pytest.raises(StoreError):
        store.commit([tagged("a")], {})
    assert reader.totals()["pictures"] == 0
    (tmp_path / "thumbnails").unlink()
    [outcome] = store.commit([tagged("a")], {})
    found = reader.image(outcome.frame_id, thumbnail=True)
    assert found is not None
    assert found[0].is_file()
    reader.close()
    store.close()


@pytest.mark.parametrize("tagged_at", [NOON, 86400 * 20000 - 0.0003, 86400 * 20000 + 0.0003])
def test_a_row_finds_its_file_also_at_midnight(
    store: Store, reader: Reader, tagged_at: float
) -> None:
    file = io.BytesIO()
    Image.new("RGB", (8, 6)).save(file, "PNG")
    item = tagged("a", tagged_at=tagged_at, original=file.getvalue())
    store.commit([item], {})
    for thumbnail in (True, False):
        found = reader.image(item.origin.frame_id, thumbnail=thumbnail)
        assert found is not None
        assert found[0].is_file()
        assert found[1] == "image/jpeg"


def test_where_only_the_thumbnail_is_kept_it_stands_for_the_picture(
    store: Store, reader: Reader
) -> None:
    small, none = tagged("a"), tagged("b", thumbnail=None)
    store.commit([small, none], {})
    uid = small.origin.frame_id
    assert reader.image(uid, thumbnail=False) == reader.image(uid, thumbnail=True) != None  # noqa: E711
    assert reader.image(none.origin.frame_id, thumbnail=True) is None
    assert reader.image("no such", thumbnail=True) is None
