"""config/tags-only.yaml: whoever takes the card finds words, and no byte of a picture."""

from __future__ import annotations

import io
from pathlib import Path

import yaml
from daemon_rig import Daemon, wait_until
from PIL import Image

from device import shipped

CONFIG = Path(__file__).parents[1] / "config/tags-only.yaml"


def test_nothing_of_a_picture_is_left_behind(tmp_path: Path) -> None:
    wanted = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    daemon = Daemon(tmp_path, store=wanted["store"], web={"listen": "127.0.0.1:0"})
    daemon.start()
    daemon.port()
    picture = (shipped.SAMPLES / "chelsea.jpg").read_bytes()
    (daemon.inbox / "new.jpg").write_bytes(picture)
    wait_until(lambda: daemon.count("picture") == 1, 60, daemon.said)
    [(uid,)] = daemon.rows("SELECT lower(hex(uid)) FROM picture")
    assert uid
    status, page = daemon.get("/api/v1/pictures")
    assert status == 200
    assert page["pictures"][0]["tags"], "words are kept"
    assert daemon.stop() == 0, daemon.said()
    files = [path for path in daemon.data.rglob("*") if path.is_file()]
    assert daemon.data / "tagd.db" in files
    for path in files:
        held = path.read_bytes()
        for start in (b"\xff\xd8\xff", b"\x89PNG\r\n", b"RIFF"):
            at = held.find(start)
            while at >= 0:
                assert not opens(held[at:]), f"{path.name} holds a picture"
                at = held.find(start, at + 1)
        assert picture[1000:1064] not in held


def opens(data: bytes) -> bool:
    try:
        Image.open(io.BytesIO(data)).verify()
    except Exception:  # whatever Pillow says of what is no picture
        return False
    return True
