"""Reviews outlive kills, retention, backups and damage, and reach whoever subscribes."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import Any

import pytest
from daemon_rig import Daemon, jpeg, wait_until
from mqtt_helpers import Subscriber
from review_rig import accept, add, finds, put, reject, review, shown, states, undo
from web_helpers import PICTURES, Site, problem

from device import clock
from device.broker import PrivateBroker
from device.commands.event_line import event_line
from device.store import archive, index
from device.store.reader import Reader
from device.store.restore import restore
from device.store.retention import Rules, too_old
from device.store.salvage import salvage
from device.store.writer import Store


def test_what_was_reviewed_is_kept(store: Store, reader: Reader) -> None:
    kept, undone, _ = (put(store, "cat") for _ in range(3))
    review(store, kept)
    undo(store, review(store, undone, accept()))
    later = clock.milliseconds(clock.now() + 90 * 86400)
    for keep, wanted in ((True, [2, 3]), (False, [1, 2, 3])):
        rules = Rules(days=30, keep_reviewed=keep)
        slices = too_old(store.db, rules, later, lambda _: "")
        assert [number for one in slices for number in one] == wanted
    store.forget([1])
    assert reader.reviews(kept) is None
    assert store.db.execute("PRAGMA foreign_key_check").fetchall() == []


def test_a_backup_holds_them(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    store, reader = Store(folder, "d"), Reader(folder)
    uid = put(store, "cat", "dog")
    first = review(store, uid, reject("cat"), key="k")
    archive.write(folder, tmp_path / "b.zip", pictures=False)
    undo(store, first)
    before = reader.reviews(uid)
    reader.close()
    store.close()
    restore(tmp_path / "b.zip", folder, "d", replace=True)
    store, reader = Store(folder, "d"), Reader(folder)
    assert states(reader, uid) == [("cat", "rejected"), ("dog", "proposed")]
    assert reader.reviews(uid) != before
    assert review(store, uid, reject("cat"), key="k") == first
    assert not undo(store, first).refused
    assert states(reader, uid) == [("cat", "proposed"), ("dog", "proposed")]
    reader.close()
    store.close()


def test_they_are_read_out_of_a_damaged_file(tmp_path: Path) -> None:
    store = Store(tmp_path / "a", "d")
    uids = [put(store, "cat", "dog") for _ in range(20)]
    done = [review(store, uid, reject("cat"), add("cow")) for uid in uids]
    store.close()
    (tmp_path / "b").mkdir()
    found = salvage(tmp_path / "a/tagd.db", tmp_path / "b/tagd.db", None)
    assert (found.kept["review"], found.kept["verdict"], found.gaps) == (20, 40, [])
    store, reader = Store(tmp_path / "b", "d"), Reader(tmp_path / "b")
    assert reader.review_counts() == {"cat": (0, 20, 0), "cow": (0, 0, 20)}
    assert not undo(store, done[3]).refused
    assert states(reader, uids[3]) == [("cat", "proposed"), ("dog", "proposed")]
    reader.close()
    store.close()


@pytest.mark.parametrize(
    "damage",
    ["DELETE FROM picture_index_data", "UPDATE picture_index_data SET block = x'00' WHERE id > 10"],
)
def test_a_damaged_index_stops_no_review(
    store: Store, reader: Reader, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    monkeypatch.setattr(index, "SLICE", 2)
    uids = [put(store, "cat") for _ in range(20)]
    store.db.execute(damage)
    for uid in uids:
        assert not review(store, uid, reject("cat")).refused
    while store.tend():
        pass
    assert store.index.check(whole=True)
    assert (finds(reader, "cat"), finds(reader, "state=rejected reviewed:yes")) == (0, 20)
    assert reader.tags() == []


class Asker:
    """Talks to a daemon's API."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon

    def __call__(self, method: str, path: str, **body: Any) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self._daemon.port(), timeout=30)
        headers = {"Idempotency-Key": body.pop("key")} if "key" in body else {}
        try:
            connection.request(method, f"/api/v1{path}", json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()


def test_a_full_disk_says_so_and_the_same_key_tries_again(site: Site) -> None:
    uid = site.upload(1)["id"]
    path, key = f"{PICTURES}/{uid}/review", {"Idempotency-Key": "k"}
    said = {"verdicts": [{"verdict": "reject"}], "version": 0}
    with site.client() as client:
        site.store.full = True
        problem(client.post(path, json=said, headers=key), 507)
        assert client.get(f"{PICTURES}/{uid}").json()["version"] == 0
        site.store.full = False
        told = client.post(path, json=said, headers=key)
        assert told.status_code == 200, told.text
        assert told.json()["picture"]["version"] == 1
        assert len(client.get(f"{path}s").json()["reviews"]) == 1


@pytest.mark.slow
@pytest.mark.broker
@pytest.mark.timeout(180)
def test_killed_after_each_review_none_is_lost_or_doubled(
    tmp_path: Path, broker: PrivateBroker
) -> None:
    daemon = Daemon(
        tmp_path / "d",
        mqtt={"url": broker.url},
        web={"listen": "127.0.0.1:0"},
    )
    ask = Asker(daemon)
    for number in range(3):
        (daemon.inbox / f"{number}.jpg").write_bytes(jpeg(number))
    with Subscriber(broker.port, "tagd/test/events") as subscriber:
        daemon.start()
        wait_until(lambda: daemon.count("picture") == 3, 60, daemon.said)
        _, page = ask("GET", "/pictures")
        known = [one["id"] for one in page["pictures"]]
        done = []
        for number, uid in enumerate(known):
            said = [{"verdict": "reject"}, {"verdict": "add", "tag": f"thing {number}"}]
            body = {"verdicts": said, "version": 0, "key": f"key {number}"}
            status, first = ask("POST", f"/pictures/{uid}/review", **body)
            assert status == 200, first
            daemon.kill()
            daemon.log.unlink()
            daemon.start()
            status, again = ask("POST", f"/pictures/{uid}/review", **body)
            assert (status, again) == (200, first), "as if nothing had happened"
            done.append(first["review"]["id"])
        status, undone = ask("DELETE", f"/reviews/{done[0]}")
        assert (status, undone["picture"]["reviewed_at"]) == (200, None)
        wait_until(lambda: len(subscriber.first_seqs()) == 7, 60, daemon.said)
        assert daemon.stop() == 0
        assert "Traceback" not in daemon.said()
    by_seq = {json.loads(body)["seq"]: json.loads(body) for _, body, _ in subscriber.got}
    told = [by_seq[seq] for seq in sorted(by_seq) if by_seq[seq]["type"] == "review"]
    assert [(one["review"]["id"], one["review"]["undone"]) for one in told] == [
        *((uid, False) for uid in done),
        (done[0], True),
    ]
    assert [tag["name"] for tag in told[1]["tags"]] == ["thing 1"]
    assert "this machine says: reject " in event_line(json.dumps(told[1]))
    assert daemon.count("review") == 3


def test_a_line_for_people(store: Store, reader: Reader) -> None:
    uid = put(store, "cat")
    undo(store, review(store, uid, accept()), by="Bob")
    review(store, uid)
    lines = [event_line(one.body.decode()) for one in reader.events_after(1, 9)]
    assert [line.partition(" inbox: ")[2] for line in lines] == [
        *("Ann says: accept cat", "Bob takes back: accept cat"),
        "Ann says: it is right as it is",
    ]
    assert shown(reader, uid)["version"] == 3
