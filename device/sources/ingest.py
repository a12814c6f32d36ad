"""Pictures that devices push: an ESP32-CAM or another box publishes, the broker passes it on.

The source knows nothing of MQTT: it takes what lies in the inbox under its name. Each picture
counts, so nothing is dropped for a newer one; while there is no room the inbox turns away.

A publisher that hears no acknowledgement sends the same bytes again, minutes or a restart later.
So equal content is one picture, as with files: no sensor gives the same noise twice.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import SplitResult

from device import options
from device.errors import ConfigError
from device.ids import new_id
from device.inbox import Inbox
from device.recent import Recent
from device.types import Frame

_TURN = 60.0  # seconds; closing wakes it earlier
_REMEMBERED = 256  # digests: many more than can be on their way to the ledger


class IngestSource:
    """The pictures pushed under its name, the oldest first. Implements `Source`, `Reporting`."""

    live = False
    stream = False

    def __init__(self, name: str, inbox: Inbox) -> None:
        self.name = name
        self._inbox = inbox
        self._closed = threading.Event()
        self._frames = 0
        self._repeated = 0  # pictures that came again
        self._last: float | None = None  # monotonic
        self._seen: Recent[bytes, bool] = Recent(_REMEMBERED)
        inbox.add(name)

    def __iter__(self) -> Iterator[Frame]:
        while not self._closed.is_set():
            pushed = self._inbox.take(self.name, _TURN)
            if pushed is None:
                continue
            digest = hashlib.sha256(pushed.data).digest()
            if self._seen.get(digest):  # the ledger learns of it only once it is stored
                self._repeated += 1
                continue
            self._seen.put(digest, True)
            self._frames += 1
            self._last = time.monotonic()
            yield Frame(new_id(), self.name, pushed.at, pushed.data, sha256=digest)

    def close(self) -> None:
        """End the iteration; what still waits is given up."""
        self._closed.set()
        self._inbox.close(self.name)

    def status(self) -> dict[str, Any]:
        """Counts since the start, and how old the last picture is."""
        last = self._last
        return {
            "frames": self._frames,
            "repeated": self._repeated,
            "waiting": self._inbox.waiting(self.name),
            "turned_away": self._inbox.turned_away(self.name),
            "last_frame_age_s": None if last is None else round(time.monotonic() - last, 1),
        }


def from_url(name: str, url: SplitResult, *, inbox: Inbox | None = None, **_: Any) -> IngestSource:
    """`mqtt-ingest://` from the config. Raises ConfigError."""
    if url.netloc or url.path.strip("/"):
        told = "write mqtt-ingest:// alone: the name of the source is the last level of the topic"
        raise ConfigError([f"source {name}: {told}"])
    options.read(name, url, {})
    return IngestSource(name, inbox or Inbox())
