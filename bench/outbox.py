"""`python -m bench.outbox`: a week's outage drained, against paho alone with the same window.

Events wait in a real database; the deliver thread and the MQTT sink send them to a mosquitto on
this machine. paho alone sends the same bodies from memory. Shown: events per second of both, their
ratio, and how far the memory grew while the outbox was drained.

--events N  how many wait (default 600,000)
"""

from __future__ import annotations

import argparse
import gc
import json
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from device import ids
from device.broker import PrivateBroker
from device.commits import Commits
from device.sinks.mqtt import MqttSettings, MqttSink
from device.stages.deliver import Deliver
from device.store.reader import Reader
from device.store.writer import Store
from device.types import Event
from device.workers import Worker, join_all

_PAHO = 30_000  # events that are enough to know paho's rate
_TARGET = 0.6


def body(seq: int) -> bytes:
    """About as long as a visit's event."""
    return json.dumps({"schema": 1, "seq": seq, "replayed": False, "x": "x" * 600}).encode()


def fill(store: Store, count: int) -> None:
    """Events as if they had been committed long ago."""
    store.db.execute("BEGIN")
    store.db.execute("INSERT OR IGNORE INTO device VALUES (1, 'bench')")
    store.db.executemany(
        "INSERT INTO event VALUES (?, ?, 'visit_start', NULL, 1, 1, ?)",
        ((seq, ids.new_id(), body(seq)) for seq in range(1, count + 1)),
    )
    store.db.execute("COMMIT")


def resident() -> float:
    """MB of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def drain(data: Path, broker: PrivateBroker, count: int) -> tuple[float, float]:
    """Events per second, and MB that the memory grew at most."""
    store = Store(data, "bench")
    store.add_sink("mqtt")
    fill(store, count)
    reader = Reader(data)
    sink = MqttSink(MqttSettings(broker.url, "bench"))
    sink.send(())
    deliver = Deliver(sink, reader, Commits(count), lambda *_: None)
    worker = Worker("deliver", deliver.run)
    gc.collect()
    before = most = resident()
    start = time.monotonic()
    worker.start()
    while deliver.cursor < count:
        time.sleep(0.05)
        most = max(most, resident())
    rate = count / (time.monotonic() - start)
    join_all([worker], 5.0)
    sink.close()
    reader.close()
    store.close()
    return rate, most - before


def paho_alone(broker: PrivateBroker, bodies: Sequence[bytes], window: int) -> float:
    """Events per second of paho with its own window and thread."""
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    room, done = threading.Semaphore(window), threading.Semaphore(0)

    def acked(*_: object) -> None:
        room.release()
        done.release()

    client.max_inflight_messages_set(window)
    client.on_publish = acked
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    start = time.monotonic()
    for one in bodies:
        room.acquire()
        client.publish("paho/events", one, qos=1)
    for _ in bodies:
        done.acquire()
    rate = len(bodies) / (time.monotonic() - start)
    client.disconnect()
    client.loop_stop()
    return rate


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=600_000)
    count = parser.parse_args().events
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        place = Path(name)
        (place / "broker").mkdir()
        with PrivateBroker(place / "broker") as broker:
            bodies = [Event(n, "", "", body(n)).body for n in range(min(count, _PAHO))]
            alone = paho_alone(broker, bodies, MqttSettings(broker.url, "bench").window)
            del bodies
            ours, grown = drain(place / "data", broker, count)
    print(f"paho alone: {alone:.0f} events/s")
    print(f"outbox of {count}: {ours:.0f} events/s, {ours / alone:.2f} of it (target {_TARGET})")
    print(f"memory grew by {grown:.1f} MB (target: at most 20)")


if __name__ == "__main__":
    main()
