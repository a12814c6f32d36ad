"""`python -m bench.search`: what searching and storing cost with a million pictures.

--data DIR     where the database is kept between runs (default: under the user's cache)
--pictures N   how many, with eight tags each of 1,002 (Zipf, exponent 0.9)
--paced S      for so many seconds four pictures a second, as a camera brings them; 0 leaves it out
--write        put the table into docs/store.md

The database is made by `Store.commit`, a thousand pictures at a time and without waiting for the
disk, so that it is the file that a device would have. Searches go through `Reader`, JSON and all.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from bench import documents
from bench.machine import machine
from device import ids
from device.results import Origin, Tagged
from device.search_query import parse
from device.store.reader import Reader
from device.store.writer import Store
from device.types import Tag

DOCS = Path(__file__).parents[1] / "docs" / "store.md"
TAGS = 1002
EACH = 8  # tags of a picture
DAYS = 365  # that the pictures are spread over
_START = 1_760_000_000.0  # 2025-10-09T08:53:20Z
_ROUNDS = 300  # searches of a kind, each another one
_COLD = 40  # of them with a new connection and cache


def pictures(count: int, first: int, whole: int) -> Iterator[Tagged]:
    """Live pictures of four cameras, the tags of each drawn without putting back."""
    chance = np.random.default_rng(first)
    weights = 1 / np.arange(1, TAGS + 1) ** 0.9
    for begin in range(first, first + count, 5000):
        size = min(5000, first + count - begin)
        # The smallest of exponential waiting times: a draw by weight without putting back.
        waits = chance.exponential(size=(size, TAGS)) / weights
        drawn = np.argpartition(waits, EACH, axis=1)[:, :EACH].tolist()
        sure = (0.4 + 0.6 * chance.beta(2, 2, (size, EACH))).tolist()
        for row in range(size):
            number = begin + row
            at = _START + number * DAYS * 86400 / whole
            said = zip(drawn[row], sorted(sure[row], reverse=True), strict=True)
            tags = tuple(Tag(f"tag {n:04}", c, "object", "objects", "m@1") for n, c in said)
            origin = Origin(ids.new_id(), f"camera-{number % 4}", at, None, 0, None, None)
            yield Tagged(origin, at + 0.2, 1280, 720, "RAW", tags, None, None)


def make(place: Path, count: int) -> None:
    """The database, unless it is there."""
    if (place / "made").exists():
        return
    store = Store(place, "bench")
    store.db.execute("PRAGMA synchronous = OFF")
    batch: list[Tagged] = []
    for item in pictures(count, 0, count):
        batch.append(item)
        if len(batch) == 1000:
            store.commit(batch, {})
            batch = []
    store.commit(batch, {})
    store.close()
    (place / "made").touch()


def questions(chance: random.Random) -> dict[str, Callable[[Reader], object]]:
    """One of each kind, with tags from the most frequent to the rarest."""
    first, second, third = (
        f'"tag {min(TAGS - 1, int(10 ** chance.uniform(0, 3))):04}"' for _ in "123"
    )
    sure = chance.choice((0.5, 0.6, 0.7, 0.8, 0.9, 0.95))
    year, month = chance.choice([(2025, 11), (2025, 12), *((2026, n) for n in range(1, 10))])
    return {
        "newest 50 with one tag and a confidence": _page(f"{first} confidence>={sure}"),
        "two tags and not a third": _page(f"{first} {second} -{third}"),
        "one tag of one camera in a month": _page(
            f"{first} source:camera-{chance.randint(0, 3)}"
            f" createdAt>={year}-{month:02}-01 createdAt<{year}-{month:02}-28"
        ),
        "newest 50 of everything": _page(""),
        "completion of a tag": lambda reader: reader.tags(f"tag {chance.randint(0, 99):02}", 12),
        "pictures per day of a month, one tag": lambda reader: reader.days(
            parse(first), year, month
        ),
        "facets of one tag": lambda reader: reader.facets(parse(first)),
    }


def _page(query: str) -> Callable[[Reader], object]:
    return lambda reader: reader.page(parse(query))


def searches(place: Path) -> Iterator[str]:
    """Table rows: what, median, p99, pages read cold."""
    chance = random.Random(7)
    asked = [questions(chance) for _ in range(_ROUNDS)]
    reader = Reader(place)
    for kind in asked[0]:
        times = []
        for one in asked:
            begin = time.perf_counter()
            one[kind](reader)
            times.append((time.perf_counter() - begin) * 1000)
        pages = [_cold(place, one[kind]) for one in asked[:_COLD]]
        median, worst = statistics.median(times), sorted(times)[int(len(times) * 0.99)]
        cold = f"{statistics.median(pages):.0f}, at most {max(pages)}"
        yield f"| {kind} | {median:.2f} ms | {worst:.2f} ms | {cold} |"
    reader.close()


def _cold(place: Path, ask: Callable[[Reader], object]) -> int:
    """Pages that SQLite reads with empty caches."""
    reader = Reader(place)
    before = _io("rchar")
    ask(reader)
    read = _io("rchar") - before
    reader.close()
    return read // 4096


def commits(place: Path, whole: int, paced: float) -> Iterator[str]:
    """Table rows: what, median, p99, bytes written for 1,000 events."""
    copy = place.with_name("written")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(place, copy)
    store = Store(copy, "bench")
    for batch in (1, 10, 50):
        yield _committed(f"commit of {batch}", store, whole, 5000, batch, 0.0)
    if paced:
        count = round(paced * 4)
        yield _committed("paced, 4 a second in twos", store, whole, count, 2, 0.5)
    store.close()
    shutil.rmtree(copy)


def _committed(what: str, store: Store, whole: int, count: int, batch: int, every: float) -> str:
    items = list(pictures(count, whole, whole))
    os.sync()
    times, before, start = [], _io("write_bytes"), time.monotonic()
    for number, place in enumerate(range(0, count, batch)):
        begin = time.perf_counter()
        store.commit(items[place : place + batch], {})
        times.append((time.perf_counter() - begin) * 1000)
        time.sleep(max(0.0, start + (number + 1) * every - time.monotonic()))
    store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # what is still to be written counts
    written = (_io("write_bytes") - before) / count / 1000
    median, worst = statistics.median(times), sorted(times)[int(len(times) * 0.99)]
    return f"| {what} | {median:.2f} ms | {worst:.2f} ms | {written:.1f} MB |"


def _io(name: str) -> int:
    text = Path("/proc/self/io").read_text(encoding="ascii")
    return int(text.split(f"{name}: ")[1].split()[0])


def table(place: Path, count: int, paced: float) -> str:
    """Markdown, with the machine."""
    make(place, count)
    size = (place / "tagd.db").stat().st_size / 1e6
    lines = [
        f"{count:,} pictures with {EACH} tags each, of {TAGS:,}: {size:.0f} MB ({machine()}).",
        "",
        "| search | median | p99 | pages read cold |",
        "|---|---|---|---|",
        *searches(place),
        "",
        "| write | median | p99 | written for 1,000 events |",
        "|---|---|---|---|",
        *commits(place, count, paced),
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and write if asked."""
    parser = argparse.ArgumentParser(prog="bench.search")
    parser.add_argument("--data", type=Path, default=Path.home() / ".cache" / "tagd-bench")
    parser.add_argument("--pictures", type=int, default=1_000_000)
    parser.add_argument("--paced", type=float, default=300.0)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    text = table(given.data / f"{given.pictures}", given.pictures, given.paced)
    print(text)
    if given.write:
        documents.write(DOCS, text)


if __name__ == "__main__":
    main()
