"""`python -m bench.erase DATA_DIR QUERY`: erases for ever and says what that cost.

DATA_DIR is a copy of what `python -m bench.search` made: it is changed. Meanwhile four pictures a
second are stored, as a camera brings them: how long one waits is what tagging notices.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections import defaultdict
from pathlib import Path

from bench.search import pictures
from device import ids
from device.results import Erase
from device.store import acts
from device.store.wear import own_bytes
from device.store.writer import Store

_EVERY = 0.25  # seconds between two pictures


def main() -> None:
    """Erase, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("query")
    asked = parser.parse_args()
    store = Store(asked.data, "bench")
    while store.tend():
        pass
    act = Erase("query", asked.query, "bench", ids.new_id())
    store.commit([act], {})
    camera = pictures(1_000_000, 0, 1_000_000)
    slices: dict[str, list[float]] = defaultdict(list)
    waits: list[float] = []
    begin = time.perf_counter()
    written, due, more = own_bytes() or 0, begin, True
    while store.eraser.waiting:
        found = acts.open_one(store.db)
        before = time.perf_counter()
        more = store.tend()
        slices[found.step if found and more else "end"].append(time.perf_counter() - before)
        while (now := time.perf_counter()) >= due:  # it came while a slice was under way
            store.commit([next(camera)], {})
            waits.append(time.perf_counter() - max(due, begin))
            due += _EVERY
            if now - due > 60:
                break
    whole = time.perf_counter() - begin
    done = acts.one(store.db, act.frame_id)
    assert done is not None
    print(f"{done.pictures} pictures and {done.visits} visits in {whole:.1f} s")
    for step, times in slices.items():
        worst = max(times) * 1000
        print(
            f"| {step} | {len(times)} | {sum(times):.2f} s |"
            f" {statistics.median(times) * 1000:.1f} ms | {worst:.1f} ms |"
        )
    waits.sort()
    print(
        f"a picture waits {statistics.median(waits) * 1000:.1f} ms,"
        f" p99 {waits[int(len(waits) * 0.99)] * 1000:.1f} ms, at most {waits[-1] * 1000:.1f} ms"
    )
    size = os.stat(asked.data / "tagd.db").st_size
    print(
        f"written {((own_bytes() or 0) - written) / 1e6:.0f} MB; the file has {size / 1e6:.0f} MB"
    )
    store.close()


if __name__ == "__main__":
    main()
