"""Events as HTTP requests: one POST each, in order, signed, until the receiver has taken it.

The signature is HMAC-SHA256 (RFC 2104) over the time, a dot and the body:

    X-Tagd-Signature: t=1795380000,v1=<64 hexadecimal digits>

so that nobody can make up an event, and who checks the time cannot be sent an old one again. A
redirect is refused: it would carry what the cameras saw to a place that the owner never named.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import logging
import socket
import ssl
import threading
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from device import __version__, clock
from device.errors import SinkError, SinkRefused
from device.types import Event

log = logging.getLogger(__name__)

_REFUSED = (401, 403, 404, 405, 407, 410)  # the owner has to change something first
_UNWANTED = (400, 409, 413, 415, 422)  # the receiver never wants this event: the next one, then
_ANSWER = 65_536  # bytes of an answer that are read, so that the connection can be used again


class WebhookSink:
    """A `types.Sink`: one thread sends, any thread may ask for `status` or close."""

    batch = 1  # each event takes an exchange with a stranger

    def __init__(
        self,
        name: str,
        url: str,
        *,
        device: str,
        secret: str | None = None,
        types: Collection[str] = (),
        timeout: float = 10.0,
        ca_file: str | None = None,
    ) -> None:
        """`types` of events, none for all; `timeout` in seconds for connecting and each answer.

        `ca_file` in PEM form: the authority of an https receiver that the system does not trust.
        """
        parts = urlsplit(url)
        self.name = f"webhook-{name}"
        self._host = parts.hostname or ""
        self._secure = parts.scheme == "https"
        self._port = parts.port or (443 if self._secure else 80)
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._device = device
        self._secret = secret.encode() if secret else None
        self._types = types
        self._timeout = timeout
        self._ca_file = ca_file
        self._connection: http.client.HTTPConnection | None = None
        self._closed = False
        self._unwanted = 0
        self._turn = threading.Lock()

    def send(self, events: Sequence[Event]) -> None:
        """POST each; back when every one was answered with 2xx.

        Raises `SinkError`, which knows how many were taken, or `SinkRefused` where the receiver
        does not know us or the address. An event that it calls wrong (400, 413, 422 ...) is
        counted and left out, since it would be wrong for ever and all others stand behind it.
        """
        with self._turn:
            for index, event in enumerate(events):
                if self._types and event.type not in self._types:
                    continue
                try:
                    self._post(event)
                except SinkError as error:
                    self._hang_up()
                    error.delivered = index
                    raise

    def status(self) -> dict[str, Any]:
        """For health: `receiver` (host:port) and `unwanted`, the events that it called wrong."""
        return {"receiver": self._receiver, "unwanted": self._unwanted}

    def close(self) -> None:
        """Hang up. A `send` in another thread ends in an error."""
        self._closed = True
        if (connection := self._connection) is not None:
            _cut(connection)
        with self._turn:
            self._hang_up()

    @property
    def _receiver(self) -> str:
        # The path stays out of messages: many receivers keep a secret in it.
        return f"{self._host}:{self._port}"

    def _post(self, event: Event) -> None:
        fresh = self._connection is None
        try:
            status = self._exchange(event)
        except (OSError, http.client.HTTPException) as error:
            self._hang_up()
            if fresh or self._closed or isinstance(error, TimeoutError):
                raise self._failed(error) from None
            # A connection kept open for the next event may be closed by now. At least once: the
            # receiver knows by X-Tagd-Delivery whether it has seen this one.
            try:
                status = self._exchange(event)
            except (OSError, http.client.HTTPException) as again:
                raise self._failed(again) from None
        self._judge(event, status)

    def _exchange(self, event: Event) -> int:
        """Send it over the open connection, or a new one; the status of the answer."""
        if self._closed:
            raise SinkError(f"{self.name} is closed")
        connection = self._connection = self._connection or self._connect()
        # The connection's own timeout begins anew with every byte that comes.
        deadline = threading.Timer(2 * self._timeout, _cut, (connection,))
        deadline.start()
        try:
            connection.request("POST", self._target, event.body, self.headers(event))
            answer = connection.getresponse()
            answer.read(_ANSWER)
        finally:
            deadline.cancel()
        if not answer.isclosed():
            self._hang_up()
        return answer.status

    def headers(self, event: Event) -> dict[str, str]:
        """What is sent with an event; in another dialect of webhooks it is something else."""
        found = {
            "Content-Type": "application/json",
            "User-Agent": f"tagd/{__version__}",
            "X-Tagd-Device": self._device,
            "X-Tagd-Event": event.type,
            "X-Tagd-Delivery": event.id,
        }
        if self._secret is not None:
            moment = int(clock.now())
            signed = b"%d.%b" % (moment, event.body)
            digest = hmac.new(self._secret, signed, hashlib.sha256).hexdigest()
            found["X-Tagd-Signature"] = f"t={moment},v1={digest}"
        return found

    def _judge(self, event: Event, status: int) -> None:
        if 200 <= status < 300:
            return
        if status in _UNWANTED:
            self._unwanted += 1
            log.warning("%s: %s answers %d to event %d: it is left out", self.name, self._receiver,
                        status, event.seq)  # fmt: skip
            return
        told = f"receiver {self._receiver} answers {status} {http.client.responses.get(status, '')}"
        if 300 <= status < 400:
            raise SinkRefused(f"{told}: redirects are not followed; correct the webhook's url")
        if status in _REFUSED:
            raise SinkRefused(f"{told}: check the webhook's url and secret")
        raise SinkError(told)

    def _connect(self) -> http.client.HTTPConnection:
        if not self._secure:
            return http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)
        try:
            context = ssl.create_default_context(cafile=self._ca_file)
        except OSError as error:
            raise SinkError(f"cannot use ca_file {self._ca_file}: {error.strerror}") from None
        return http.client.HTTPSConnection(
            self._host, self._port, timeout=self._timeout, context=context
        )

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _failed(self, error: Exception) -> SinkError:
        where = self._receiver
        if isinstance(error, SinkError):
            return error
        if isinstance(error, ssl.SSLCertVerificationError):
            return SinkError(f"the certificate of {where} is not trusted ({error.verify_message})")
        if isinstance(error, TimeoutError):
            return SinkError(f"receiver {where} did not answer within {self._timeout:g} s")
        if isinstance(error, ConnectionRefusedError):
            return SinkError(f"nobody answers at {where}: check the webhook's url")
        why = getattr(error, "strerror", None) or type(error).__name__
        return SinkError(f"nothing was sent to {where}: {why}")


def _cut(connection: http.client.HTTPConnection) -> None:
    """End an exchange that another thread waits for."""
    if isinstance(sock := connection.sock, socket.socket):
        with suppress(OSError):
            # Not SSLSocket.shutdown: it would take the TLS state from under the other thread.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)
