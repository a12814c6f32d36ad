"""`python -m bench.reviews`: what reviewing costs with a million pictures.

--data DIR     where the database of `bench.search` is kept (default: under the user's cache)
--pictures N   how many
--write        put the table into docs/reviews.md

Reviews are sent over HTTP, one after another on one connection, to the appliance in this process.
"""

from __future__ import annotations

import argparse
import http.client
import json
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from bench import documents
from bench.machine import machine
from bench.search import make
from device.app import App
from device.config import Config, Device, Tagger, Web
from device.search_query import parse
from device.store.reader import Reader

DOCS = Path(__file__).parents[1] / "docs" / "reviews.md"
_ROUNDS = 20
_SINGLE = 500  # reviews, one a request
_BULK = 500  # reviews in one request


def reading(reader: Reader) -> Iterator[str]:
    """Table rows: what, median, the slowest of some."""
    one = parse('"tag 0010"')
    kinds: dict[str, Callable[[], object]] = {
        "queue, uncertain first": lambda: reader.queue(parse(""), "uncertain"),
        "queue, rare first": lambda: reader.queue(parse(""), "rare"),
        "queue, newest first": lambda: reader.queue(parse(""), "newest"),
        "queue of one tag, uncertain first": lambda: reader.queue(one, "uncertain"),
        "progress": lambda: reader.progress(parse("")),
        "progress of one tag": lambda: reader.progress(one),
        "search `reviewed:yes`": lambda: reader.page(parse("reviewed:yes")),
        "search `reviewed:no`": lambda: reader.page(parse("reviewed:no")),
        "what is learnt of one tag": lambda: reader.judged("tag 0001"),
        "reviews by tag": reader.review_counts,
    }
    for what, ask in kinds.items():
        yield _row(what, [_timed(ask) for _ in range(_ROUNDS)])


def writing(app: App) -> Iterator[str]:
    """The same of reviews over HTTP."""
    waiting = app.reader.find(parse("reviewed:no"), _SINGLE + 10 * _BULK)
    known = [picture.id for picture in waiting]
    connection = http.client.HTTPConnection("127.0.0.1", app.web.port)

    def post(path: str, **body: object) -> None:
        connection.request("POST", f"/api/v1{path}", json.dumps(body))
        answer = connection.getresponse()
        text = answer.read()
        assert answer.status == 200, text

    said = [{"verdict": "accept"}]
    single = [
        _timed(partial(post, f"/pictures/{uid}/review", verdicts=said, version=0))
        for uid in known[:_SINGLE]
    ]
    yield _row("a review over HTTP, durable", single)
    bulk = [
        _timed(partial(post, "/reviews", pictures=known[at : at + _BULK], verdicts=said))
        for at in range(_SINGLE, len(known), _BULK)
    ]
    yield _row(f"{_BULK} reviews in one request", bulk)
    connection.close()


def table(place: Path, count: int) -> str:
    """Markdown, with the machine."""
    make(place, count)
    copy = place.with_name("reviewed")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(place, copy)
    config = Config(
        device=Device(id="bench"),
        data_dir=copy,
        taggers={"objects": Tagger(model="fake")},
        web=Web(listen="127.0.0.1:0"),
    )
    app = App(config)
    app.start()
    try:
        rows = [*writing(app), *reading(app.reader)]
        reviewed = app.reader.progress(parse("")).reviewed
    finally:
        app.close()
        shutil.rmtree(copy)
    told = f"{count:,} pictures with 8 tags each, {reviewed:,} of them reviewed ({machine()})."
    return "\n".join([told, "", "| | median | slowest |", "|---|---|---|", *rows])


def _timed(ask: Callable[[], object]) -> float:
    begin = time.perf_counter()
    ask()
    return (time.perf_counter() - begin) * 1000


def _row(what: str, times: list[float]) -> str:
    return f"| {what} | {statistics.median(times):.1f} ms | {max(times):.1f} ms |"


def main() -> None:
    """Measure, print, and write if asked."""
    parser = argparse.ArgumentParser(prog="bench.reviews")
    parser.add_argument("--data", type=Path, default=Path.home() / ".cache" / "tagd-bench")
    parser.add_argument("--pictures", type=int, default=1_000_000)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    text = table(given.data / f"{given.pictures}", given.pictures)
    print(text)
    if given.write:
        documents.write(DOCS, text)


if __name__ == "__main__":
    main()
