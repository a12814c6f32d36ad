"""`tagd sources` from outside: what it prints, what it saves, how it fails."""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from camera_http import Guard, always, answer, camera, motion_jpeg, pictures
from daemon_rig import jpeg
from PIL import Image
from test_cli import FAKE, tagd

from device.errors import SourceError
from device.probe import probe
from device.sources.fake import FakeSource
from device.types import Frame

STILL = always(answer(jpeg(1)))


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    return tmp_path / "saved.jpg"


def test_a_stream(saved: Path) -> None:
    with camera(motion_jpeg(pictures(), 0.05)) as box:
        done = tagd("sources", "test", box.url("/mjpg"), "--save", str(saved), "--timeout=1")
    assert done.returncode == 0, done.stderr
    said = dict(line.split(None, 1) for line in done.stdout.decode().splitlines())
    assert said["picture"] == "JPEG, 64 x 48"
    assert 8 < float(said["rate"].split()[0]) < 22
    assert said["saved"] == str(saved)
    assert "stream" in said["kind"]
    with Image.open(saved) as picture:
        assert picture.size == (64, 48)
    assert done.stderr == b"", "a sign of life is for terminals"


def test_a_still_with_a_password_from_the_config(tmp_path: Path, saved: Path) -> None:
    config = tmp_path / "tagd.yaml"
    with camera(Guard(STILL)) as box:
        url = box.url("/snap.jpg?every=1h", "viewer:${PORCH_PASSWORD}")
        config.write_text(f"{FAKE}sources:\n  - {{name: porch, url: '{url}'}}\n")
        words = ["sources", "test", "porch", "--json", "--config", str(config)]
        done = tagd(*words, "--save", str(saved), "--timeout", "1", PORCH_PASSWORD="geh%20eim%231")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["url"] == box.url("/snap.jpg?every=1h", "***")
    assert (found["format"], found["width"], found["frames"]) == ("JPEG", 64, 1)
    assert found["fps"] is None
    assert found["stream"] is False
    assert found["first_s"] < 1
    assert found["status"]["kind"] == "still"
    assert saved.read_bytes() == jpeg(1), "the camera's own bytes"
    assert b"geh" not in done.stdout + done.stderr


@pytest.mark.parametrize("name", ["saved.jpg", "saved.png"])
def test_what_is_private_is_not_saved(tmp_path: Path, name: str) -> None:
    config = tmp_path / "tagd.yaml"
    window = "[[[0, 0], [0.5, 0], [0.5, 1], [0, 1]]]"
    with camera(STILL) as box:
        source = f"{{name: porch, url: '{box.url('/snap.jpg')}', privacy: {window}}}"
        config.write_text(f"{FAKE}sources: [{source}]\n")
        words = ["sources", "test", "porch", "--config", str(config), "--timeout", "1"]
        done = tagd(*words, "--save", str(tmp_path / name))
    assert done.returncode == 0, done.stderr
    with Image.open(tmp_path / name) as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    assert pixels[:, :32].max() < 12
    assert pixels[:, 40:].mean() > 12
    assert jpeg(1)[-200:-100] not in (tmp_path / name).read_bytes()


def test_a_folder_and_another_format(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    file = io.BytesIO()
    Image.new("RGB", (30, 20)).save(file, "PNG")
    (tmp_path / "in/a.png").write_bytes(file.getvalue())
    saved = tmp_path / "x.webp"
    done = tagd("sources", "test", f"folder://{tmp_path}/in", "--save", str(saved), "--timeout=1")
    assert done.returncode == 0
    assert b"PNG, 30 x 20" in done.stdout
    with Image.open(saved) as picture:
        assert picture.format == "WEBP"


@pytest.mark.parametrize(
    ("source", "code", "told"),
    [
        ("htp://me:hush-hush@192.0.2.1/x", 2, "no source is called 'htp'; did you mean http://?"),
        ("gopher://x", 2, "there are folder://, "),
        ("porhc", 2, "no source is called porhc; did you mean porch?"),
        ("fake://?cuont=1", 2, "did you mean count?"),
        ("fake://?count=0", 1, "it ended without a picture"),
        ("mqtt-ingest://", 2, "its pictures come by the broker to a running tagd"),
        ("folder:///nowhere/at/all", 1, "is not there: create it"),
        ("http://me:hush#hush@h/", 2, "its port is no number"),
    ],
)
def test_what_cannot_be_right(
    tmp_path: Path, saved: Path, source: str, code: int, told: str
) -> None:
    config = tmp_path / "tagd.yaml"
    config.write_text(f"{FAKE}sources: [{{name: porch, url: 'fake://'}}]\n")
    done = tagd("sources", "test", source, "--save", str(saved), "--config", str(config))
    assert done.returncode == code, done.stderr
    assert told in done.stderr.decode()
    assert b"hush" not in done.stderr
    assert not saved.exists()


def test_a_refused_password_and_a_silent_camera(saved: Path) -> None:
    with camera(Guard(STILL)) as box:
        url = box.url("/", "viewer:wr0ngpass")
        done = tagd("sources", "test", url, "--json", "--save", str(saved))
    assert done.returncode == 1
    assert "(401)" in json.loads(done.stdout)["error"]
    assert b"wr0ng" not in done.stdout + done.stderr
    with camera(lambda _, client: client.recv(1)) as box:
        start = time.monotonic()
        done = tagd("sources", "test", box.url(), "--timeout", "1", "--save", str(saved))
        assert time.monotonic() - start < 8
    assert done.returncode == 1
    assert b"no picture came within 1 s" in done.stderr


def test_where_it_cannot_save(tmp_path: Path) -> None:
    for place in (tmp_path / "no/where.jpg", tmp_path / "x.unknown"):
        done = tagd("sources", "test", "fake://", "--save", str(place))
        assert done.returncode == 1
        assert f"the picture cannot be saved as {place}".encode() in done.stderr


def test_a_source_that_hangs_and_does_not_close(saved: Path) -> None:
    release = threading.Event()

    class Hanging(FakeSource):
        def __iter__(self) -> Iterator[Frame]:
            release.wait()
            return iter(())

        def close(self) -> None:
            release.wait()

    start = time.monotonic()
    with pytest.raises(SourceError, match=r"no picture came within 0.5 s"):
        probe(Hanging("x"), 0.5, lambda *_: None)
    assert time.monotonic() - start < 6
    release.set()


def test_list(tmp_path: Path) -> None:
    config = tmp_path / "tagd.yaml"
    config.write_text(
        "sources:\n"
        "  - {name: porch, url: 'http://me:hush-hush@192.0.2.1/snap?pwd=hush&every=5s'}\n"
        "  - {name: inbox, url: 'folder:///srv', enabled: false, mode: every}\n"
    )
    done = tagd("sources", "list", "--config", str(config))
    assert done.returncode == 0
    assert b"http://***@192.0.2.1/snap?pwd=***&every=5s" in done.stdout
    rows = tagd("sources", "list", "--json", "--config", str(config)).stdout.splitlines()
    assert json.loads(rows[1]) == {
        "name": "inbox",
        "url": "folder:///srv",
        "enabled": False,
        "mode": "every",
    }
    assert b"hush" not in done.stdout + rows[0]
