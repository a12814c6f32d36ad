"""`python -m bench.cameras`: what idle cameras cost, and how soon their first picture is there.

H.264, 1920 x 1080, 15 a second, a keyframe every 2 s, a still scene with a sensor's noise, over
RTSP on loopback from a server in another process. Each figure is of a process of its own, once
the distance of two keyframes is known; the source, its reader and the frames' brightness count.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from bench.machine import machine
from device import registry
from device.config import Source

TESTS = Path(__file__).parents[1] / "tests"
_WIDTH, _HEIGHT, _RATE, _GOP = 1920, 1080, 15, 30
_WARM_UP, _SECONDS = 5.0, 20.0
_MANY = 8


def film(path: Path, seconds: float = _WARM_UP + _SECONDS + 8) -> Path:
    """A still scene and eight patterns of noise over it, one after the other."""
    random = np.random.default_rng(3)
    coarse = random.integers(60, 190, (_HEIGHT // 24 + 1, _WIDTH // 24 + 1, 3))
    scene = np.kron(coarse, np.ones((24, 24, 1)))[:_HEIGHT, :_WIDTH]
    noisy = [
        np.clip(scene + random.normal(0, 5, scene.shape), 0, 255).astype(np.uint8) for _ in range(8)
    ]
    options = {"preset": "veryfast", "crf": "24"}
    render = importlib.import_module("films").render
    made: Path = render(
        path, _WIDTH, _HEIGHT, _RATE, seconds, lambda n: noisy[n % 8], gop=_GOP, options=options
    )
    return made


def watch(url: str, mode: str, count: int) -> dict[str, Any]:
    """In this process: CPU of `count` sources over the time, and what they report at its end."""
    sources = [_source(url, mode, number) for number in range(count)]
    firsts, began = [0.0] * count, time.monotonic()

    def read(number: int) -> None:
        for frame in sources[number]:
            firsts[number] = firsts[number] or time.monotonic() - began
            frame.data.grey()[::8, ::8].mean()  # as little as looking can be

    threads = [threading.Thread(target=read, args=(n,), daemon=True) for n in range(count)]
    for thread in threads:
        thread.start()
    done = threading.Event()
    done.wait(_WARM_UP)
    cpu, wall = time.process_time(), time.monotonic()
    before = [source.status()["frames"] for source in sources]
    done.wait(_SECONDS)
    cpu, wall = time.process_time() - cpu, time.monotonic() - wall
    reports = [source.status() for source in sources]
    for source in sources:
        source.close()
    return {
        "cpu": cpu / wall,
        "frames": [report["frames"] - was for report, was in zip(reports, before, strict=True)],
        "dropped": sum(report["dropped"] for report in reports),
        "first": max(firsts),
    }


def measured(url: str, mode: str, count: int = 1) -> dict[str, Any]:
    """The same in a fresh process."""
    command = [sys.executable, "-m", "bench.cameras", url, mode, str(count)]
    result: dict[str, Any] = json.loads(subprocess.check_output(command))
    return result


def _source(url: str, mode: str, number: int) -> Any:
    wanted = Source.model_validate({"name": f"camera-{number}", "url": url, "decode": mode})
    make = registry.load("tagd.sources", registry.SOURCES, registry.source_kind(wanted.parts))
    return make(wanted.name, wanted.parts, ledger=None, on_refused=None, camera=wanted)


def main() -> None:
    """Measure and print."""
    sys.path.insert(0, str(TESTS))
    server = importlib.import_module("rtsp_rig").RtspServer
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        path = film(Path(folder) / "idle.mp4")
        megabits = path.stat().st_size * 8 / 1e6 / (_WARM_UP + _SECONDS + 8)
        with server({"/main": path}) as running:
            url = running.url("/main")
            one = {mode: measured(url, mode) for mode in ("adaptive", "keyframes", "all")}
            many = measured(url, "adaptive", _MANY)
    wanted = int(_SECONDS * _RATE / _GOP)
    missed = sum(max(0, wanted - frames) for frames in many["frames"])
    idle, whole = one["adaptive"]["cpu"], one["all"]["cpu"]
    print("| figure | measured | target |\n|---|---|---|")
    print(f"| CPU of one idle camera, adaptive, % of a core | {idle:.2%} | at most 2.5 % |")
    print(f"| the same over decoding every frame | {idle / whole:.2f} | at most 0.45 |")
    print(f"| only keyframes, over every frame | {one['keyframes']['cpu'] / whole:.2f} | |")
    print(f"| {_MANY} of them, % of a core | {many['cpu']:.1%} | |")
    print(f"| keyframes they missed or dropped | {missed + many['dropped']} | 0 |")
    print(f"| first picture after, seconds | {one['adaptive']['first']:.2f} | |")
    print(f"\n{machine()}, {_WIDTH} x {_HEIGHT}, {_RATE}/s, {megabits:.1f} Mbit/s.")


if __name__ == "__main__":
    if len(sys.argv) == 4:
        print(json.dumps(watch(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
    else:
        main()
