"""`tagd doctor --bundle`: what a stranger gets to see, and above all what not."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from daemon_rig import Daemon, jpeg, wait_until

from device import local_token
from device.__main__ import cli
from device.config import Config
from device.scrub import Scrub

CAMERA = "Kamera-Wort-1"
BROKER = "Makler-Wort-2"
LITERAL = 'dr"ei \\ Wörter'
QUERY = "Frage-Wort-4"
HOOK = "Txxx4/Bxxx5/Haken-Wort-6"
COMMENT = "Alt-Wort-7"
PERSON, REMOVED = "Ännchen Tharau", "Hein Mück"
SECRETS = (CAMERA, BROKER, LITERAL, QUERY, "Haken-Wort-6", COMMENT, PERSON, REMOVED, "Wörter")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon with secrets wherever one can be, also in file names and in what it logs."""
    environment = pytest.MonkeyPatch()
    environment.setenv("CAMERA_WORD", CAMERA)
    environment.setenv("BROKER_WORD", BROKER)
    daemon = Daemon(
        tmp_path_factory.mktemp("report"),
        web={"listen": "127.0.0.1:0"},
        mqtt={"url": "mqtt://127.0.0.1:9", "username": "tagd", "password": "${BROKER_WORD}"},
        webhooks=[{"name": "chat", "url": f"http://127.0.0.1:9/{HOOK}", "secret": LITERAL}],
    )
    daemon.sections["sources"] += [
        {"name": "gate", "url": "http://viewer:${CAMERA_WORD}@127.0.0.1:9/snap.jpg"},
        {"name": "yard", "url": f"http://127.0.0.1:9/snap.jpg?user=u&pwd={QUERY}"},
    ]
    (daemon.inbox / f"{PERSON}.jpg").write_bytes(jpeg(1))
    (daemon.inbox / f"{REMOVED} {COMMENT}.jpg").write_bytes(b"no picture " * 9)
    daemon.start()
    port = daemon.port()
    wait_until(lambda: daemon.count("picture") == 1, 60, daemon.said)
    text = daemon.config.read_text().replace("127.0.0.1:0", f"127.0.0.1:{port}")
    daemon.config.write_text(f"# password: {COMMENT}\n{text}")
    for name in (PERSON, REMOVED):
        added = tagd("user", "add", name, "--json", "--config", str(daemon.config))
        assert added.exit_code == 0, added.output
        daemon.links = [*getattr(daemon, "links", []), added.stdout]  # type: ignore[attr-defined]
    token = tagd("token", "add", "kitchen-tablet", "--json", "--config", str(daemon.config))
    daemon.links.append(token.stdout)  # type: ignore[attr-defined]
    yield daemon
    environment.undo()
    assert daemon.stop() == 0, daemon.said()


def tagd(*words: str) -> Result:
    return CliRunner().invoke(cli, words)


def packed(file: Path) -> dict[str, str]:
    with zipfile.ZipFile(file) as archive:
        return {name.split("/")[1]: archive.read(name).decode() for name in archive.namelist()}


@pytest.mark.timeout(120)
def test_nothing_private_is_in_it(running: Daemon, tmp_path: Path) -> None:
    file = tmp_path / "report.zip"
    done = tagd("doctor", "--config", str(running.config), "--bundle", str(file))
    assert done.exit_code == 1, "the broker is not there"
    inside = packed(file)
    whole = "\n".join(inside.values())
    opened = [json.loads(line) for line in running.links]  # type: ignore[attr-defined]
    keys = [json.dumps(one).split("invite=")[-1][:40] for one in opened[:2]]
    keys += [opened[2]["secret"], local_token.read(running.data) or "no token"]
    for secret in (*SECRETS, *keys, "kitchen-tablet"):
        assert secret not in whole, f"{secret} is in the report"
        assert secret not in done.output, f"{secret} was said"
        assert json.dumps(secret)[1:-1] not in whole
    assert PERSON.split()[0] not in whole
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.timeout(120)
def test_what_is_in_it(running: Daemon, tmp_path: Path) -> None:
    file = tmp_path / "report.zip"
    done = tagd("doctor", "--config", str(running.config), "--bundle", str(file), "--json")
    for line in done.stdout.splitlines():
        assert set(json.loads(line)) == {"about", "state", "told"}, "--json stays as it is"
    inside = packed(file)
    told = {line.split(": ")[0] for line in inside["README.txt"].splitlines()}
    assert told == set(inside) - {"README.txt"}
    for name in told:
        assert name in done.stderr, "the command lists what is inside"
    assert json.loads(inside["health.json"])["device"]["id"] == "test"
    assert json.loads(inside["system.json"])["queues"]
    assert "the page is at" in inside["log.txt"]
    database = json.loads(inside["database.json"])
    assert database["rows"]["picture"] == 1
    assert database["files"]["tagd.db"] > 0
    assert "tags" not in database
    found = {one["about"]: one for one in json.loads(inside["findings.json"])}
    assert found["page"]["told"].startswith("tagd listens at")
    assert found["broker"]["state"] == "wrong"
    assert "${BROKER_WORD}" in inside["config.yaml"]


@pytest.mark.timeout(120)
def test_tags_only_where_they_are_asked_for(running: Daemon, tmp_path: Path) -> None:
    file = tmp_path / "report.zip"
    tagd("doctor", "--config", str(running.config), "--bundle", str(file), "--with-tags")
    assert isinstance(json.loads(packed(file)["database.json"])["tags"], dict)
    assert tagd("doctor", "--with-tags").exit_code == 2


def test_what_is_there_stays(tmp_path: Path) -> None:
    config, file = tmp_path / "tagd.yaml", tmp_path / "mine"
    config.write_text(f"data_dir: {tmp_path}/data\ntaggers: {{a: {{model: fake}}}}\n")
    file.write_text("mine")
    done = tagd("doctor", "--config", str(config), "--bundle", str(file))
    assert "is there already" in str(done.exception)
    assert file.read_text() == "mine"
    (tmp_path / "dangling").symlink_to(tmp_path / "elsewhere")
    done = tagd("doctor", "--config", str(config), "--bundle", str(tmp_path / "dangling"))
    assert not (tmp_path / "elsewhere").exists()
    nowhere = tagd("doctor", "--config", str(config), "--bundle", str(tmp_path / "no/x.zip"))
    assert "cannot be written" in str(nowhere.exception)


def test_a_config_that_cannot_be_read_is_what_a_report_is_for(tmp_path: Path) -> None:
    config, file = tmp_path / "tagd.yaml", tmp_path / "report.zip"
    config.write_text(f"mqtt: {{pasword: x, password: {BROKER}\nwebb: 1\n")
    done = tagd("doctor", "--config", str(config), "--bundle", str(file))
    assert done.exception is not None
    inside = packed(file)
    assert BROKER not in "\n".join(inside.values())
    assert "not YAML" in inside["findings.json"]


def test_a_damaged_database_is_no_reason_for_none(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "tagd.db").write_bytes(os.urandom(5000))
    config, file = tmp_path / "tagd.yaml", tmp_path / "report.zip"
    config.write_text(f"data_dir: {data}\ntaggers: {{a: {{model: fake}}}}\n")
    tagd("doctor", "--config", str(config), "--bundle", str(file))
    assert "not there" in packed(file)["database.json"]


def test_without_the_names_of_people_there_is_no_report(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    sqlite3.connect(data / "people.db").close()
    (data / "people.db").write_bytes(os.urandom(5000))
    config, file = tmp_path / "tagd.yaml", tmp_path / "report.zip"
    config.write_text(f"data_dir: {data}\ntaggers: {{a: {{model: fake}}}}\n")
    done = tagd("doctor", "--config", str(config), "--bundle", str(file))
    assert "could not be left out" in str(done.exception)
    assert not file.exists()


# -- the scrubbing itself


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ann came", "person 2 came"),
        ("ANN, Annabel and Ann-Marie", "person 2, Annabel and person 1"),
        ("open http://h:1/#invite=abc-DEF_1 now", "open http://h:1/#invite=*** now"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        (f"tagd_{'x' * 43} and {'y' * 43}", "*** and ***"),
        ("a" * 64, "a" * 64),
        ("01M809P8SVJ8J82HV1H9VH8RVM", "01M809P8SVJ8J82HV1H9VH8RVM"),
    ],
)
def test_scrub(text: str, shown: str) -> None:
    scrub = Scrub(Config(), "", ["Ann", "Ann-Marie", " "])
    assert scrub.text(text) == shown
    assert scrub.value({"k": [text, 1, None]}) == {"k": [shown, 1, None]}
