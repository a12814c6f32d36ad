"""Calls those back who gave a `webhookUrl`, once their extensions have answered.

The calls are kept with the files until they are taken: over a restart, and for a day. The body is
as ImageKit has it, made when it is sent; the signature is of Standard Webhooks 1.0, as its clients
verify it:

    webhook-signature: v1,<base64 of HMAC-SHA256 over webhook-id . webhook-timestamp . body>
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import threading
import time
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass, field
from typing import Any

from device import __version__, clock, wire
from device.assets import Pending
from device.backoff import Backoff
from device.errors import SinkError, StoreError
from device.mailbox import Closed
from device.sinks.webhook import WebhookSink
from device.store import assets
from device.types import Event
from device.web.compat.imagekit import shapes
from device.web.compat.imagekit.ask import allowed
from device.web.services import Services
from device.workers import Worker, join_all

log = logging.getLogger(__name__)

_TIMEOUT = 10.0  # seconds for connecting and for the answer
_DAY = 86_400.0  # seconds, after which a call is given up
_FIRST, _LONGEST = 1.0, 3600.0  # seconds between two tries
_AT_ONCE = 100
_IDLE = 60.0  # seconds between two looks when nothing is known to wait
_SAVING = 5.0  # seconds


@dataclass(slots=True)
class _Try:
    """How a call went so far, since the start."""

    backoff: Backoff = field(default_factory=lambda: Backoff(first=_FIRST, limit=_LONGEST))
    due: float = 0.0  # monotonic


class Calls:
    """`start`, `close`; one thread, one call at a time."""

    def __init__(self, services: Services, url: str) -> None:
        self._reader = services.reader
        self._cabinet = services.control.cabinet
        self._config = services.compat.imagekit
        self._base = f"{url}{services.front.root}"
        self._wake = threading.Event()
        self._tries: dict[str, _Try] = {}
        self._silent: set[str] = (
            set()
        )  # URLs that failed in this round: others do not wait for them
        self._hook: WebhookSink | None = None
        self._worker = Worker("calls", self._run)

    def start(self) -> None:
        """Call from now on, those first that wait since the last run."""
        self._cabinet.wake = self._wake.set
        self._worker.start()

    def close(self) -> None:
        """End, also in the middle of a call: it is made again. Twice does no harm."""
        self._worker.stopping.set()
        self._wake.set()
        hook = self._hook
        if hook is not None:
            hook.close()
        join_all([self._worker], 1.0)

    def _run(self, worker: Worker) -> None:
        while not worker.stopping.is_set():
            self._wake.clear()
            try:
                rest = self._round(worker)
            except StoreError as error:
                log.warning("nobody is called back now: %s", error)
                rest = _IDLE
            except Closed:
                return
            self._wake.wait(rest)

    def _round(self, worker: Worker) -> float:
        """Make all calls that are due; seconds until the next one is."""
        found = self._reader.ask(lambda db, _: assets.pending(db, _AT_ONCE))
        self._tries = {one.uid: self._tries.get(one.uid, _Try()) for one in found}
        stopping = worker.stopping
        self._silent.clear()
        over = [one.uid for one in found if not stopping.is_set() and self._is_over(one)]
        if over:
            try:
                self._cabinet.called(over).result(_SAVING)
            except NotYet:  # it is made twice then, with the same id
                log.warning("calls were made, and that is not noted yet")
        left = [self._tries[one.uid].due for one in found if one.uid not in over]
        soonest = min(left, default=time.monotonic() + _IDLE) - time.monotonic()
        return 0.0 if over and len(found) == _AT_ONCE else min(max(soonest, 0.05), _IDLE)

    def _is_over(self, one: Pending) -> bool:
        """Whether the call was taken now, or there is no sense in another try."""
        state = self._tries[one.uid]
        if time.monotonic() < state.due or one.call.url in self._silent:
            return False
        if not allowed(one.call.url, self._config.webhooks):
            return True
        body = self._body(one)
        if body is None:
            return True
        secret = self._config.webhook_secret
        hook = _Hook(one.call.url, secret.get_secret_value() if secret else None)
        self._hook = hook
        if self._worker.stopping.is_set():  # it came before there was anything to close
            hook.close()
        try:
            hook.send([Event(0, one.uid, one.call.service, body)])
        except SinkError as error:
            state.due = time.monotonic() + state.backoff.next()
            self._silent.add(one.call.url)
            late = clock.now() - one.made_at > _DAY
            log.warning("%s: %s", "given up" if late else "called again later", error)
            return late
        finally:
            self._hook = None
            hook.close()
        return True

    def _body(self, one: Pending) -> bytes | None:
        """What is told, as of now; None: the file is gone."""
        told: dict[str, Any] = {"service": one.call.service, "status": one.call.status}
        if one.call.status != "SUCCESS":
            why = "none of the taggers of this device could answer for it"
            told |= {"fileId": one.asset, "error": {"message": why}}
            return wire.dumps(told).encode()
        listed = self._reader.library.one(one.asset)
        if listed is None:
            return None
        return wire.dumps({**told, "fileObject": shapes.file(listed, self._base)}).encode()


class _Hook(WebhookSink):
    """A receiver that knows Standard Webhooks."""

    def __init__(self, url: str, secret: str | None) -> None:
        super().__init__("imagekit", url, device="", timeout=_TIMEOUT)
        self._key = secret.encode() if secret else None

    def headers(self, event: Event) -> dict[str, str]:
        """Id, time, and the signature where there is a secret."""
        moment = str(int(clock.now()))
        found = {
            "Content-Type": "application/json",
            "User-Agent": f"tagd/{__version__}",
            "webhook-id": event.id,
            "webhook-timestamp": moment,
        }
        if self._key is not None:
            signed = b".".join((event.id.encode(), moment.encode(), event.body))
            digest = hmac.new(self._key, signed, hashlib.sha256).digest()
            found["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
        return found
