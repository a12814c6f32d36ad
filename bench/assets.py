"""`python -m bench.assets`: what listing and searching the media library costs, JSON and all.

--data DIR   where the database is kept between runs (default: under the user's cache)
--files N    how many, with six tags each of 502 (Zipf, exponent 0.9), in 200 folders
--write      put the table into docs/imagekit-search.md

The library is made by `Store.commit`, as uploads would. Questions go through the query string, as
clients send it, and end in the bytes that are answered; pages of 1,000 are ImageKit's default.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench import documents
from bench.machine import machine
from device import ids, wire
from device.assets import Asset, Filed
from device.config_compat import IMAGEKIT
from device.results import Origin, Tagged
from device.store.reader import Reader
from device.store.writer import Store
from device.types import Tag
from device.vocabulary import Vocabulary
from device.web.compat.imagekit import listing, reading

DOCS = Path(__file__).parents[1] / "docs" / "imagekit-search.md"
TAGS, EACH, FOLDERS = 502, 6, 200
_START = 1_760_000_000.0  # 2025-10-09T08:53:20Z
_ROUNDS = 30
_ASKED = {"google-auto-tagging": {"taggers": ["scene"], "status": "success"}}


def files(count: int) -> Iterator[list[Tagged | Filed]]:
    """Pictures with a file each, a thousand at a time: pictures first."""
    chance = np.random.default_rng(7)
    weights = 1 / np.arange(1, TAGS + 1) ** 0.9
    for begin in range(0, count, 1000):
        pictures: list[Tagged | Filed] = []
        filed: list[Tagged | Filed] = []
        waits = chance.exponential(size=(1000, TAGS)) / weights
        for row, drawn in enumerate(np.argpartition(waits, EACH, axis=1)[:, :EACH].tolist()):
            number = begin + row
            at = _START + number * 60
            tags = tuple(Tag(f"tag {n:03}", 0.7, "scene", "scene", "m@1") for n in drawn)
            length = 1000 + 7 * number % 9999
            picture = Origin(ids.new_id(), IMAGEKIT, at, None, length, None, None)
            size = 640 + number % 1280, 480 + number % 720
            pictures.append(Tagged(picture, at, *size, "JPEG", tags, None, None))
            filed.append(_file(number, picture.frame_id, at))
        yield pictures
        yield filed


def _file(number: int, picture: str, at: float) -> Filed:
    asset = Asset(
        uid=ids.new_id(),
        picture=picture,
        folder=f"/shop/{number % FOLDERS}",
        name=f"{number:07}.jpg",
        description=None,
        metadata={"brand": f"brand {number % 40}"},
        extensions=_ASKED,
        tags=(),
        private=False,
        published=True,
        coordinates=None,
        made_at=at,
        updated_at=at,
        made_by="shop",
    )
    return Filed(ids.new_id(), asset, ids.to_bytes(asset.uid), Vocabulary())


def make(place: Path, count: int) -> None:
    """The database, unless it is there."""
    if (place / "made").exists():
        return
    store = Store(place, "bench")
    store.db.execute("PRAGMA synchronous = OFF")
    for batch in files(count):
        store.commit(batch, {})
    while store.tend():
        pass
    store.close()
    (place / "made").touch()


QUESTIONS = {
    "the first 1,000": {},
    "the newest 50": {"sort": "DESC_CREATED", "limit": "50"},
    "50 after 50,000": {"skip": "50000", "limit": "50"},
    "50 by name": {"sort": "ASC_NAME", "limit": "50"},
    "the 50 largest": {"sort": "DESC_SIZE", "limit": "50"},
    "one folder": {"path": "/shop/17"},
    "all folders": {"type": "folder"},
    "50 with a frequent tag": {"searchQuery": 'tags IN ["tag 000"]', "limit": "50"},
    "50 with one tag": {"searchQuery": 'tags IN ["tag {tag:03}"]', "limit": "50"},
    "1,000 with one tag": {"searchQuery": 'tags IN ["tag {tag:03}"]'},
    "the widest 50 with one tag": {
        "searchQuery": 'tags IN ["tag {tag:03}"]',
        "sort": "DESC_WIDTH",
        "limit": "50",
    },
    "a tag, a date and a width": {
        "searchQuery": '"tags" IN ["tag {tag:03}"] AND createdAt > "2025-11-01" AND width > 1000',
        "limit": "50",
    },
    "a name begins with": {"searchQuery": 'name : "00{tag:03}"', "limit": "50"},
    "a word of a name": {"searchQuery": 'name HAS "00{tag:03}"', "limit": "50"},
    "a folder and below": {"searchQuery": 'path : "/shop/1{tag:02}"', "limit": "50"},
    "a custom field": {"searchQuery": '"customMetadata.brand" = "brand 7"', "limit": "50"},
    "nothing there": {"searchQuery": '"customMetadata.brand" = "none" AND width > 1900'},
}


def measured(place: Path) -> Iterator[str]:
    """Table rows: what, files found, median, 90th percentile, median of the processor's time."""
    chance = random.Random(7)
    reader = Reader(place)
    for what, asked in QUESTIONS.items():
        times, busy, found = [], [], 0
        for _ in range(_ROUNDS):
            tag = min(TAGS - 1, int(10 ** chance.uniform(0, 2.7)))
            query = {name: value.format(tag=tag) for name, value in asked.items()}
            begin, used = time.perf_counter(), time.process_time()
            wanted = listing.wanted(query)
            assert wanted is not None
            items = reader.library.find(wanted)
            wire.dumps([reading.item(one, "http://tagd.local") for one in items])
            times.append((time.perf_counter() - begin) * 1000)
            busy.append((time.process_time() - used) * 1000)
            found = max(found, len(items))
        worst = sorted(times)[int(len(times) * 0.9)]
        median, cpu = statistics.median(times), statistics.median(busy)
        yield f"| {what} | {found:,} | {median:.1f} ms | {worst:.1f} ms | {cpu:.1f} ms |"
    reader.close()


def table(place: Path, count: int) -> str:
    """Markdown, with the machine."""
    make(place, count)
    size = (place / "tagd.db").stat().st_size / 1e6
    lines = [
        f"{count:,} files with {EACH} tags each, of {TAGS}: {size:.0f} MB ({machine()}).",
        "",
        "| asked | found at most | median | 90 % within | of a core |",
        "|---|---|---|---|---|",
        *measured(place),
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and write if asked."""
    parser = argparse.ArgumentParser(prog="bench.assets")
    parser.add_argument("--data", type=Path, default=Path.home() / ".cache" / "tagd-bench")
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    text = table(given.data / f"assets-{given.files}", given.files)
    print(text)
    if given.write:
        documents.write(DOCS, text)


if __name__ == "__main__":
    main()
