"""What waits for a sink is bounded, and what is given up is told by one event for each time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from makers import tagged, until

from device import clock, ids, outbox
from device.commits import Commits
from device.errors import SinkError
from device.outbox import Bounds, Cut
from device.sinks.fake import FakeSink
from device.stages import deliver
from device.stages.deliver import Deliver
from device.stages.write import Write
from device.store.reader import Reader
from device.store.writer import Store
from device.types import Event
from device.workers import Worker, join_all

DAY = 86_400.0


@pytest.fixture(autouse=True)
def _trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "state", lambda: "synced")
    monkeypatch.setattr(deliver.Backoff, "next", lambda _: 0.02)


def aged(days: list[float]) -> outbox.Look:
    """Events, one for each of these ages."""

    def letters(value: int) -> str:
        alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
        return "".join(alphabet[value >> shift & 31] for shift in range(45, -1, -5)) + "0" * 16

    made = [
        Event(n + 1, letters(round((clock.now() - age * DAY) * 1000)), "picture", b"{}")
        for n, age in enumerate(days)
    ]
    return lambda seq, limit: made[seq : seq + limit]


def test_ids_tell_when_they_were_made() -> None:
    assert abs(ids.made_at(ids.new_id()) - clock.now()) < 1.0


def test_nothing_is_cut_within_the_bounds() -> None:
    assert outbox.cut(Bounds(30, 1000), 0, 3, aged([29, 20, 1])) is None
    assert outbox.cut(Bounds(30, 1000), 3, 3, aged([90, 80, 70])) is None


def test_the_old_are_cut_with_a_margin_and_no_younger_one() -> None:
    look = aged([50, 40, 31, 28, 26, 5, 1])
    found = outbox.cut(Bounds(30, 1000), 0, 7, look)
    assert found == Cut(4, "they had been waiting for 30 days (outbox.days)")


def test_not_by_age_while_the_clock_is_only_a_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "state", lambda: "untrusted")
    assert outbox.cut(Bounds(30, 1000), 0, 3, aged([90, 80, 70])) is None


def test_too_many_are_cut_down_to_nine_tenths() -> None:
    assert outbox.cut(Bounds(30, 1000), 500, 1500, aged([])) is None
    found = outbox.cut(Bounds(30, 1000), 500, 1501, aged([1.0] * 1501))
    assert found is not None
    assert found.last == 601


@dataclass
class Rig:
    store: Store
    commits: Commits
    sink: FakeSink
    deliver: Deliver
    workers: list[Worker]


@pytest.fixture
def rig(store: Store, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    """The real write thread and a deliver thread for a fake sink; at most 20 events wait."""
    monkeypatch.setattr(deliver, "_AUDIT", 0.0)
    sink = FakeSink()
    store.add_sink(sink.name)
    commits = Commits(store.seq)
    write = Write(store, commits, lambda _: None, lambda _: True)
    made = Deliver(sink, reader, commits, write.advance, write.skip, Bounds(30, 20))
    workers = [Worker("write", write.run), Worker("deliver", made.run)]
    yield Rig(store, commits, sink, made, workers)
    assert join_all(workers, 5.0) == []


def add(rig: Rig, count: int) -> None:
    rig.store.commit([tagged(None, "car", thumbnail=None) for _ in range(count)], {})
    rig.commits.announce(rig.store.seq)


def gaps(sink: FakeSink) -> list[dict[str, object]]:
    return [json.loads(e.body)["gap"] for e in sink.events() if e.type == "gap"]


def test_an_outage_too_long_ends_in_one_gap_with_a_seq_of_its_own(rig: Rig, reader: Reader) -> None:
    rig.sink.break_down(SinkError("gone"))
    add(rig, 50)
    for worker in rig.workers:
        worker.start()
    until(lambda: reader.cursor("fake") == 32)
    assert reader.last_seq() == 51
    rig.sink.recover()
    assert rig.sink.wait_for(19, 5.0)
    assert rig.sink.seqs() == list(range(33, 52))
    assert gaps(rig.sink) == [
        {
            "sink": "fake",
            "first_seq": 1,
            "last_seq": 32,
            "count": 32,
            "reason": "more than 20 events were waiting (outbox.events)",
        }
    ]


def test_what_the_database_has_lost_is_a_gap_too(rig: Rig, tmp_path: Path) -> None:
    add(rig, 12)
    rig.store.db.execute("DELETE FROM event WHERE seq BETWEEN 1 AND 3 OR seq BETWEEN 6 AND 7")
    for worker in rig.workers:
        worker.start()
    assert rig.sink.wait_for(9, 5.0)
    assert rig.sink.seqs()[:7] == [4, 5, 8, 9, 10, 11, 12]
    found = [(gap["first_seq"], gap["last_seq"]) for gap in gaps(rig.sink)]
    assert found == [(1, 3), (6, 7)]


def test_what_was_surely_taken_is_not_sent_again(rig: Rig) -> None:
    class Half(FakeSink):
        def send(self, _events: object) -> None:
            error = SinkError("half of it")
            error.delivered = 2
            raise error

    rig.deliver._sink = Half()
    add(rig, 5)
    rig.workers[1].start()
    until(lambda: rig.deliver.cursor >= 4)
