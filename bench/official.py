"""An official client of a drop-in API against the daemon, beside the same taggers without either.

The client lies in an environment of its own, made by the tests' rig; it asks the daemon on loopback
for the tags of 640 x 480 JPEGs. Beside it the same pictures are tagged in this process, with the
same models and threads, in turns: the difference is all that client, HTTP and queues take.
"""

from __future__ import annotations

import importlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from bench import pictures
from bench.daemon import Daemon
from bench.machine import machine
from device import clock, ids
from device.broker import PrivateBroker
from device.build import Models
from device.config import Config, Inference
from device.store.access import Access
from device.tagging import Tagging
from device.types import Frame

_TESTS = Path(__file__).parents[1] / "tests"
_SIZE = (640, 480)
_CALLS = 30  # of one client, a round
_CLIENTS = 32
_EACH = 4  # calls of each of them, a round
_CALLS_OF_IT = """
import json, sys, threading, time
files = [open(path, "rb").read() for path in sys.stdin.readline().split()]
def one(number):
    begin = time.perf_counter()
    ask(files[number % len(files)])
    return time.perf_counter() - begin
print("ready", flush=True)
for line in sys.stdin:
    threads, calls, start = map(int, line.split())
    times, errors = [], []
    def run(first):
        for number in range(first, first + calls):
            try:
                times.append(one(number))
            except Exception as error:
                errors.append(f"{type(error).__name__}: {error}")
    workers = [threading.Thread(target=run, args=(start + n * calls,)) for n in range(threads)]
    begin = time.perf_counter()
    for worker in workers: worker.start()
    for worker in workers: worker.join()
    print(json.dumps([times, errors, time.perf_counter() - begin]), flush=True)
"""


@dataclass(frozen=True, slots=True)
class Official:
    """A client."""

    name: str  # in the tests' rig
    script: str  # defines `ask(data)`
    env: Callable[[str, Access], Mapping[str, str]]  # for a URL and a key that is made for it


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one run."""

    alone_ms: float  # a picture tagged in this process
    client_ms: float  # a call of one client
    alone_per_s: float  # pictures
    clients_per_s: float  # pictures, of 32 clients at once
    errors: tuple[str, ...]  # of the first round as well

    @property
    def added_ms(self) -> float:
        """What the client and all between it and the taggers take."""
        return self.client_ms - self.alone_ms

    @property
    def throughput(self) -> float:
        """Part of what the taggers do by themselves."""
        return self.clients_per_s / self.alone_per_s


class Client:
    """An official client in a process of its own."""

    def __init__(self, official: Official, url: str, data_dir: Path, files: Sequence[Path]) -> None:
        sys.path.insert(0, str(_TESTS))
        with Access(data_dir) as access:
            env = official.env(url, access)
        python = importlib.import_module("clients_rig").client(official.name)
        pipe: Any = subprocess.PIPE
        self._process = subprocess.Popen(
            [python, "-c", official.script + _CALLS_OF_IT],
            stdin=pipe,
            stdout=pipe,
            env=dict(env),
            text=True,
        )
        self._ask(" ".join(map(str, files)))

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(20)

    def calls(
        self, threads: int, each: int, first: int = 0
    ) -> tuple[list[float], list[str], float]:
        """Seconds of each call, errors, and seconds of all; `first` is the first one's picture."""
        times, errors, whole = json.loads(self._ask(f"{threads} {each} {first}"))
        return times, errors, whole

    def _ask(self, line: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(line, file=self._process.stdin, flush=True)
        return self._process.stdout.readline()


def measure(official: Official, rounds: int) -> Figures:
    """Both in turn, so that whatever else the machine does troubles both."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        files = _resized(pictures.make(folder / "pictures", 20))
        (folder / "broker").mkdir()
        threads = Inference().thread_count
        tagging = Models(Config(data_dir=folder / "none")).tagging()
        with PrivateBroker(folder / "broker") as broker:
            place = folder / "run"
            with (
                Daemon(place, broker, "bench", threads) as daemon,
                Client(official, daemon.url, place / "data", files) as client,
            ):
                found = _in_turn(tagging, client, [file.read_bytes() for file in files], rounds)
        tagging.close()
    return found


def table(found: Figures, call: str, most_ms: float | None) -> str:
    """Markdown; `call` says what was called, `most_ms` what it may add."""
    target = f"at most {most_ms:g} ms" if most_ms else ""
    told = "".join(f"{error}\n" for error in found.errors)
    return f"""{told}| | measured | target |
|---|---|---|
| a picture tagged in process | {found.alone_ms:.1f} ms | |
| {call} | {found.client_ms:.1f} ms | |
| added at the median | {found.added_ms:.1f} ms | {target} |
| {_CLIENTS} clients at once, errors | {len(found.errors)} | 0 |
| their throughput | {found.throughput:.2f} of the taggers' own | at least 0.8 |

{machine()}, {_SIZE[0]} x {_SIZE[1]}, both models."""


def _in_turn(tagging: Tagging, client: Client, data: Sequence[bytes], rounds: int) -> Figures:
    alone: list[float] = []
    called: list[float] = []
    speeds: list[float] = []
    errors: list[str] = []
    for number in range(rounds + 1):
        own, times, failed = [], [], []
        for call in range(_CALLS):  # one by one: a busy machine favours whoever has just rested
            own.append(_tagged(tagging, data[call % len(data)]))
            time_, failed_, _ = client.calls(1, 1, call)
            times += time_
            failed += failed_
        _, crowded, whole = client.calls(_CLIENTS, _EACH)
        errors += failed + crowded
        if number:  # the first warms everything up
            alone += own
            called += times
            speeds.append(_CLIENTS * _EACH / whole)
    mine, theirs = statistics.median(alone), statistics.median(called)
    speed = statistics.median(speeds)
    return Figures(mine * 1000, theirs * 1000, 1 / mine, speed, tuple(errors))


def _tagged(tagging: Tagging, data: bytes) -> float:
    """Seconds to tag one picture, as the daemon does with what it does not keep."""
    begin = time.perf_counter()
    tagging.settle(Frame(ids.new_id(), "upload", clock.now(), data, unkept=True))
    return time.perf_counter() - begin


def _resized(files: Sequence[Path]) -> Sequence[Path]:
    for file in files:
        Image.open(file).resize(_SIZE).save(file, quality=90)
    return files
