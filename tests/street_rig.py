"""A street to watch: films of the drawn garden with somebody in it, and the whole appliance there.

The daemon is a real process with the built-in models, a page and a real broker; its subscriber
keeps every message that it gets.
"""

from __future__ import annotations

import functools
import http.client
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from daemon_rig import Daemon, wait_until
from films import render
from numpy.typing import NDArray
from talk_rig import Stranger

from device.broker import PrivateBroker
from device.film import Film

RATE = 15  # frames a second
_HERE = 11.0  # s of the drawn film: the person stands at 0.4 of the width


def empty(_: float) -> float:
    """Nobody."""
    return 0.0


def standing(_: float) -> float:
    """Somebody, always in the same place."""
    return _HERE


def passing(at: float) -> float:
    """Two seconds of nobody, five of somebody who walks through, then nobody again."""
    return 0.0 if at < 2 else 6.0 + 2 * (at - 2) if at < 7 else 0.0


def film(path: Path, seconds: float, when: Callable[[float], float], scale: int = 1) -> Path:
    """H.264 with a keyframe a second, 640 x 360 times `scale`; `when` picks what is drawn."""
    drawn = Film()

    @functools.lru_cache(32)
    def drawing(at: float, noise: int) -> NDArray[np.uint8]:
        return np.repeat(np.repeat(drawn.frame(at, noise), scale, 0), scale, 1)

    def draw(number: int) -> NDArray[np.uint8]:
        return drawing(when(number / RATE), number % 8)

    return render(path, 640 * scale, 360 * scale, RATE, seconds, draw, gop=RATE)


class Box:
    """The appliance and whoever listens. A context manager; the daemon is started by `start`."""

    def __init__(self, root: Path, sources: list[dict[str, Any]], **sections: Any) -> None:
        (root / "broker").mkdir(parents=True)
        self._broker = PrivateBroker(root / "broker")
        self._root, self._sources, self._sections = root, sources, sections

    def __enter__(self) -> Box:
        self._broker.__enter__()
        self.heard = Stranger(self._broker.port)
        self.heard.__enter__()
        mqtt = {"url": self._broker.url, "announce": ["person"], **self._sections.pop("mqtt", {})}
        self.daemon = Daemon(
            self._root / "d",
            **{"web": {"listen": "127.0.0.1:0"}, "visits": {"quiet": "2s"}, **self._sections},
            mqtt=mqtt,
        )
        del self.daemon.sections["taggers"]
        self.daemon.sections["sources"] = self._sources
        return self

    def __exit__(self, *_: object) -> None:
        if self.daemon.running:
            self.daemon.kill()
        self.heard.__exit__()
        self._broker.__exit__(None, None, None)

    def events(self, kind: str | None = None, source: str | None = None) -> list[dict[str, Any]]:
        """As the subscriber got them, in order, each once."""
        found = [json.loads(body) for topic, body in [*self.heard.log] if topic.endswith("events")]
        once = {event["seq"]: event for event in found}.values()
        return [
            one for one in once if kind in (None, one["type"]) and source in (None, one["source"])
        ]

    def counts(self) -> Counter[str]:
        """How many events of each type."""
        return Counter(event["type"] for event in self.events())

    def wait_for(self, kind: str, count: int = 1, seconds: float = 20) -> dict[str, Any]:
        """The newest event of that type, once there are so many."""
        wait_until(lambda: len(self.events(kind)) >= count, seconds, self._tell)
        return self.events(kind)[-1]

    def source(self, name: str) -> dict[str, Any]:
        """What the API says of it."""
        status, answer = self.daemon.get("/api/v1/sources")
        assert status == 200
        found: dict[str, Any] = next(one for one in answer["sources"] if one["name"] == name)
        return found

    def wait_source(
        self, name: str, true: Callable[[dict[str, Any]], object], seconds: float = 20
    ) -> dict[str, Any]:
        """What the API says of it, once that is so."""
        wait_until(lambda: true(self.source(name)), seconds, lambda: self.source(name))
        return self.source(name)

    def fetch(self, path: str, method: str = "GET", body: bytes | None = None) -> bytes:
        """The body of an answer, whatever it is."""
        connection = http.client.HTTPConnection("127.0.0.1", self.daemon.port(), timeout=20)
        try:
            kind = {"Content-Type": "application/json"} if body else {}
            connection.request(method, path, body, kind)
            return connection.getresponse().read()
        finally:
            connection.close()

    def topic(self, name: str) -> bytes | None:
        """What a retained topic below `tagd/test/` says now."""
        return self.heard.last.get(f"tagd/test/{name}")

    def _tell(self) -> str:
        return f"{self.counts()} {self.daemon.said()[-2000:]}"
