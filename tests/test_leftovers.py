"""An appliance that was closed is gone, whatever it was asked before."""

from __future__ import annotations

import weakref
from pathlib import Path

import httpx

from device.app import App
from device.config import Config, Tagger, Web
from device.leftovers import let_go


def test_nothing_keeps_a_closed_appliance(tmp_path: Path) -> None:
    config = Config(
        data_dir=tmp_path,
        taggers={"fake": Tagger(model="fake")},
        web=Web(listen="127.0.0.1:0", trust_loopback=True),
    )
    app = App(config)
    app.start()
    for path in ("health", "pictures", "config", "sources", "backups"):
        assert httpx.get(f"{app.web.url}/api/v1/{path}", trust_env=False).status_code == 200
    app.close()
    gone = weakref.ref(app)
    del app
    let_go()
    assert gone() is None
