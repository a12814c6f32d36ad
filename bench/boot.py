"""`python -m bench.boot`: from the moment of power to the first tag, on a whole Debian.

Booted by systemd in a container (tests/nspawn_rig.py): no firmware, no kernel and no slow card, so
a board adds its own time for these. As root, with systemd-nspawn and debootstrap.

--suite bookworm    or trixie
--rounds 3          the slowest counts
"""

from __future__ import annotations

import argparse
import importlib
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.machine import machine
from device import shipped

_TESTS = Path(__file__).parents[1] / "tests"
_TICKS = os.sysconf("SC_CLK_TCK")
_PATIENCE = 60.0  # seconds


def seconds_until(true: Callable[[], object]) -> float:
    """How long that took."""
    start = time.monotonic()
    while not true():
        if time.monotonic() - start > _PATIENCE:
            raise SystemExit(f"nothing happened within {_PATIENCE:.0f} s")
        time.sleep(0.01)
    return time.monotonic() - start


def boot(box: Any, number: int) -> float:
    """Seconds from power to the event of a picture that was waiting in the inbox."""
    box.container.power_off()
    [cat] = [path for path in shipped.sample_pictures() if path.name == "chelsea.jpg"]
    before = len(box.events())
    data, comment = cat.read_bytes(), b"\xff\xfe\0\x03" + bytes([number])
    box.drop(f"{number}.jpg", data[:2] + comment + data[2:])  # the same content is not tagged twice
    start = time.monotonic()
    box.container.power_on()
    seconds_until(lambda: len(box.events()) > before)
    return time.monotonic() - start


def killed(box: Any) -> float:
    """Seconds from SIGKILL until the next daemon is ready."""
    before = box.pid()
    box.container.ask(f"kill -9 {before}")
    return seconds_until(lambda: box.is_ready(before))


def stop(box: Any) -> float:
    """Seconds that an orderly stop takes."""
    start = time.monotonic()
    box.container.ask("systemctl stop tagd")
    return time.monotonic() - start


def process(box: Any) -> tuple[float, float, int]:
    """CPU seconds and the most memory in MB of the daemon so far; its threads."""
    place = f"/proc/{box.pid()}"
    fields = box.container.ask(f"cat {place}/stat").rpartition(")")[2].split()
    status = box.container.ask(f"cat {place}/status")
    peak, threads = (int(re.findall(rf"{key}:\s+(\d+)", status)[0]) for key in ("VmHWM", "Threads"))
    return (int(fields[11]) + int(fields[12])) / _TICKS, peak / 1000, threads


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--suite", default="bookworm")
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    sys.path.insert(0, str(_TESTS))
    box_of = importlib.import_module("boot_box").box
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as name,
        box_of(wanted.suite, Path(name)) as box,
    ):
        seconds_until(box.is_ready)
        boots = [boot(box, number) for number in range(wanted.rounds)]
        seconds_until(box.is_ready)
        cpu, peak, threads = process(box)
        back = killed(box)
        told = box.container.ask("systemd-analyze security --no-pager tagd | tail -1")
        ended = stop(box)
    exposure = re.findall(r"service: (\S+)", told)[0]
    print("| figure | measured | target |\n|---|---|---|")
    print(f"| power to first tag, s | {max(boots):.1f} | at most 10 |")
    print(f"| killed to ready again, s | {back:.1f} | at most 15 |")
    print(f"| an orderly stop, s | {ended:.1f} | at most 10 |")
    print(f"| CPU of a start and a picture, s | {cpu:.1f} | |")
    print(f"| memory of that, MB, the most | {peak:.0f} | |")
    print(f"| threads | {threads} | |")
    print(f"| exposure by systemd-analyze security | {exposure} | at most 2.0 |")
    print(f"\nDebian {wanted.suite} in a container, {machine()}.")


if __name__ == "__main__":
    main()
