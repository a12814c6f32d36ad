"""Many read the library while somebody fills and empties it, and after a restart it is the same."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from imagekit_rig import FILES, GOOGLE, details, library, on, program, three, uploaded

ASKED = (
    {},
    {"type": "all", "sort": "DESC_NAME"},
    {"type": "folder"},
    {"searchQuery": 'tags IN ["cat"] AND path : "/come"'},
    {"searchQuery": "width > 10", "sort": "DESC_SIZE", "limit": "5"},
)


def test_readers_always_see_whole_files(tmp_path: Path) -> None:
    done = threading.Event()
    with library(tmp_path / "data") as site, program(site) as shop:

        def read(number: int) -> int:
            rounds = 0
            with program(site, f"reader {number}", "viewer") as client:
                while not done.is_set():
                    answer = client.get(FILES, params=ASKED[(rounds + number) % len(ASKED)])
                    assert answer.status_code == 200, answer.text
                    for one in answer.json():
                        assert one["createdAt"], one
                        assert one["type"] == "folder" or one["versionInfo"]["id"] == one["fileId"]
                    rounds += 1
            return rounds

        with ThreadPoolExecutor(4) as pool:
            readers = [pool.submit(read, number) for number in range(4)]
            try:
                for number in range(12):
                    folder = f"/come/{number % 3}"
                    one = uploaded(shop, 100 + number, folder=folder, extensions=on(GOOGLE))
                    if number % 2:
                        assert shop.delete(f"{FILES}/{one['fileId']}").status_code == 204
            finally:
                done.set()
            assert all(reader.result(30) for reader in readers)
        assert len(shop.get(FILES).json()) == 6


def test_after_a_restart_it_is_the_same(tmp_path: Path) -> None:
    with library(tmp_path / "data") as site, program(site) as shop:
        uid = three(shop)[1]["fileId"]
        before = details(shop, uid)
    with library(tmp_path / "data") as site, program(site, "again") as shop:
        after = details(shop, uid)
        port = f":{site.server.port}/"
        told = {**before, "url": after["url"], "thumbnail": after["thumbnail"]}
        assert after == told
        assert port in after["url"]
        assert [one["name"] for one in shop.get(FILES).json()] == ["b.png", "a.png", "c.png"]
