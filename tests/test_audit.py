"""The audit log: what is in it, what a flood does to it, how long it keeps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from people_rig import Clocks, add, entered, locked
from web_helpers import CHEAP, PICTURES, png, problem, running

from device.store import people_audit
from device.store.access import Access
from device.store.people_audit import Note

DAY = 86400.0


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def access(tmp_path: Path, clocks: Clocks) -> Iterator[Access]:
    with Access(tmp_path, clocks, CHEAP) as opened:
        yield opened


def told(access: Access) -> list[tuple[str, str, str, int]]:
    """Who, what, about, how often; the oldest first."""
    access.audit.start()
    access.audit.close()
    entries = reversed(access.audit.page(None, 1000))
    return [(one["who"], one["what"], one["about"], one["times"]) for one in entries]


def test_what_happens_often_is_one_line(access: Access) -> None:
    for number in range(300):
        access.audit.note(Note("anna", "192.0.2.1", "thumbnails", str(number), folds=True))
    access.audit.note(Note("anna", "192.0.2.1", "login"))
    access.audit.note(Note("bert", "192.0.2.1", "thumbnails", "x", folds=True))
    assert told(access) == [
        ("anna", "login", "", 1),
        ("anna", "thumbnails", "299", 300),
        ("bert", "thumbnails", "x", 1),
    ]


def test_a_flood_waits_for_nobody_and_is_counted(access: Access) -> None:
    for number in range(1500):
        access.audit.note(Note("anna", "", "picture", str(number)))
    assert access.audit.dropped == 500
    assert len(told(access)) == 1000
    status, problems = access.look()
    assert status == {"audit_dropped": 500}
    assert "500 lines" in problems[0]


def test_kinds_of_a_flood_that_folds_are_bounded(access: Access) -> None:
    for number in range(900):
        access.audit.note(Note(f"name {number}", "192.0.2.1", "login put off", folds=True))
    assert len(told(access)) == 900
    assert access.audit.dropped == 0


def test_it_forgets_by_age_and_by_number(
    access: Access, clocks: Clocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    access.audit.write([Note("old", "", "login")])
    assert clocks.wall is not None
    clocks.wall -= 900 * DAY  # a step of the clock makes nothing older
    access.audit.write([Note("x", "", "login")] * 500)
    assert access.audit.page(None, 1000, who="old")
    clocks.pass_(401 * DAY)
    access.audit.write([Note("new", "", "login")] * 500)
    assert {one["who"] for one in access.audit.page(None, 2000)} == {"new"}
    monkeypatch.setattr(people_audit, "MOST_ROWS", 100)
    access.audit.write([Note("newest", "", "login")] * 500)
    assert len(access.audit.page(None, 2000)) == 100


def test_a_disk_that_takes_nothing_stops_nobody(tmp_path: Path, access: Access) -> None:
    (tmp_path / "people.db").unlink()
    (tmp_path / "people.db").mkdir()
    access.audit.note(Note("anna", "", "login"))
    access.audit.start()
    access.audit.close()
    assert access.audit.dropped == 1
    assert access.audit.problem


def test_requests_leave_their_lines(tmp_path: Path) -> None:
    with locked(tmp_path / "data") as site:
        add(site, "anna", "administrator")
        add(site, "bert", "viewer")
        with entered(site, "anna") as anna, entered(site, "bert") as bert:
            kept = anna.post(PICTURES, files={"file": png(1)}).json()
            for _ in range(3):
                bert.get(kept["thumbnail_url"])
            bert.get(kept["url"])
            bert.get(PICTURES)
            problem(bert.get("/api/v1/people"), 403)
            body = {"name": "Gast", "role": "viewer"}
            invited = anna.post("/api/v1/people", json=body).json()
            anna.delete(f"/api/v1/people/{invited['person']['id']}")
        site.access.audit.close()
        entries = site.access.audit.page(None, 100)
        found = {(one["who"], one["what"], one["about"], one["times"]) for one in entries}
        assert found == {
            ("anna", "login", "", 1),
            ("bert", "login", "", 1),
            ("anna", "upload", kept["id"], 1),
            ("bert", "thumbnails", kept["id"], 3),
            ("bert", "picture", kept["id"], 1),
            ("bert", "refused", "GET /api/v1/people", 1),
            ("anna", "people", "Gast: invited, viewer", 1),
            ("anna", "people", "Gast: removed", 1),
        }
        assert {one["address"] for one in entries} == {"127.0.0.1"}
        secret = invited["link"].partition("=")[2]
        assert secret not in str(entries)


def test_what_changes_something_has_a_word_and_what_does_not_has_none(tmp_path: Path) -> None:
    file = tmp_path / "tagd.yaml"
    file.write_text("device: {id: test}\ntaggers: {fake: {model: fake}}\n", encoding="utf-8")
    with running(tmp_path / "data", settings=file) as site, site.client() as here:

        def done(method: str, path: str, **more: Any) -> Any:
            answer = here.request(method, f"/api/v1/{path}", **more)
            assert answer.is_success, answer.text
            return answer

        ids = [site.upload(number)["id"] for number in range(3)]
        done("POST", "reviews", json={"pictures": ids[:2], "verdicts": []})
        review = done("POST", f"pictures/{ids[0]}/review", json={"verdicts": []}).json()["review"]
        done("DELETE", f"reviews/{review['id']}")
        for dry in (True, False):
            done("POST", "erase", json={"q": "nothingatall", "dry_run": dry})
            words = {"from": ["cat", "puma"], "into": "dog"}
            done("POST", "vocabulary/merge", params={"dry_run": dry}, json=words)
        done("DELETE", f"pictures/{ids[2]}")
        done("DELETE", "erase/copies")
        done("GET", "export", params={"q": "secret"})
        line: dict[str, Any] = {"pictures": [{"line": {}}]}
        done("POST", "import", json=line)
        done("POST", "import", json=line)
        done("PATCH", "vocabulary/cat", json={"drop": True})
        tag = done("GET", "vocabulary-file").headers["ETag"]
        done("PUT", "vocabulary-file", content=b"", headers={"If-Match": tag})
        name = done("POST", "backups").json()["name"]
        done("POST", f"backups/{name}/verify")
        done("GET", f"backups/{name}")
        tag = done("GET", "config").headers["ETag"]
        draft = {"changes": [{"place": ["device", "name"], "value": "Gate"}]}
        done("POST", "config/check", json=draft)
        done("POST", "retention/preview", json={"days": 30})
        done("PUT", "config", json=draft, headers={"If-Match": tag})
        for reading in ("system", "log", "health", "tags", "backups", "erase", "audit", "people"):
            done("GET", reading)
        site.access.audit.close()
        entries = site.access.audit.page(None, 100)
    found = [(one["what"], one["about"]) for one in reversed(entries) if one["what"] != "upload"]
    assert found.pop(next(n for n, one in enumerate(found) if one[0] == "import")) == (
        "import",
        "import",
    )
    assert found == [
        ("review", "2 pictures"),
        ("review", ids[0]),
        ("review undone", review["id"]),
        ("delete", "all that a search found"),
        ("vocabulary", "merged cat, puma into dog"),
        ("delete", f"pictures/{ids[2]}"),
        ("delete", "erase/copies"),
        ("export", "jsonl, images: none"),
        ("vocabulary", "changed cat: drop"),
        ("vocabulary", "the file"),
        ("backup", name),
        ("backup taken", name),
        ("settings", "config"),
    ]


def test_pages(access: Access) -> None:
    access.audit.write([Note("anna", "", "login", str(number)) for number in range(10)])
    first = access.audit.page(None, 4)
    rest = access.audit.page(first[-1]["id"], 100)
    assert [int(one["about"]) for one in (*first, *rest)] == list(range(9, -1, -1))
