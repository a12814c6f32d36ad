"""Out of one box and into another: all forms, hostile archives, twice, and what was erased."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from makers import jpeg, tag, tagged
from test_erase import erase
from web_helpers import Site, problem

from device.__main__ import cli
from device.export_forms import FORMS, Exported
from device.search_query import parse
from device.store import exporter
from device.store.exporter import Export, Wanted
from device.store.reader import Reader
from device.store.writer import Store
from device.types import Box

BOX = Box(0.1, 0.2, 0.3, 0.4)
PICTURE: dict[str, Any] = {
    "id": "01KA1P8SVJ8J82HV1H9VH8RVMX",
    "source": "old",
    "name": "a.jpg",
    "taken_at": "2026-01-02T03:04:05.000Z",
    "tagged_at": "2026-01-02T03:04:06.000Z",
    "width": 640,
    "height": 480,
    "format": "JPEG",
    "size": 9,
    "sha256": "ab" * 32,
    "tags": [
        {
            "name": "cat",
            "confidence": 0.9,
            "kind": "object",
            "tagger": "objects",
            "model": "m@1",
            "parents": ["animal"],
            "box": {"x": 0.1, "y": 0.2, "width": 0.3, "height": 0.4},
            "state": "accepted",
        }
    ],
}


def tagd(folder: Path, *args: str, code: int = 0) -> Result:
    """A command on the data folder `folder`."""
    config = folder.with_suffix(".yaml")
    sections = {"data_dir": str(folder), "taggers": {"fake": {"model": "fake"}}}
    config.write_text(yaml.safe_dump(sections), encoding="utf-8")
    done = CliRunner().invoke(cli, [*args, "--config", str(config)])
    assert done.exit_code == code, (done.output, done.exception)
    return done


def filled(folder: Path, count: int = 5) -> list[str]:
    store = Store(folder, "gate")
    said = (tag("cat", 0.9, box=BOX, parents=("animal",)), tag("night", 0.7))
    items = [
        tagged(f"{n}", tags=said, name=f"{n}.jpg", thumbnail=jpeg(n), source="hall")
        for n in range(count)
    ]
    store.commit(items, {})
    # What a review leaves: one is accepted, one rejected.
    store.db.execute(
        "UPDATE picture SET reviewed_ms = 5, tags = replace(replace(tags, ':1900', ':3900'),"
        " ':1700', ':7700') WHERE id = 1"
    )
    store.close()
    return [item.frame_id for item in items]


def pictures(folder: Path) -> dict[str, Any]:
    reader = Reader(folder)
    try:
        page = reader.page(parse(""), limit=500)
        uids = [json.loads(one)["id"] for one in page.pictures]
        return {uid: json.loads(reader.picture(uid) or "") for uid in uids}  # all that is known
    finally:
        reader.close()


@pytest.mark.parametrize("target", ["out.zip", "out"])
def test_there_and_back(tmp_path: Path, target: str) -> None:
    ids = filled(tmp_path / "a")
    out = tmp_path / target
    assert (
        "5 pictures, 5 image files"
        in tagd(tmp_path / "a", "export", str(out), "--images", "thumbnail").output
    )
    assert (
        "5 pictures would be imported"
        in tagd(tmp_path / "b", "import", str(out), "--dry-run").output
    )
    assert "5 pictures imported, 0 were here" in tagd(tmp_path / "b", "import", str(out)).output
    there, here = pictures(tmp_path / "a"), pictures(tmp_path / "b")
    assert set(here) == set(ids)
    assert here == there
    assert {t["state"] for t in here[ids[0]]["tags"]} == {"accepted", "rejected"}
    assert "0 pictures imported, 5 were here" in tagd(tmp_path / "b", "import", str(out)).output
    reader = Reader(tmp_path / "b")
    assert len(reader.find(parse("animal"))) == 5, "also by what stands above"
    assert len(reader.find(parse("night"))) == 4, "not what was rejected"
    assert reader.events_after(0, 10) == [], "it is no news"
    for uid in ids:
        found = reader.image(uid, thumbnail=True)
        assert found is not None
        assert found[0].exists()
    reader.close()


def test_what_was_erased_is_not_let_in(tmp_path: Path) -> None:
    ids = filled(tmp_path / "a")
    out = str(tmp_path / "out.zip")
    tagd(tmp_path / "a", "export", out)
    store = Store(tmp_path / "a", "gate")
    erase(store, "picture", ids[0])
    store.close()
    told = tagd(tmp_path / "a", "import", out, code=1)
    assert "it was erased here" in told.output
    assert ids[0] not in pictures(tmp_path / "a")
    tagd(tmp_path / "a", "import", out, "--even-erased")
    assert ids[0] in pictures(tmp_path / "a")
    store = Store(tmp_path / "a", "gate")  # nor does the file beside bring the tombstone back
    while store.tend():
        pass
    store.close()
    assert ids[0] in pictures(tmp_path / "a")


def test_a_table_and_boxes(tmp_path: Path) -> None:
    filled(tmp_path / "a", 2)
    for form, name in (("csv", "tags.csv"), ("coco", "coco.json")):
        tagd(tmp_path / "a", "export", str(tmp_path / form), "--format", form, "--query", "cat")
        assert (tmp_path / form / name).exists()
    lines = (tmp_path / "csv/tags.csv").read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(lines))
    assert len(rows) == 4
    assert {(row["tag_name"], row["tag_state"]) for row in rows} == {
        *(("cat", "accepted"), ("cat", "proposed"), ("night", "rejected"), ("night", "proposed")),
    }
    coco = json.loads((tmp_path / "coco/coco.json").read_text(encoding="utf-8"))
    images = {one["id"]: one for one in coco["images"]}
    assert [one["name"] for one in coco["categories"]] == ["cat"]
    assert {images[one["image_id"]]["width"] for one in coco["annotations"]} == {640}
    assert coco["annotations"][0]["bbox"] == [64.0, 96.0, 192.0, 192.0]
    assert sorted(one["tags"] for one in coco["images"]) == [[], ["night"]]


def test_a_name_is_no_formula() -> None:
    picture = {**PICTURE, "name": "=cmd|calc.jpg"}
    lines = "".join(FORMS["csv"](lambda: iter([Exported(1, None, picture)])))
    [row] = csv.DictReader(io.StringIO(lines))
    assert row["name"] == "'=cmd|calc.jpg"


def test_a_stream_holds_little(site: Site) -> None:
    from web_helpers import stored

    for first in range(0, 2000, 50):
        site.store.commit([stored(n) for n in range(first, first + 50)], {})
    with site.client() as client, client.stream("GET", "/api/v1/export") as answer:
        assert answer.headers["content-type"] == "application/zip"
        assert answer.headers["content-disposition"].startswith('attachment; filename="tagd-test-')
        blocks = list(answer.iter_raw())
    with zipfile.ZipFile(io.BytesIO(b"".join(blocks))) as archive:
        assert archive.testzip() is None
        lines = archive.read("pictures.jsonl").splitlines()
        manifest = json.loads(archive.read("manifest.json"))
    assert len({json.loads(line)["id"] for line in lines}) == manifest["pictures"] == 2000
    parts = exporter.zipped(Export(site.reader, Wanted(parse(""), "", "none", "jsonl")))
    next(parts)
    parts.close()  # whoever hangs up leaves nothing behind


def test_over_the_api_twice(site: Site) -> None:
    order = {"pictures": [{"line": PICTURE, "image": None}] * 2}
    with site.client() as client:
        first = client.post("/api/v1/import", json=order)
        assert first.json() == {"imported": 1, "known": 1, "refused": []}
        again = client.post("/api/v1/import", json=order)
        assert again.json() == {"imported": 0, "known": 2, "refused": []}
        bad = {"pictures": [{"line": {**PICTURE, "id": "x"}, "image": "=="}]}
        told = client.post("/api/v1/import", json=bad).json()
        assert told["refused"][0]["id"] == "x"
        problem(client.post("/api/v1/import", json={"pictures": []}), 422)
        problem(client.post("/api/v1/import", content=b"x" * 5_000_000), 413)
    [picture] = site.reader.find(parse("state=accepted"))
    assert picture.id == PICTURE["id"]
