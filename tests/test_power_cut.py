"""Power cuts at any moment, on a disk that reorders and tears what was not flushed."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from makers import THUMBNAIL, tagged
from power import Op, read_record, state

from device.store import mark
from device.store.reader import Reader
from device.store.writer import Store

HERE = Path(__file__).parent

PROGRAM = """
import json, os, random, sys
from pathlib import Path
from makers import refused, tagged
from device.store.reader import Reader
from device.store.writer import Store

data, chance, told = Path(sys.argv[1]), random.Random(7), 0
acknowledged = os.open(data / "acknowledged", os.O_WRONLY | os.O_CREAT)
for run in range(4):
    store = Store(data, "d")
    store.db.execute("PRAGMA wal_autocheckpoint = 40")
    store.add_sink("mqtt")
    reader = Reader(data)
    for number in range(30):
        count = chance.randint(1, 4)
        batch = [tagged(f"{run} {number} {n}", "car", f"tag {number}") for n in range(count)]
        store.commit([*batch, refused(f"{run} {number}")], {"mqtt": store.seq // 2})
        if number % 10 == 9:
            for path in store.forget([chance.randrange(1, store.seq)]):
                path.unlink()
        for event in reader.events_after(told, 99):
            told = event.seq
            os.write(acknowledged, json.dumps([event.seq, event.body.decode()]).encode() + b"\\n")
    reader.close()
    store.close()
"""


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Op], Path]:
    """All that a program with a store did to its files."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("there is no C compiler (apt install gcc libc6-dev)")
    folder = tmp_path_factory.mktemp("power")
    library = folder / "recorder.so"
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(HERE / "recorder.c")]
    if subprocess.run([*command, "-ldl"], check=False).returncode:
        pytest.skip("the C compiler lacks its headers (apt install libc6-dev)")
    root = folder / "data"
    root.mkdir()
    env = {
        **os.environ,
        "LD_PRELOAD": str(library),
        "RECORD_ROOT": str(root),
        "RECORD_LOG": str(folder / "log"),
        "PYTHONPATH": f"{HERE.parent}:{HERE}",
    }
    subprocess.run([sys.executable, "-c", PROGRAM, str(root)], env=env, check=True, timeout=60)
    return read_record(folder / "log", root), root


@pytest.mark.timeout(400)
@pytest.mark.parametrize("states", [100, pytest.param(1500, marks=pytest.mark.slow)])
def test_nothing_acknowledged_is_lost_and_no_number_repeated(
    states: int, record: tuple[list[Op], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ops, root = record
    assert {op.what for op in ops} >= set("CWSRU"), "the recorder saw too little"
    monkeypatch.setattr(mark, "_BOOT", tmp_path / "boot")
    (tmp_path / "boot").write_text("0-2")
    acknowledged = [(n, op.data) for n, op in enumerate(ops) if op.path == "acknowledged"]
    acknowledged = [(n, data) for n, data in acknowledged if data]
    quiet = [op if op.path != "acknowledged" else Op("-", "", 0, b"") for op in ops]
    chance = random.Random(states)
    repaired = 0
    for _ in range(states):
        crash = chance.randrange(len(ops))
        told = dict(json.loads(data) for n, data in acknowledged if n < crash)
        folder = tmp_path / "state"
        for name, data in state(quiet, crash, chance, str(root)).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        repaired += check(folder, told)
        shutil.rmtree(folder)
    assert repaired == 0, "a power cut on an honest disk is no damage"


def check(folder: Path, told: dict[int, str]) -> int:
    """Open what is left; 1 if it had to be repaired."""
    folder.mkdir(exist_ok=True)
    store = Store(folder, "d")
    reader = Reader(folder)
    events = {e.seq: e.body.decode() for e in reader.events_after(0, 9999)}
    for seq, body in told.items():
        assert events.get(seq) == body, f"{seq} was acknowledged"
    for uid, seconds in store.db.execute(
        "SELECT uid, tagged_ms / 1000.0 FROM picture WHERE kept = 'thumbnail'"
    ):
        path = store.files.thumbnail(_text(uid), seconds)
        assert path.exists(), "a row without its file"
        assert path.read_bytes() == THUMBNAIL
    store.commit([tagged("after", "dog", thumbnail=None)], {})
    assert store.seq > max(told, default=0)
    assert store.db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    reader.close()
    store.close()
    return store.notice is not None


def _text(uid: bytes) -> str:
    from device import ids

    return ids.from_bytes(uid)
