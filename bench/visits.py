"""`python -m bench.visits VIDEO`: visits on the road against the cars that there are, and the cost.

The video is car-detection.mp4, where cars pass three times; every rhythm of looks is tried.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tabulate import tabulate

from bench.machine import machine
from bench.road import CARS, shots
from device import build, ids
from device.config import Config
from device.hearing import Said
from device.results import VisitChange
from device.types import Frame, Visit
from device.visits import Visits

_RATES = (12.5, 10.0, 5.0, 4.0, 2.0, 1.0)  # looks a second
_EMPTY = 30.0  # s of nothing behind the film, in which the last visits end
_CROWD = 20  # things in one look, for the cost


@dataclass(frozen=True, slots=True)
class Heard:
    """What the built-in models say of one frame."""

    seconds: float
    said: Said


def listen(video: Path) -> list[Heard]:
    """Every frame of the film through the default taggers and thresholds."""
    with tempfile.TemporaryDirectory() as folder:
        tagging = build.Models(Config(data_dir=Path(folder))).tagging()
        found = []
        for seconds, pixels in shots(video):
            frame = Frame(ids.new_id(), "road", seconds, pixels, moment=seconds)
            found.append(Heard(seconds, tagging.look(frame).said))
        tagging.close()
    return found


def follow(heard: list[Heard], every: float) -> tuple[list[Visit], list[float]]:
    """The ended visits at so many seconds between looks, and the ms of each look."""
    visits, due, last = Visits("road"), 0.0, 0.0
    changes: list[VisitChange] = []
    costs = []
    for one in heard:
        if one.seconds < due - 1e-6:
            continue
        due, last = one.seconds + every - 1e-6, one.seconds
        start = time.perf_counter()
        changes += visits.see(one.said.tags, one.seconds, one.seconds, faint=one.said.faint)
        costs.append((time.perf_counter() - start) * 1000)
    while last < heard[-1].seconds + _EMPTY:
        last += every
        changes += visits.see((), last, last)
    return [one.visit for one in changes if one.event == "visit_end"], costs


def crowd(heard: list[Heard]) -> float:
    """Median ms of a look that shows many things at once."""
    tags = [tag for one in heard for tag in one.said.tags if tag.box][:_CROWD]
    visits, costs = Visits("crowd"), []
    for n in range(300):
        start = time.perf_counter()
        visits.see(tags, n * 0.2, n * 0.2)
        costs.append((time.perf_counter() - start) * 1000)
    return statistics.median(costs)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="bench.visits")
    parser.add_argument("video", type=Path)
    heard = listen(parser.parse_args().video)
    rows = []
    for rate in _RATES:
        visits, costs = follow(heard, 1 / rate)
        spans = ", ".join(f"{v.tag} {v.started_at:.1f}-{v.seen_at:.1f}" for v in visits)
        rows.append([rate, spans, statistics.median(costs), max(costs)])
    wanted = ", ".join(f"{start}-{end}" for start, end in CARS)
    print(f"cars there are: {wanted} (two in the second)\n")
    print(tabulate(rows, headers=("looks/s", "visits", "ms, median", "most"), floatfmt=".3g"))
    print(f"\n{_CROWD} things in one look: {crowd(heard):.2f} ms, median. {machine()}.")


if __name__ == "__main__":
    main()
