"""A release tries itself beside the one that runs: nothing of the owner's is changed."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from makers import tagged
from sqlite_utils import Database
from test_migrations import golden

from device.__main__ import cli
from device.errors import StoreNewer
from device.store import copies
from device.store.migrations import migrations
from device.store.rehearsal import rehearse
from device.store.writer import Store


def state(folder: Path) -> dict[str, str]:
    """What is in a folder, by content."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith("-shm")
    }


def selftest(folder: Path, **sections: object) -> tuple[int, list[dict[str, object]]]:
    config = folder / "tagd.yaml"
    whole = {"data_dir": str(folder / "data"), "taggers": {"c": {"model": "fake"}}, **sections}
    config.write_text(yaml.safe_dump(whole), encoding="utf-8")
    done = CliRunner().invoke(cli, ["selftest", "--json", "--config", str(config)])
    return done.exit_code, [json.loads(line) for line in done.output.splitlines()]


def test_an_older_database_is_migrated_in_a_copy_alone(tmp_path: Path) -> None:
    golden(tmp_path / "data")
    before = state(tmp_path / "data")
    code, said = selftest(tmp_path)
    assert code == 0, said
    assert state(tmp_path / "data") == before
    facts = said[-1]["facts"]
    assert isinstance(facts, dict)
    assert facts["copy"] == str(tmp_path / "data/backups/before-m003_visits.db")
    assert facts["page"] == "http://127.0.0.1:8080"
    # Named as a real start does it: what the guard puts back is there.
    Store(tmp_path / "data", "d").close()
    assert Path(facts["copy"]).is_file()


def test_one_that_is_up_to_date_stays(tmp_path: Path) -> None:
    store = Store(tmp_path / "data", "d")
    store.commit([tagged("one", "cat")], {})
    code, said = selftest(tmp_path, web={"listen": "0.0.0.0:8443", "tls": "self-signed"})
    store.close()
    assert code == 0, said
    assert said[-1]["facts"]["copy"] == ""  # type: ignore[index]
    assert said[-1]["facts"]["page"] == "https://127.0.0.1:8443"  # type: ignore[index]
    assert any("1 pictures, its schema stays" in str(one.get("told")) for one in said)


def test_without_a_database(tmp_path: Path) -> None:
    code, said = selftest(tmp_path, web={"enabled": False})
    assert code == 0
    assert said[-1]["facts"]["page"] == ""  # type: ignore[index]
    assert not (tmp_path / "data").exists()


def test_a_wrong_config_is_told_with_its_line(tmp_path: Path) -> None:
    code, said = selftest(tmp_path, webb={})
    assert code == 1
    assert said[0]["state"] == "wrong"
    assert "tagd.yaml:" in str(said[0]["told"])


def test_a_newer_or_damaged_database_is_refused(tmp_path: Path) -> None:
    Store(tmp_path / "data", "d").close()
    path = tmp_path / "data/tagd.db"
    with sqlite3.connect(path) as db:
        db.execute("INSERT INTO _sqlite_migrations VALUES (99, 'tagd', 'm999_x', '2030')")
    db.close()
    with pytest.raises(StoreNewer):
        rehearse(tmp_path / "data")
    code, said = selftest(tmp_path)
    assert (code, "newer tagd" in str(said)) == (1, True)
    data = bytearray(path.read_bytes())
    data[4096 : 4096 * 3] = bytes(8192)
    path.write_bytes(data)
    code, said = selftest(tmp_path)
    assert (code, "damaged" in str(said)) == (1, True)
    assert not (tmp_path / "data/rehearsal.part").exists()


def test_a_migration_that_loses_pictures_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    golden(tmp_path / "data")
    db = Database(tmp_path / "data/tagd.db")
    last = list(migrations.pending(db))[-1]
    db.close()
    work = last.fn

    def losing(db: Database) -> None:
        work(db)
        db.execute("DELETE FROM picture WHERE id = 1")

    monkeypatch.setattr(last, "fn", losing)
    code, said = selftest(tmp_path)
    assert code == 1
    assert "3 pictures up to" in str(said)


def test_the_copy_has_the_name_that_a_start_gives_it() -> None:
    assert copies.before("m009_x") == Path("backups/before-m009_x.db")
