"""`python -m bench.page`: what the page costs, and how fast it is with a million pictures.

--data DIR     where bench.search keeps its database between runs
--pictures N   how many are in it
--viewers N    that watch the live events while pictures are tagged
--rounds N     how often tagging with and without viewers is run in turn; the medians count

The database is copied, so that the one that is kept stays as it is. Chromium is Debian's; each look
at the page has a fresh profile. The viewers run beside the daemon, nicer than it, so that their own
work costs it little: on two cores the rest of what they cost is counted as the daemon's.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

from bench import pictures, search
from bench.daemon import Daemon
from bench.machine import machine
from device.broker import PrivateBroker
from device.config import Inference

_LOOKS = 5  # at the first page
_TYPED = 40  # searches, letter by letter
_SETTLED = 2.0  # seconds until a daemon that has started is quiet
_WATCH = """
import selectors, socket, sys
host, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
waiting = selectors.DefaultSelector()
for _ in range(count):
    one = socket.create_connection((host, port))
    one.sendall(b"GET /api/v1/events HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\n"
                b"Accept: text/event-stream\\r\\n\\r\\n")
    assert b" 200 " in one.recv(4096).split(b"\\r\\n")[0]
    waiting.register(one, selectors.EVENT_READ)
print("watching", flush=True)
while True:
    for key, _ in waiting.select():
        if not key.fileobj.recv(1 << 20):
            sys.exit("hung up on")
"""


def first_page(url: str) -> list[float]:
    """Seconds from the address to a picture and a search box, each with an empty cache."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser")
    times = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--disable-gpu"])
        for _ in range(_LOOKS):
            page = browser.new_page()
            begin = time.perf_counter()
            page.goto(url, wait_until="commit")
            page.locator("a.tile").first.wait_for()
            page.locator("#search").focus()
            times.append(time.perf_counter() - begin)
            page.close()
        browser.close()
    return times


def typing(url: str) -> list[float]:
    """Seconds of each answer while searches are typed: completions, then the first page."""
    place = urlsplit(url)
    assert place.hostname is not None
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
    chance = random.Random(3)
    times = []

    def ask(path: str) -> None:
        begin = time.perf_counter()
        connection.request("GET", f"/api/v1/{path}")
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, path
        times.append(time.perf_counter() - begin)

    for _ in range(_TYPED):
        word = f"tag {min(1001, int(10 ** chance.uniform(0, 3))):04}"
        for length in range(1, len(word) + 1):
            ask(f"tags?prefix={quote(word[:length])}&limit=12")
        more = chance.choice(("", " confidence>=0.8", " source:camera-1", " createdAt>90d"))
        ask(f"pictures?limit=48&q={quote(json.dumps(word) + more)}")
    connection.close()
    return times


@contextmanager
def watching(url: str, count: int) -> Iterator[None]:
    """So many viewers of the live events, in a process of their own."""
    place = urlsplit(url)
    command = ["nice", "-n", "19", sys.executable, "-c", _WATCH]
    command += [str(place.hostname), str(place.port), str(count)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"watching\n", "the viewers did not get in"
    try:
        yield
        assert process.poll() is None, "a viewer was dropped"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def tagged(
    files: list[Path], place: Path, broker: PrivateBroker, viewers: int
) -> tuple[float, float]:
    """Pictures a second, and CPU seconds a picture, with so many viewers."""
    with Daemon(place, broker, place.name, Inference().thread_count) as running:
        url = running.url
        running.drop(files[:10])
        running.wait_for(10)
        with watching(url, viewers):
            time.sleep(_SETTLED)
            cpu, begin = running.cpu_s, time.monotonic()
            running.drop(files[10:])
            running.wait_for(len(files) - 10)
            wall = time.monotonic() - begin
            return (len(files) - 10) / wall, (running.cpu_s - cpu) / (len(files) - 10)


def resident(place: Path, broker: PrivateBroker, files: list[Path], *, page: bool) -> float:
    """MB at most, of a daemon that tagged some pictures and showed them all."""
    web = {"enabled": page, "listen": "127.0.0.1:0", "trust_loopback": True}
    with Daemon(place, broker, place.name, Inference().thread_count, web=web) as running:
        running.drop(files)
        running.wait_for(len(files))
        if page:
            for path in ("/", "/api/v1/pictures", "/api/v1/facets", "/api/v1/health"):
                running.get(path)
        time.sleep(_SETTLED)
        return running.peak_mb


def measure(data: Path, count: int, viewers: int, rounds: int) -> list[tuple[str, str, str]]:
    """(what, measured, target) of every figure."""
    rows = []
    kept = data / str(count)
    search.make(kept, count)
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        root = Path(name)
        files = pictures.make(root / "pictures", 160)
        (root / "broker").mkdir()
        with PrivateBroker(root / "broker") as broker:
            shutil.copytree(kept, root / "million" / "data")
            with Daemon(root / "million", broker, "bench", 1) as running:
                url = running.url
                time.sleep(_SETTLED)
                looks, typed = first_page(url), sorted(typing(url))
            p95 = typed[int(len(typed) * 0.95)] * 1000
            told = f"{statistics.median(looks):.2f} s, at most {max(looks):.2f} s"
            rows.append((f"first page usable, {count:,} pictures, cold", told, "1.0 s"))
            told = f"p95 {p95:.1f} ms, median {statistics.median(typed) * 1000:.1f} ms"
            rows.append((f"search as typed, through HTTP, of {len(typed)}", told, "p95 100 ms"))
            alone, seen = [], []
            for number in range(rounds):
                alone.append(tagged(files, root / f"alone-{number}", broker, 0))
                seen.append(tagged(files, root / f"seen-{number}", broker, viewers))
            rates = [statistics.median(rate for rate, _ in one) for one in (alone, seen)]
            spent = [statistics.median(cpu for _, cpu in one) for one in (alone, seen)]
            told = f"{rates[1] / rates[0]:.2f} ({rates[1]:.1f} of {rates[0]:.1f} a second)"
            rows.append((f"pictures tagged with {viewers} viewers, over none", told, "0.90"))
            told = f"{spent[1] / spent[0]:.2f} ({spent[1] * 1000:.1f} ms)"
            rows.append(("CPU a picture with them, over none", told, "-"))
            without = resident(root / "without", broker, files[:20], page=False)
            with_it = resident(root / "with", broker, files[:20], page=True)
            told = f"{with_it - without:.0f} MB ({with_it:.0f} of {without:.0f} without)"
            rows.append(("memory of the page's part", told, "40 MB"))
    return rows


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="bench.page")
    parser.add_argument("--data", type=Path, default=Path.home() / ".cache" / "tagd-bench")
    parser.add_argument("--pictures", type=int, default=1_000_000)
    parser.add_argument("--viewers", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    socket.setdefaulttimeout(60)
    print("| figure | measured | target |", "|---|---|---|", sep="\n")
    for row in measure(given.data, given.pictures, given.viewers, given.rounds):
        print("| " + " | ".join(row) + " |")
    print(f"\n{machine()}, median of {given.rounds} rounds.")


if __name__ == "__main__":
    main()
