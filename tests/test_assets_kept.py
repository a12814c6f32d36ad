"""Files of the media library over restarts, copies, exports and retention."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from imagekit_rig import FILES, GOOGLE, details, library, names, on, program, uploaded
from makers import tagged
from test_assets import filed, found, wanted

from device.config_compat import IMAGEKIT
from device.store.reader import Reader
from device.store.salvage import salvage
from device.store.writer import Store


def test_a_retry_after_a_restart_is_the_same_file(tmp_path: Path) -> None:
    with library(tmp_path) as site, program(site) as shop:
        key = shop.auth
        first = uploaded(shop, 1, tags="a", extensions=on(GOOGLE))
    with library(tmp_path) as site, site.client(auth=key) as shop:
        again = uploaded(shop, 1, tags="a", extensions=on(GOOGLE))
        assert again["fileId"] == first["fileId"]
        assert site.pipeline.infer.tagged[IMAGEKIT] == 0
        assert shop.get(FILES).json() == [details(shop, first["fileId"])]


def test_a_picture_that_is_there_becomes_a_file(tmp_path: Path) -> None:
    """As after a power cut between the two, or an import: the client sends it again."""
    with library(tmp_path) as site, program(site) as shop:
        first = uploaded(shop, 1, extensions=on({"name": GOOGLE, "maxTags": 1}))
        with closing(sqlite3.connect(tmp_path / "tagd.db", timeout=10)) as db:
            db.execute("DELETE FROM asset")
            db.commit()
        assert shop.get(FILES).json() == []
        told = uploaded(shop, 1, tags="mine", extensions=on({"name": GOOGLE, "maxTags": 2}))
        assert told["fileId"] != first["fileId"]
        assert told["url"] == first["url"]
        assert (told["tags"], names(told)) == (["mine"], ["cat", "dog"])


def test_a_copy_has_them(tmp_path: Path) -> None:
    store = Store(tmp_path / "data", "test")
    [outcome] = store.commit([tagged("a", "cat", source=IMAGEKIT)], {})
    made = filed(store, wanted(outcome.frame_id, description="kept"))
    store.close()
    with closing(sqlite3.connect(tmp_path / "data/tagd.db")) as db:
        db.execute("VACUUM INTO ?", (str(tmp_path / "copy.db"),))
    (tmp_path / "other").mkdir()
    (tmp_path / "copy.db").rename(tmp_path / "other/tagd.db")
    store, reader = Store(tmp_path / "other", "test"), Reader(tmp_path / "other")
    there = found(reader, made.uid)
    reader.close()
    store.close()
    assert there is not None
    assert there.description == "kept"


def test_a_repaired_store_has_no_file_without_a_picture(tmp_path: Path) -> None:
    store = Store(tmp_path / "data", "test")
    uids = []
    for content in "ab":
        [outcome] = store.commit([tagged(content, "cat", source=IMAGEKIT)], {})
        uids.append(filed(store, wanted(outcome.frame_id, content)).uid)
    store.close()
    with closing(sqlite3.connect(tmp_path / "data/tagd.db")) as db:
        db.execute("DELETE FROM picture WHERE id = 1")  # as if its page could not be read
        db.commit()
    salvage(tmp_path / "data/tagd.db", tmp_path / "made.db", None)
    with closing(sqlite3.connect(tmp_path / "made.db")) as db:
        assert db.execute("SELECT uid FROM asset").fetchall() == [(uids[1],)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
