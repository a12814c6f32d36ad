"""The real daemon takes new words while it works: over the API, by hand, and after a restart."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from daemon_rig import Daemon, Filler, jpeg, wait_until
from visit_rig import Watcher, at, moments, thing

SOON = 60.0  # s, on a busy machine
COLOURS = ["black", "white", "grey", "red", "green", "blue", "yellow"]


@pytest.fixture
def daemon(tmp_path: Path) -> Daemon:
    made = Daemon(tmp_path, web={"listen": "127.0.0.1:0", "trust_loopback": True})
    made.start()
    return made


def ask(daemon: Daemon, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{daemon.port()}/api/v1/{path}",
        None if body is None else json.dumps(body).encode(),
        {"Content-Type": "application/json"},
        method=method,
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def tags(daemon: Daemon) -> dict[str, int]:
    return {one["name"]: one["count"] for one in daemon.get("/api/v1/tags?limit=500")[1]["tags"]}


def stored(daemon: Daemon) -> list[tuple[int, str]]:
    """The number of each picture with its one name, as it is stored, in order."""
    return [
        (int(number), str(name))
        for number, name in daemon.rows(
            "SELECT picture.id, tag.name FROM picture JOIN label"
            " ON picture.tags LIKE ',' || label.id || ':%' JOIN tag ON tag.id = tag_id"
            " ORDER BY picture.id"
        )
    ]


@pytest.mark.slow
def test_words_change_under_load_without_a_restart(daemon: Daemon) -> None:
    filler = Filler(daemon.inbox, 150, 0.02)
    filler.start()
    wait_until(lambda: daemon.count("picture") >= 20, SOON, daemon.said)
    pid = daemon.pid
    body = {"from": COLOURS, "into": "farbe"}
    status, told = ask(daemon, "POST", "vocabulary/merge", body)
    assert (status, told["changed"]) == (200, True)
    filler.join(60)
    for number in range(10):  # come in any case after the change
        (daemon.inbox / f"late{number}.jpg").write_bytes(jpeg(1000 + number))
    wait_until(lambda: daemon.count("picture") == 160, SOON, daemon.said)
    names = [name for _, name in stored(daemon)]
    assert len(names) == 160
    first = names.index("farbe")
    assert 20 <= first <= 150
    assert set(names[:first]) <= set(COLOURS)
    assert set(names[first:]) == {"farbe"}, "no picture after it has an old name"
    assert tags(daemon) == {"farbe": 160}
    assert len(daemon.get("/api/v1/pictures?q=farbe&limit=500")[1]["pictures"]) == 160
    assert daemon.pid == pid
    assert daemon.stop() == 0, daemon.said()
    daemon.log.unlink()
    daemon.start()
    assert tags(daemon) == {"farbe": 160}
    assert daemon.stop() == 0, daemon.said()


def test_a_file_changed_by_hand_is_read_and_a_wrong_one_is_told(daemon: Daemon) -> None:
    daemon.port()
    file = daemon.data / "vocabulary.yaml"
    file.write_text("rename: {red: rot}\n")
    wait_until(lambda: "read again" in daemon.said(), SOON, daemon.said)
    file.write_text("rename: {red: [\n")
    wait_until(lambda: daemon.get("/api/v1/health")[1]["problems"], SOON, daemon.said)
    health = daemon.get("/api/v1/health")[1]
    assert health["status"] == "degraded"
    assert "vocabulary.yaml:2: this is not YAML" in health["problems"][0]
    assert "the words from before still hold" in health["problems"][0]
    status, told = ask(daemon, "PATCH", "vocabulary/rot", {"drop": True})
    assert (status, "this is not YAML" in told["detail"]) == (422, True)
    assert daemon.get("/api/v1/vocabulary")[1]["problem"] == health["problems"][0]
    file.write_text("rename: {red: rouge}\n")
    wait_until(lambda: not daemon.get("/api/v1/health")[1]["problems"], SOON, daemon.said)
    assert daemon.get("/api/v1/vocabulary?prefix=rouge")[1]["tags"]
    assert daemon.stop() == 0, daemon.said()


def test_a_wrong_file_at_the_start_is_one_sentence(daemon: Daemon) -> None:
    daemon.port()
    assert daemon.stop() == 0
    (daemon.data / "vocabulary.yaml").write_text("words: {a: {floor: 7}}\n")
    daemon.log.unlink()
    daemon.start()
    assert daemon.wait_exit() == 2
    assert "vocabulary.yaml:1: words.a.floor: " in daemon.said()
    assert "Traceback" not in daemon.said()


def test_kill_9_between_changes_leaves_a_whole_file(daemon: Daemon) -> None:
    daemon.port()
    for number in range(5):
        assert ask(daemon, "PATCH", f"vocabulary/word{number}", {"threshold": 0.5})[0] == 200
    daemon.kill()
    daemon.log.unlink()
    daemon.start()
    found = daemon.get("/api/v1/vocabulary?prefix=word")[1]["tags"]
    assert [one["name"] for one in found if one["name"][4:].isdigit()] == [
        f"word{number}" for number in range(5)
    ]
    assert daemon.stop() == 0, daemon.said()


@pytest.mark.parametrize("new", ["auto", None], ids=["renamed", "dropped"])
def test_a_visit_that_is_open_under_an_old_name_ends(new: str | None) -> None:
    """Without anything above them the two names are two things: one goes, the other comes."""
    watcher = Watcher()
    here = at(0.5, 0.5)
    for moment in moments(4.0):
        watcher.look(moment, thing(here, "car"))
    for moment in moments(20.0, begin=4.2):
        watcher.look(moment, *([thing(here, new)] if new else []))
    ends = watcher.told("visit_end")
    assert [visit.tag for visit in ends] == ["car"]
    starts = [visit.tag for visit in watcher.told("visit_start")]
    assert starts == (["car", new] if new else ["car"])
