"""Which packets are decoded, on streams that are harder than most; timing; hardware."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("av")
import av
from films import number_in, numbered

from device.sources import video_decoder, video_hardware
from device.sources.video_decoder import Decoder, Mode
from device.sources.video_hardware import Hardware
from device.sources.video_stats import Stats
from device.sources.video_timing import Film, Keyframes, Paced, Rate


@pytest.fixture(scope="module")
def reordered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With B-frames: the decoder holds each frame back until later ones have come."""
    path = tmp_path_factory.mktemp("films") / "b.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        stream.codec_context.gop_size = 10
        stream.options = {"bf": "2", "b-adapt": "0", "sc_threshold": "0", "crf": "20"}
        draw = numbered(320, 240)
        for n in range(100):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(draw(n), format="rgb24")))
        container.mux(stream.encode(None))
    return path


class Rig:
    """A decoder over a file, its packets fed by hand, ten a second."""

    def __init__(self, path: Path, mode: Mode, gap: float = 1.0) -> None:
        self.container = av.open(str(path))
        stream = self.container.streams.video[0]
        self.alert = threading.Event()
        self.stats = Stats()
        self.decoder = Decoder("gate", stream, mode, self.alert, self.stats)
        self.packets = [packet for packet in self.container.demux(stream) if packet.size]
        self.step = gap / 10

    def feed(self, start: int, end: int) -> list[tuple[int, list[int]]]:
        """By packet, the numbers of the frames that it brought, if any."""
        found = []
        for at in range(start, end):
            packet = self.packets[at]
            self.stats.packet(at * self.step, packet.is_keyframe)
            numbers = [number_in(f.to_ndarray(format="gray")) for f in self.decoder.feed(packet)]
            if numbers:
                found.append((at, numbers))
        return found


def test_a_keyframe_comes_out_at_once_even_where_frames_are_reordered(reordered: Path) -> None:
    rig = Rig(reordered, "keyframes")
    assert rig.feed(0, 50) == [(at, [at]) for at in range(0, 50, 10)]


def test_from_idle_to_alert_and_back_nothing_old_is_shown(reordered: Path) -> None:
    rig = Rig(reordered, "adaptive")
    seen = rig.feed(0, 31)
    assert [at for at, _ in seen if at > 10] == [20, 30]  # two keyframes: their distance is known
    assert seen[-1] == (30, [30])
    rig.feed(31, 34)
    rig.alert.set()
    alert = [n for _, numbers in rig.feed(34, 60) for n in numbers]
    assert alert == sorted(alert)
    assert alert[0] >= 31
    assert set(alert) >= set(range(35, 55))
    rig.alert.clear()
    assert rig.feed(60, 80) == [(60, [60]), (70, [70])]


def test_too_far_behind_it_waits_for_the_next_keyframe(
    reordered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(video_decoder, "_MOST_BEHIND", 3)
    rig = Rig(reordered, "adaptive")
    rig.feed(0, 26)
    rig.alert.set()
    assert rig.feed(26, 30) == []
    assert rig.feed(30, 40)[0][1][0] >= 30


@pytest.mark.parametrize(
    ("mode", "frames", "told"),
    [("adaptive", 90, "every frame"), ("keyframes", 9, "only they"), ("all", 90, None)],
)
def test_keyframes_far_apart(
    reordered: Path,
    mode: Mode,
    frames: int,
    told: str | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    rig = Rig(reordered, mode, gap=12.0)
    found = [n for _, numbers in rig.feed(0, 90) for n in numbers]
    assert len(found) == pytest.approx(frames, abs=3)
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == (told is not None)
    assert told is None or ("12 s apart" in messages[0] and told in messages[0])
    assert rig.stats.report()["keyframe_interval_s"] == 12.0


class Broken:
    """A codec that fails on every packet, or gives nothing."""

    def __init__(self, silent: bool) -> None:
        self.silent = silent

    def decode(self, _: Any) -> list[Any]:
        if self.silent:
            return []
        raise av.error.InvalidDataError(1094995529, "Invalid data")


@pytest.mark.parametrize("silent", [True, False])
def test_hardware_that_does_not_work_is_told_and_left(
    silent: bool, reordered: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rig = Rig(reordered, "all")
    rig.decoder.use(Hardware("h264_v4l2m2m", Broken(silent)))
    assert rig.stats.decoder == "h264_v4l2m2m"
    found = [n for _, numbers in rig.feed(0, 90) for n in numbers]
    assert found[-1] > 80
    assert found[0] % 10 == 0  # from the next keyframe on
    assert rig.stats.decoder == "h264 on the CPU: h264_v4l2m2m failed"
    assert len([r for r in caplog.records if "the CPU does it" in r.getMessage()]) == 1


def test_hardware_is_looked_for_by_its_device(reordered: Path, tmp_path: Path) -> None:
    with av.open(str(reordered)) as container:
        stream = container.streams.video[0]
        assert video_hardware.find(stream, tmp_path) is None
        (tmp_path / "video10").touch()
        found = video_hardware.find(stream, tmp_path)  # there is a file, but no such device
        assert found is None or found.decode(None) == []


def test_damage_is_counted_and_told_once(reordered: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    rig = Rig(reordered, "all")
    for at in (3, 4, 13, 23):
        rig.packets[at] = _spoilt(rig.packets[at])
    rig.feed(0, 90)
    assert rig.stats.decode_errors >= 2
    assert len([r for r in caplog.records if "damaged or lost" in r.getMessage()]) == 1


def _spoilt(packet: Any) -> Any:
    data = bytearray(bytes(packet))
    data[8:] = bytes(len(data) - 8)
    spoilt = av.Packet(bytes(data))
    spoilt.pts, spoilt.dts, spoilt.time_base = packet.pts, packet.dts, packet.time_base
    return spoilt


@pytest.mark.alone
@given(
    st.lists(st.floats(0.001, 0.5), min_size=50, max_size=200),
    st.floats(0.5, 30),
)
def test_never_more_than_wanted(steps: list[float], wanted: float) -> None:
    rate = Rate(wanted)
    taken = [moment for moment in np.cumsum(steps) if rate.due(moment)]
    assert len(taken) <= wanted * sum(steps) * 4 / 3 + 2
    if max(steps) * wanted < 0.2:
        assert len(taken) >= wanted * sum(steps) * 0.7 - 2


@pytest.mark.parametrize(("camera", "wanted"), [(15, 5), (15, 10), (30, 4), (25, 25), (12.5, 5)])
def test_regular_cameras_are_looked_at_as_often_as_wanted(camera: float, wanted: float) -> None:
    jitter = np.random.default_rng(1).normal(0, 0.004, int(camera * 60))
    rate = Rate(wanted)
    taken = sum(rate.due(n / camera + jitter[n]) for n in range(int(camera * 60)))
    assert taken == pytest.approx(60 * wanted, rel=0.25)
    assert taken <= 60 * wanted * 1.02


def test_time_that_goes_back_stops_nothing() -> None:
    rate = Rate(5)
    assert rate.due(1000.0)
    assert rate.due(3.0)
    assert not rate.due(3.05)


@given(st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9)), min_size=2, max_size=60))
def test_a_film_never_goes_back_and_never_leaps(positions: list[float | None]) -> None:
    film = Film(0.04)
    seconds = [film.seconds(position) for position in positions]
    assert seconds[0] == 0.0
    assert min(np.diff(seconds)) > 0
    assert max(np.diff(seconds)) <= 60.0


def test_a_paced_stream_that_falls_behind_goes_on_from_there() -> None:
    stopping = threading.Event()
    stopping.set()  # nothing is waited for
    paced = Paced(0.1, stopping)
    paced.stamp(0.0)
    before = paced._zero
    paced._zero = (before or 0.0) - 50.0
    paced.stamp(0.1)
    assert paced._zero == pytest.approx(before, abs=0.2)


def test_the_longest_of_the_last_distances_counts() -> None:
    keyframes = Keyframes()
    assert keyframes.interval is None
    keyframes.saw(0.0)
    assert keyframes.interval is None
    for now in (10.0, 12.0, 14.0):
        keyframes.saw(now)
    assert keyframes.interval == 10.0
    for now in range(16, 32, 2):
        keyframes.saw(now)
    assert keyframes.interval == 2.0
