"""`python -m bench.latency`: from the moment that somebody enters the picture to `visit_start`.

A film with a number in each frame comes over RTSP on loopback; the daemon watches it, a subscriber
of a real broker waits. When a numbered frame was to be seen is known from the pictures of the
visits themselves: each says when its light arrived, and the promptest of them sets the film's zero.
"""

from __future__ import annotations

import importlib
import io
import json
import queue
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from PIL import Image

from bench import entrance
from bench.daemon import Daemon
from bench.machine import machine
from device.broker import PrivateBroker
from device.config import Inference
from device.film import HEIGHT, WIDTH

_TESTS = Path(__file__).parents[1] / "tests"
_TIMES = 20  # entrances
_TARGET = 1.0  # seconds, in `all` at 10/s


@dataclass(frozen=True, slots=True)
class Start:
    """One `visit_start` as a subscriber got it."""

    received: float  # UTC
    taken_at: float  # UTC, of the look that confirmed it
    number: int  # of that frame in the film
    tag: str


def watch(daemon: Daemon, seconds: float) -> list[Start]:
    """What a subscriber hears in that time."""
    found, deadline = [], time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        try:
            received, event = daemon.next_event(left)
        except queue.Empty:
            break
        if event["type"] == "visit_start":
            picture = Image.open(io.BytesIO(daemon.get(event["picture"]["url"])))
            taken_at = datetime.fromisoformat(event["taken_at"].replace("Z", "+00:00")).timestamp()
            number = entrance.number_in(picture)
            found.append(Start(received, taken_at, number, event["visit"]["tag"]))
    return found


def latencies(starts: list[Start], entered: list[int]) -> list[float]:
    """Seconds from each entrance to the first visit that begins after it."""
    zero = min(one.taken_at - one.number / entrance.RATE for one in starts)
    found = []
    for first, following in zip(entered, [*entered[1:], sys.maxsize], strict=True):
        told = [one for one in starts if first <= one.number < following]
        if told:
            found.append(told[0].received - (zero + first / entrance.RATE))
    return found


def measure(url: str, decode: str, fps: float, seconds: float) -> list[Start]:
    """A daemon of its own on that camera."""
    camera = {
        "name": "gate",
        "url": url,
        "decode": decode,
        "fps": fps,
        "motion": {"mask": [entrance.MASK], "quiet": "2s"},  # idle again before the next one
        "visits": {"quiet": "2s"},
    }
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        (Path(name) / "broker").mkdir()
        threads = Inference().thread_count
        store = {"pictures": "full"}
        with PrivateBroker(Path(name) / "broker") as broker:
            place = Path(name) / "run"
            with Daemon(place, broker, "bench", threads, [camera], store=store) as daemon:
                return watch(daemon, seconds)


def row(decode: str, fps: float, starts: list[Start], entered: list[int]) -> str:
    """A line of the table."""
    found = latencies(starts, entered)
    median, most = statistics.median(found), max(found)
    target = f"at most {_TARGET:.1f} s" if decode == "all" and fps == 10 else ""
    return (
        f"| {decode} at {fps:g}/s | {median:.2f} | {most:.2f} | {len(found)} of {len(entered)} "
        f"| {len(starts)} | {target} |"
    )


def main() -> None:
    """Measure and print."""
    sys.path.insert(0, str(_TESTS))
    server = importlib.import_module("rtsp_rig").RtspServer
    render: Any = importlib.import_module("films").render
    times = int(sys.argv[1]) if len(sys.argv) > 1 else _TIMES
    seconds = entrance.FIRST + times * entrance.CYCLE
    entered = entrance.entrances(seconds)
    size = WIDTH, HEIGHT
    print("| decode | median, s | most, s | entrances told | visits | target |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        film = render(
            Path(name) / "film.mp4",
            *(*size, entrance.RATE, seconds, entrance.drawing()),
            gop=2 * entrance.RATE,
        )
        for decode, fps in (("all", 10.0), ("adaptive", 10.0), ("adaptive", 5.0)):
            with server({"/gate": film}) as running:
                starts = measure(running.url("/gate"), decode, fps, seconds - 1)
            print(row(decode, fps, starts, entered), flush=True)
            if "--json" in sys.argv:
                print(json.dumps([(s.number, s.received, s.taken_at, s.tag) for s in starts]))
    print(f"\n{machine()}, {size[0]} x {size[1]}, a keyframe every 2 s.")


if __name__ == "__main__":
    main()
