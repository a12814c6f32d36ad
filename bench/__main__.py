"""`python -m bench`: what the whole daemon costs over a bare loop around the same models.

--rounds N  how often both are run in turn; the median ratio counts
--write     put the table into README.md
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import documents, pictures
from bench.daemon import Daemon
from bench.machine import machine
from device.broker import PrivateBroker
from device.config import Inference
from device.inference.runtime import find_runtime

README = Path(__file__).parents[1] / "README.md"
_WARM_UP = 10  # pictures before anything is counted


def bare(folder: Path, threads: int) -> dict[str, float]:
    """One run of the bare loop, in a process of its own."""
    command = [sys.executable, "-m", "bench.bare", str(folder), str(threads)]
    result: dict[str, float] = json.loads(subprocess.check_output(command))
    return result


def daemon(
    files: list[Path], warm: list[Path], place: Path, broker: PrivateBroker, threads: int
) -> dict[str, float]:
    """One run of the daemon over the same files."""
    with Daemon(place, broker, place.name, threads) as running:
        running.drop(warm)
        running.wait_for(len(warm))
        cpu, wall = running.cpu_s, time.monotonic()
        running.drop(files)
        running.wait_for(len(files))
        wall = time.monotonic() - wall
        time.sleep(1.0)  # the last cursor and its commit belong to the cost
        return {"cpu_s": running.cpu_s - cpu, "wall_s": wall, "peak_mb": running.peak_mb}


def first_tag(file: Path, place: Path, broker: PrivateBroker, threads: int) -> float:
    """Seconds from the start of the process to its first event at a subscriber."""
    running = Daemon(place, broker, place.name, threads)
    running.drop([file])
    start = time.monotonic()
    with running:
        running.wait_for(1)
        return time.monotonic() - start


def measure(count: int, rounds: int) -> list[tuple[str, str, str]]:
    """(what, measured, target) of every figure."""
    threads = Inference().thread_count
    cpu, throughput, memory, starts = [], [], [], []
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        root = Path(name)
        files = pictures.make(root / "pictures", count)
        warm = pictures.make(root / "warm", _WARM_UP, seed=2)
        (root / "broker").mkdir()
        with PrivateBroker(root / "broker") as broker:
            for number in range(rounds):
                ours = daemon(files, warm, root / f"run-{number}", broker, threads)
                loop = bare(root / "pictures", threads)
                cpu.append(ours["cpu_s"] / loop["cpu_s"])
                throughput.append(loop["wall_s"] / ours["wall_s"])
                memory.append(ours["peak_mb"])
                starts.append(first_tag(files[0], root / f"start-{number}", broker, threads))
                per = 1000 / count
                print(
                    f"round {number + 1}: daemon {ours['cpu_s'] * per:.1f} ms CPU a picture,"
                    f" {count / ours['wall_s']:.0f}/s; bare loop {loop['cpu_s'] * per:.1f} ms,"
                    f" {count / loop['wall_s']:.0f}/s; peak {ours['peak_mb']:.0f} MB;"
                    f" first tag after {starts[-1]:.1f} s",
                    file=sys.stderr,
                )
    return [
        (
            "CPU seconds a picture, folder to published, over the bare loop",
            f"{statistics.median(cpu):.2f}",
            "at most 1.25",
        ),
        (
            "pictures a second over the bare loop's, same number of threads",
            f"{statistics.median(throughput):.2f}",
            "at least 0.8",
        ),
        ("peak resident memory, both models and the page, MB", f"{max(memory):.0f}", "at most 150"),
        (
            "start to first tag committed and received, seconds",
            f"{statistics.median(starts):.1f}",
            "at most 3",
        ),
    ]


def table(rows: list[tuple[str, str, str]], count: int, rounds: int) -> str:
    """Markdown, with the machine."""
    lines = ["| figure | measured | target |", "|---|---|---|"]
    lines += [f"| {what} | {figure} | {target} |" for what, figure, target in rows]
    threads = Inference().thread_count
    how = f"{count} JPEGs of 768 x 432, {threads} model thread(s), median of {rounds} rounds"
    lines += ["", f"{machine()}, {find_runtime()}, {how} (memory: the highest)."]
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and write if asked."""
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pictures", type=int, default=300)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    text = table(measure(given.pictures, given.rounds), given.pictures, given.rounds)
    print(text)
    if given.write:
        documents.write(README, text)


if __name__ == "__main__":
    main()
