"""`python -m bench.idle`: what idle cameras cost the whole daemon.

Models, database, broker, page and the cameras of `bench.cameras` (1920 x 1080, 15 a second, a
keyframe every 2 s, a still scene with a sensor's noise): `adaptive` against `all`, eight at once.
"""

from __future__ import annotations

import importlib
import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import cameras
from bench.daemon import Daemon
from bench.machine import machine
from device.broker import PrivateBroker
from device.config import Inference

_WARM_UP, _SECONDS = 10.0, 40.0
_GOP_SECONDS = 2.0
_LENGTH = _WARM_UP + _SECONDS + 15
_MANY = 8


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one daemon over the measured time."""

    cpu: float  # cores
    keyframes: list[int]  # decoded, by camera
    lost: int  # frames that were decoded and then overtaken
    looks: int
    memory: float  # MB, the most


def measure(url: str, decode: str, count: int, broker: PrivateBroker, place: Path) -> Cost:
    """A daemon of its own with so many cameras."""
    sources = [{"name": f"camera-{n}", "url": url, "decode": decode} for n in range(count)]
    threads = Inference().thread_count
    with Daemon(place, broker, place.name, threads, sources) as daemon:
        time.sleep(_WARM_UP)
        before, cpu, wall = told(daemon), daemon.cpu_s, time.monotonic()
        time.sleep(_SECONDS)
        cpu, wall = daemon.cpu_s - cpu, time.monotonic() - wall
        after = told(daemon)
        return Cost(
            cpu / wall,
            [a["source"]["frames"] - b["source"]["frames"] for b, a in pairs(before, after)],
            sum(a["source"]["dropped"] - b["source"]["dropped"] for b, a in pairs(before, after)),
            sum(a["done"] - b["done"] for b, a in pairs(before, after)),
            daemon.peak_mb,
        )


def told(daemon: Daemon) -> list[dict[str, Any]]:
    """What the daemon says of its cameras."""
    sources = json.loads(daemon.get("/api/v1/sources"))["sources"]
    return [one for one in sources if one["name"] != "inbox"]


def pairs(
    before: list[dict[str, Any]], after: list[dict[str, Any]]
) -> zip[tuple[dict[str, Any], dict[str, Any]]]:
    """Each camera at both times."""
    return zip(before, after, strict=True)


def main() -> None:
    """Measure and print."""
    sys.path.insert(0, str(cameras.TESTS))
    server = importlib.import_module("rtsp_rig").RtspServer
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        root = Path(name)
        film = cameras.film(root / "idle.mp4", _LENGTH)
        (root / "broker").mkdir()
        with PrivateBroker(root / "broker") as broker, server({"/main": film}) as running:
            url = running.url("/main")
            none = measure(url, "all", 0, broker, root / "none")
            idle = measure(url, "adaptive", 1, broker, root / "adaptive")
            whole = measure(url, "all", 1, broker, root / "all")
            many = measure(url, "adaptive", _MANY, broker, root / "many")
    wanted = int(_SECONDS / _GOP_SECONDS) - 1  # one may lie on either side of the edge
    missed = sum(max(0, wanted - frames) for frames in many.keyframes) + many.lost
    print("| figure | measured | target |\n|---|---|---|")
    print(f"| CPU of the daemon, one idle camera, adaptive | {idle.cpu:.2%} | at most 2.5 % |")
    print(f"| the same over decode: all | {idle.cpu / whole.cpu:.2f} | at most 0.45 |")
    print(f"| without a camera | {none.cpu:.2%} | |")
    print(f"| {_MANY} cameras, of a core | {many.cpu:.1%} | |")
    print(f"| keyframes that they missed or dropped | {missed} | 0 |")
    print(f"| looks taken in all of these | {idle.looks + whole.looks + many.looks} | 0 |")
    print(f"| memory with {_MANY} cameras, MB, the most | {many.memory:.0f} | |")
    print(f"\n{machine()}, {_SECONDS:.0f} s each; CPU of the daemon alone.")


if __name__ == "__main__":
    main()
