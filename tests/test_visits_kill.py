"""Killed with visits open, a box says after its restart that they ended: once each."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from device.store.reader import Reader
from device.store.writer import Store

BUSY = """
import sys, time
from pathlib import Path
from device import clock, ids
from device.inference.fake import FakeTagger
from device.pipeline import Pipeline
from device.store.reader import Reader
from device.store.writer import Store
from device.tagging import Tagging
from device.types import Box, Frame, Look, Tag
from device.visits import Visits
from device.vocabulary import Vocabulary
import numpy as np

PIXELS = np.full((48, 64, 3), 90, np.uint8)
DAY = 1e9

class Road(FakeTagger):
    "Four places, where cars come and go in turns of their own."
    def tag(self, picture):
        self.seen += 1
        return [
            Tag("car", 0.9, "object", "fake", "ssd@1", Box(0.25 * n, 0.3, 0.15, 0.2))
            for n in range(4) if self.seen // (40 + 17 * n) % 2 == 0
        ]

class Camera:
    name, live, stream = "gate", False, True
    def __iter__(self):
        n = 0
        while True:
            n += 1
            yield Frame(ids.new_id(), "gate", clock.now(), PIXELS, moment=n * 0.2,
                        look=Look("motion"))
    def close(self):
        pass

folder = Path(sys.argv[1])
store = Store(folder, "test")
reader = Reader(folder)
pipeline = Pipeline(store=store, feed=reader, ledger=reader,
                    make_tagging=lambda: Tagging([Road()], Vocabulary(), thumbnail_side=16))
pipeline.add_source("gate", Camera)
pipeline.start()
print("ready", flush=True)
time.sleep(60)
"""


@pytest.mark.timeout(120)
def test_each_visit_ends_exactly_once_whenever_it_is_killed(tmp_path: Path) -> None:
    root = Path(__file__).parents[1]
    interrupted = 0
    for run in range(6):
        command = [sys.executable, "-c", BUSY, str(tmp_path)]
        process = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.4 + 0.15 * run)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        process.stdout.close()
    store = Store(tmp_path, "test")
    reader = Reader(tmp_path)
    events = [json.loads(event.body) for event in reader.events_after(0, 100_000)]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    by_visit: dict[str, list[str]] = {}
    for event in events:
        by_visit.setdefault(event["visit"]["id"], []).append(event["type"])
        interrupted += event["visit"]["interrupted"]
    assert len(by_visit) >= 12
    assert interrupted >= 6
    for types in by_visit.values():
        assert types[0] == "visit_start"
        assert Counter(types)["visit_start"] == Counter(types)["visit_end"] == 1
        assert types[-1] == "visit_end"
    assert reader.visits(open_=True) == ([], None)
    for text in reader.visits(limit=500)[0]:
        picture = json.loads(text)["picture"]
        found = reader.image(picture["id"], thumbnail=True)
        assert found is not None
        assert found[0].is_file()
    reader.close()
    store.close()
