"""The parts of the system view: times, since when, the board, the forecast, the doctor."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from web_helpers import until

from device import board, clock
from device.doctor import Doctor, Finding
from device.forecast import Bounds, Forecast, Use, forecast
from device.latency import STEPS, Times
from device.store import footprint
from device.troubles import Troubles

GB = 10**9

# -- times


def test_times() -> None:
    times = Times()
    assert times.summary().median is None
    for number in range(200):
        times.note(number / 1000)
    found = times.summary()
    assert (found.count, len(found.recent), found.recent[-1]) == (200, 120, 0.199)
    assert found.total == pytest.approx(19.9)
    assert (found.median, found.p95) == (0.14, 0.194)
    assert dict(zip(STEPS, found.steps, strict=True))[0.05] == 51, "at most 50 ms: 0 to 50"
    times.note(60.0)
    assert times.summary().steps[-1] == 200 != times.summary().count


# -- since when


def test_since_when() -> None:
    troubles = Troubles()
    assert troubles.note([], 1.0) == []
    troubles.note(["the disk has 81.5 MB left"], 2.0)
    found = troubles.note(["sink a: gone", "the disk has 79 MB left"], 3.0)
    assert [(one.told, one.since) for one in found] == [
        ("the disk has 79 MB left", 2.0),
        ("sink a: gone", 3.0),
    ]
    troubles.note([], 4.0)
    assert troubles.note(["sink a: gone"], 5.0)[0].since == 5.0, "it was over"


# -- the board


def test_a_raspberry_pi(tmp_path: Path) -> None:
    for name, text in {
        "proc/device-tree/model": "Raspberry Pi 4 Model B Rev 1.4\0",
        "proc/meminfo": "MemTotal:        3884384 kB\nMemAvailable:    3011212 kB\n",
        "proc/self/status": "Name:\tpython3\nVmHWM:\t  150000 kB\nVmRSS:\t  120000 kB\n",
        "sys/class/thermal/thermal_zone0/type": "cpu-thermal\n",
        "sys/class/thermal/thermal_zone0/temp": "61835\n",
        "sys/class/thermal/thermal_zone1/type": "nvme\n",
        "sys/class/thermal/thermal_zone1/temp": "70000\n",
        "sys/class/thermal/thermal_zone2/type": "broken\n",
        "sys/class/thermal/thermal_zone2/temp": "-274000\n",
        "sys/devices/platform/soc/soc:firmware/get_throttled": "50005\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = board.look(tmp_path)
    assert found.name == "Raspberry Pi 4 Model B Rev 1.4"
    assert found.celsius == pytest.approx(61.835)
    assert found.held_back == found.was_held_back == ("too little voltage", "it is slowed down")
    assert (found.memory, found.available) == (3884384 * 1024, 3011212 * 1024)
    assert (found.used, found.peak) == (120000 * 1024, 150000 * 1024)


def test_a_machine_that_tells_nothing(tmp_path: Path) -> None:
    found = board.look(tmp_path)
    assert found.name
    assert (found.celsius, found.held_back, found.memory, found.used) == (None,) * 4


def test_this_machine() -> None:
    found = board.look()
    assert found.used is not None
    assert found.peak is not None
    assert 10**7 < found.used <= found.peak


# -- the forecast


@pytest.mark.parametrize(
    ("use", "bounds", "days", "words"),
    [
        (Use(0, 0, 0, GB), Bounds(None, None), None, "Hardly anything is added"),
        (Use(GB, 0, GB / 10, 4 * GB), Bounds(None, None), 40, "nearly full in 40 days. store.ret"),
        (Use(GB, GB, GB / 10, 4 * GB), Bounds(None, None), 20, "in 20 days"),
        (Use(GB, 0, GB / 10, 4 * GB), Bounds(30, None), None, "about 3.0 GB, which fits"),
        (Use(GB, 0, GB / 10, 4 * GB), Bounds(365, None), 40, "do not fit"),
        (Use(GB, 0, GB / 10, 4 * GB), Bounds(None, 3 * GB), None, "begins in 20 days"),
        (Use(4 * GB, 0, GB / 10, 4 * GB), Bounds(None, 3 * GB), None, "begins now"),
        (Use(GB, 0, GB / 10, 4 * GB), Bounds(None, 90 * GB), 40, "nearly full in 40 days."),
        (Use(GB, 0, GB / 10, -5), Bounds(None, None), 0, "less than a day"),
        (Use(GB, 0, 10_000, 400 * GB), Bounds(None, None), 4e7, "more than ten years"),
    ],
)
def test_forecast(use: Use, bounds: Bounds, days: float | None, words: str) -> None:
    found: Forecast = forecast(use, bounds)
    assert found.days_left == (None if days is None else pytest.approx(days))
    assert words in found.told


def test_the_room_that_everything_takes(tmp_path: Path) -> None:
    now = clock.now()
    for back in (0, 1, 3, 30):
        day = clock.day_path(now - back * 86_400)
        for root in ("thumbnails", "pictures"):
            place = tmp_path / root / day
            place.mkdir(parents=True)
            (place / "a.jpg").write_bytes(bytes(1000))
    (tmp_path / "thumbnails" / "stray.jpg").write_bytes(bytes(7))
    for name, size in (("tagd.db", 100), ("tagd.db-wal", 10), ("tagd.reserve", 5)):
        (tmp_path / name).write_bytes(bytes(size))
    (tmp_path / "models/own").mkdir(parents=True)
    (tmp_path / "models/own/model.tflite").write_bytes(bytes(20))
    found = footprint.count(tmp_path)
    assert found is not None
    assert (found.pictures, found.thumbnails, found.total) == (4000, 4007, 8007)
    assert found.a_day(now) == 6000 / 4, "four days, of which one had nothing"
    assert footprint.rest(tmp_path) == {"database": 110, "models": 20, "backups": 0, "reserve": 5}
    assert footprint.count(tmp_path, lambda: False) is None
    empty = footprint.count(tmp_path / "nowhere")
    assert empty is not None
    assert (empty.total, empty.a_day(now)) == (0, 0)


# -- the doctor


def test_one_examination_for_all_who_ask() -> None:
    go_on, runs = threading.Event(), 0

    def look() -> Iterator[Finding]:
        nonlocal runs
        runs += 1
        yield Finding("first", "ok", "seen")
        go_on.wait(20)
        yield Finding("second", "wrong", "seen, too")

    doctor = Doctor(look)
    with ThreadPoolExecutor(4) as pool:
        asked = set(pool.map(lambda _: doctor.examine(), range(20)))
    [examination] = asked
    assert until(lambda: len(examination.findings) == 1)
    assert not examination.complete
    go_on.set()
    assert until(lambda: examination.complete)
    assert [finding.about for finding in examination.findings] == ["first", "second"]
    again = doctor.examine()
    assert until(lambda: again.complete)
    assert again is not examination
    assert runs == 2


def test_a_doctor_that_breaks_says_so(caplog: pytest.LogCaptureFixture) -> None:
    def look() -> Iterator[Finding]:
        yield Finding("first", "ok", "seen")
        raise OSError("no such thing")

    examination = Doctor(look).examine()
    assert until(lambda: examination.complete)
    last = examination.findings[-1]
    assert (last.state, last.told) == ("wrong", "it broke off: no such thing")
    assert "thread doctor ended" in caplog.text
