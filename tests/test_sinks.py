"""The JSON lines sink on files, pipes and full disks; the fake sink; the settings of MQTT."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from mqtt_helpers import deliver, events

from device.errors import ConfigError, SinkError, SinkRefused
from device.seams import Sink
from device.sinks.fake import FakeSink
from device.sinks.jsonl import JsonLinesSink
from device.sinks.mqtt import MqttSettings
from device.types import Event

ROOT = Path(__file__).parents[1]


def lines(told: list[Event]) -> bytes:
    return b"".join(event.body + b"\n" for event in told)


def test_each_event_is_a_line_and_the_next_start_goes_on_below(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    for first in (1, 4):
        sink = JsonLinesSink(file)
        sink.send(events(first, first + 1))
        sink.send(())
        sink.send(events(first + 2, first + 2))
        sink.close()
        sink.close()
    assert file.read_bytes() == lines(events(1, 6))
    assert file.stat().st_mode & 0o777 == 0o640
    with pytest.raises(SinkError, match="is closed"):
        sink.send(())


def test_a_file_that_is_rotated_away_is_followed_by_a_new_one(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    sink = JsonLinesSink(file)
    sink.send(events(1, 1))
    file.rename(tmp_path / "events.1")
    sink.send(events(2, 2))
    file.rename(tmp_path / "events.2")
    file.touch()  # logrotate's `create`
    sink.send(events(3, 3))
    sink.close()
    assert (tmp_path / "events.1").read_bytes() == lines(events(1, 1))
    assert (tmp_path / "events.2").read_bytes() == lines(events(2, 2))
    assert file.read_bytes() == lines(events(3, 3))


def test_a_line_torn_by_a_power_cut_stays_alone(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(lines(events(1, 1)) + b'{"seq": 2, "x')
    sink = JsonLinesSink(file)
    sink.send(events(2, 2))
    sink.close()
    assert file.read_bytes() == lines(events(1, 1)) + b'{"seq": 2, "x\n' + lines(events(2, 2))


def test_a_missing_folder_is_an_error_until_it_is_there(tmp_path: Path) -> None:
    sink = JsonLinesSink(tmp_path / "usb" / "events.jsonl")
    with pytest.raises(SinkError, match=r"cannot write events to .*usb/events\.jsonl: No such"):
        sink.send(())
    (tmp_path / "usb").mkdir()
    sink.send(events(1, 1))
    sink.close()
    assert (tmp_path / "usb" / "events.jsonl").read_bytes() == lines(events(1, 1))


def test_a_batch_that_does_not_fit_leaves_no_half_of_it(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    told = events(1, 40, size=1000)
    sink = JsonLinesSink(file)
    sink.send(told[:3])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the write then fails instead
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
        with pytest.raises(SinkError, match="File too large"):
            sink.send(told[3:])
        assert file.read_bytes() == lines(told[:3])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    sink.send(told[3:])
    sink.close()
    assert file.read_bytes() == lines(told)


def test_a_device_is_no_place_for_events() -> None:
    sink = JsonLinesSink(Path("/dev/null"))
    with pytest.raises(SinkError, match="it is no regular file"):
        sink.send(events(1, 1))
    sink.close()


def test_a_pipe_in_the_place_of_the_file_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "events.jsonl")
    sink = JsonLinesSink(tmp_path / "events.jsonl")
    with pytest.raises(SinkError, match="cannot write events"):
        sink.send(())
    sink.close()


CHILD = """
import sys
from device.errors import SinkError
from device.sinks.jsonl import JsonLinesSink
from device.sinks.mqtt import MqttSettings
from device.types import Event
sink = JsonLinesSink()
for seq in (1, 2):
    try:
        sink.send([Event(seq, "id", "picture", b'{"seq": %d}' % seq)])
    except SinkError as error:
        sys.exit(str(error))
    sys.stdin.readline()
"""


def test_standard_output_until_its_reader_leaves() -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-c", CHILD], cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stderr is not None
        assert child.stdout.readline() == b'{"seq": 1}\n'
        child.stdout.close()
        child.stdin.close()
        said = child.stderr.read()
    assert said.startswith(b"cannot write events to standard output: Broken pipe\n")


def test_standard_output_on_a_full_disk() -> None:
    with open("/dev/full", "wb") as full:
        child = subprocess.run(
            [sys.executable, "-c", CHILD],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert child.stderr.startswith(
        b"cannot write events to standard output: No space left on device\n"
    )


def test_the_fake_keeps_what_it_is_sent() -> None:
    sink = FakeSink()
    as_sink: Sink = sink
    as_sink.send(())
    as_sink.send(events(1, 3))
    as_sink.close()
    assert (sink.seqs(), sink.polls, sink.closed) == ([1, 2, 3], 1, True)
    assert sink.events() == events(1, 3)


def test_the_fake_fails_as_often_as_it_is_told() -> None:
    sink = FakeSink("broker")
    sink.fail_next(2, arrived=3)
    assert deliver(sink, events(1, 6), batch=5) == 2
    assert sink.seqs() == [1, 2, 3, 1, 2, 3, 1, 2, 3, 4, 5, 6]


def test_the_fake_is_down_until_it_recovers() -> None:
    sink = FakeSink()
    sink.break_down(SinkRefused("no"))
    for _ in range(3):
        with pytest.raises(SinkRefused, match="no"):
            sink.send(events(1, 1))
    assert not sink.wait_for(1, timeout=0.01)
    sink.recover()
    threading.Timer(0.02, sink.send, [events(1, 1)]).start()
    assert sink.wait_for(1, timeout=5.0)


def test_mqtt_settings_are_refused_all_at_once_and_without_a_secret() -> None:
    with pytest.raises(ConfigError) as error:
        MqttSettings("http://me:geheim@h:0/x", "Gate!", password="geheim", prefix="a/#", window=0)
    assert len(error.value.problems) == 7
    assert "geheim" not in str(error.value)
    with pytest.raises(ConfigError, match="mqtt://host:1883"):
        MqttSettings("mqtt://host:none", "gate")


def test_what_follows_from_mqtt_settings() -> None:
    plain = MqttSettings("mqtt://[::1]", "gate", "me", "geheim")
    assert (plain.broker, plain.tls, plain.client) == ("[::1]:1883", False, "tagd-gate")
    assert "geheim" not in repr(plain)
    secure = MqttSettings("mqtts://broker.local", "gate", client_id="mine")
    assert (secure.broker, secure.tls, secure.client) == ("broker.local:8883", True, "mine")
