"""The config over HTTP: what is shown, checked and refused; comments and passwords stay."""

from __future__ import annotations

import json
import os
from pathlib import Path

import httpx
import pytest
import yaml
from settings_rig import CONFIG, FILE, change, check, put
from settings_rig import client as client
from settings_rig import file as file
from settings_rig import site as site
from web_helpers import Site, problem, running

MIXED = (Path(__file__).parents[1] / "config/mixed-cameras.yaml").read_text(encoding="utf-8")
SECRETS = ("lynx42", "elephant", "giraffe", "zebra99", "hippo77")


def test_no_password_is_ever_answered(client: httpx.Client) -> None:
    look = client.get(CONFIG)
    typed = look.json()["text"].replace("***@", "leopard@")
    assert look.json()["file"] == "tagd.yaml"
    answers = [
        look.text,
        client.post(f"{CONFIG}/check", json=change("device", "name", value="Gate")).text,
        check(client, {"text": typed})["diff"],
        check(client, {"text": client.get(CONFIG).json()["text"].replace("***@", "leopard@")})[
            "diff"
        ],
        put(client, change("device", "name", value="Gate")).text,
    ]
    for answer in answers:
        assert [word for word in (*SECRETS, "leopard") if word in answer] == []


def test_passwords_stay_where_they_were(client: httpx.Client, file: Path) -> None:
    look = client.get(CONFIG).json()
    text = look["text"].replace("name: gate ", "name: door ").replace("id: test", "id: other")
    assert text.count("***") == 5
    assert put(client, {"text": text}).status_code == 200
    assert file.read_text() == FILE.replace("name: gate ", "name: door ").replace(
        "id: test", "id: other"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [("127.0.0.1:9/pic.jpg", "192.0.2.66/pic.jpg"), ("viewer:", "root:")],
)
def test_a_password_never_goes_to_another_host(
    client: httpx.Client, file: Path, before: str, after: str
) -> None:
    text = client.get(CONFIG).json()["text"].replace(before, after)
    [told] = check(client, {"text": text})["problems"]
    assert told["line"] == 6
    assert "write the password again" in told["text"]
    assert put(client, {"text": text}).status_code == 422
    assert file.read_text() == FILE


def test_a_new_password_is_seen_as_a_change(client: httpx.Client, file: Path) -> None:
    body = change("mqtt", "password", value="rhino55")
    diff = check(client, body)["diff"]
    assert "+  password: '*** (changed)'" in diff.replace('"', "'")
    assert put(client, body).json()["restart"] is True
    assert yaml.safe_load(file.read_text())["mqtt"]["password"] == "rhino55"


def test_a_password_that_was_typed_stays_in_the_draft(client: httpx.Client, file: Path) -> None:
    text = client.get(CONFIG).json()["text"].replace("viewer:***@", "viewer:rhino55@")
    draft = check(client, {"text": text})["text"]
    draft = check(client, {"text": draft, **change("device", "name", value="Gate")})["text"]
    assert put(client, {"text": draft}).status_code == 200
    assert "viewer:rhino55@127.0.0.1" in file.read_text()
    assert "password: hippo77   # ours" in file.read_text()


def test_every_comment_of_a_file_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GATE_PASSWORD", "YARD_PASSWORD", "MQTT_PASSWORD"):
        monkeypatch.setenv(name, "crocodile")
    file = tmp_path / "tagd.yaml"
    file.write_text(MIXED)
    with running(tmp_path / "data", settings=file) as site, site.client() as client:
        for n, body in enumerate(
            [
                change("sources", 1, "privacy", 1, value=[[0, 0], [0.2, 0], [0.2, 0.3]]),
                change("sources", 0, "zones", "street", "polygon", value=[[0, 0], [1, 0], [1, 1]]),
                change("sources", 2, "enabled", value=False),
                change("store", "retention", "days", value=30),
                change("mqtt", "announce"),
            ]
        ):
            answer = put(client, body)
            assert answer.status_code == 200, (n, answer.text)
        text = client.get(CONFIG).text
    now = file.read_text()
    assert "crocodile" not in text + now
    assert "${GATE_PASSWORD}" in text
    comments = [line.partition("#")[2] for line in MIXED.splitlines() if "#" in line]
    assert [one for one in comments if f"#{one}" not in now] == []
    data = yaml.safe_load(now)
    assert data["sources"][1]["privacy"][1] == [[0, 0], [0.2, 0], [0.2, 0.3]]
    assert "announce" not in data["mqtt"]
    unchanged = [line for line in MIXED.splitlines() if line.strip() and "announce" not in line]
    assert [line for line in unchanged if line not in now.splitlines()] == [
        "store: {pictures: thumbnail}"
    ]


def test_problems_have_their_line_and_place(client: httpx.Client) -> None:
    body = {
        "changes": [
            {"place": ["sources", 0, "fps"], "value": 900},
            {"place": ["web", "lisen"], "value": "x"},
            {"place": ["sources", 1, "url"], "value": "javascript:alert(1)"},
        ]
    }
    found = check(client, body)["problems"]
    assert {one["place"] for one in found} == {"sources[0].fps", "web.lisen", "sources[1].url"}
    assert all(isinstance(one["line"], int) for one in found)
    assert "did you mean `listen`?" in next(o["text"] for o in found if o["place"] == "web.lisen")


def test_the_same_code_as_tagd_check(client: httpx.Client, tmp_path: Path) -> None:
    gone = str(tmp_path / "data" / "gone.yaml")
    wrong = [
        (change("taggers", "objects", "model", value="no-such"), "no model is called no-such"),
        (change("vocabulary", "file", value=gone), "there is no such file"),
        (change("mqtt", "password", value="${NO_SUCH_NAME}"), "neither in the environment"),
        (change("sources", 0, "url", value="fake://?colour=red"), "no option colour"),
    ]
    for body, told in wrong:
        found = check(client, body)["problems"]
        assert told in found[0]["text"], found
        assert put(client, body).status_code == 422


def test_what_only_the_owner_of_the_machine_may_do(client: httpx.Client, tmp_path: Path) -> None:
    for body in (
        change("web", "trust_loopback", value=True),
        change("json_lines", "path", value="/etc/profile.d/x.sh"),
        change("json_lines", "path", value=str(tmp_path / "data/../../x.jsonl")),
        change("json_lines", "path", value=str(tmp_path / "data/tagd.db")),
    ):
        told = problem(put(client, body), 422)
        assert "machine" in told["detail"] or "over the network" in told["detail"]


def test_no_change_is_no_restart(client: httpx.Client, site: Site) -> None:
    assert put(client, {}).json()["restart"] is False
    assert not site.settings.restart.is_set()


def test_mode_and_link_stay(site: Site, client: httpx.Client, file: Path) -> None:
    real = file.with_name("real.yaml")
    file.rename(real)
    real.chmod(0o640)
    file.symlink_to(real)
    if os.geteuid() == 0:
        os.chown(real, 1234, 4321)
    assert put(client, change("device", "name", value="x")).status_code == 200
    assert file.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    if os.geteuid() == 0:
        assert (real.stat().st_uid, real.stat().st_gid) == (1234, 4321)
    assert [one.name for one in file.parent.iterdir() if ".part" in one.name] == []


def test_only_so_many_versions_are_kept(site: Site, client: httpx.Client) -> None:
    for n in range(23):
        assert put(client, change("device", "name", value=f"Name {n}")).status_code == 200
    kept = sorted((site.data / "config-history").iterdir())
    assert len(kept) == 20
    assert "Name 21" in kept[-1].read_text()


def test_a_full_disk_changes_nothing(
    client: httpx.Client, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fchmod", full)
    told = problem(put(client, change("device", "name", value="x")), 507)
    assert "the disk is full" in told["detail"]
    assert file.read_text() == FILE
    assert sorted(one.name for one in file.parent.iterdir()) == ["data", "tagd.yaml"]


def test_without_a_file(tmp_path: Path) -> None:
    with running(tmp_path / "data") as site, site.client() as client:
        look = client.get(CONFIG).json()
        assert (look["file"], look["text"]) == (None, "")
        assert "--config FILE" in look["problem"]
        problem(put(client, change("device", "name", value="x")), 409)


def test_a_file_that_went(client: httpx.Client, file: Path) -> None:
    file.unlink()
    problem(client.get(CONFIG), 409)
    problem(client.post(f"{CONFIG}/check", json={}), 409)
    problem(client.put(CONFIG, json={}, headers={"If-Match": "*"}), 409)


def test_the_schema_is_json(client: httpx.Client) -> None:
    look = client.get(CONFIG).json()
    assert set(look["schema"]["properties"]) >= {"device", "sources", "mqtt", "store"}
    assert json.dumps(look["written"]["mqtt"]) == (
        '{"url": "mqtt://127.0.0.1:9", "username": "tagd", "password": "***"}'
    )
