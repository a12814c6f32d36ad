"""HTTP connections that give up in time: after a silence, and at a deadline however much is said.

A socket's own timeout begins anew with every byte, so a server that sends one a second is never
given up. Here every wait ends at a common deadline, and another thread can end it at once.
"""

from __future__ import annotations

import contextlib
import io
import socket
import ssl
import time
from http.client import HTTPConnection, HTTPSConnection
from typing import Any

CONNECT = 5.0
"""Seconds for a connection, and as many for its TLS handshake."""


class Patience:
    """How long to wait. The deadline may be moved while somebody waits; one thread reads."""

    def __init__(self, silence: float) -> None:
        """`silence`: seconds without a byte."""
        self._silence = silence
        self._until = time.monotonic() + silence

    def allow(self, seconds: float) -> None:
        """Everything from now on has this long in all."""
        self._until = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds for the next byte. Raises TimeoutError when there are none."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError("it took too long")
        return min(self._silence, left)


class _Raw(io.RawIOBase):
    """The bytes of a socket, each wait as long as patience lasts."""

    def __init__(self, channel: socket.socket, patience: Patience) -> None:
        self._channel = channel
        self._patience = patience
        self._raw = channel.makefile("rb", buffering=0)  # keeps the channel open until closed

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._channel.settimeout(self._patience.left())
        count: int | None = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Channel:
    """What `http.client` needs of a socket."""

    def __init__(self, channel: socket.socket, patience: Patience) -> None:
        self.channel = channel
        self._patience = patience

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Raw(self.channel, self._patience), 2**16)

    def sendall(self, data: bytes) -> None:
        self.channel.settimeout(self._patience.left())
        self.channel.sendall(data)

    def close(self) -> None:
        self.channel.close()


class Connection:
    """One connection for one request. No proxy is asked, whatever the environment says."""

    def __init__(
        self,
        host: str,
        port: int,
        tls: ssl.SSLContext | None,
        patience: Patience,
        address: str | None = None,
    ) -> None:
        """`address`: where that host is, whatever its name leads to; None: by its name."""
        self._place = None if address is None else (address, port)
        self._tls = tls
        self._http = (
            HTTPConnection(host, port, timeout=CONNECT)
            if tls is None
            else HTTPSConnection(host, port, timeout=CONNECT, context=tls)
        )
        self._patience = patience
        self._channel: socket.socket | None = None
        self._aborted = False

    def get(self, target: str, headers: dict[str, str], seconds: float) -> Any:
        """The `HTTPResponse` to a GET, whose head must come within `seconds`.

        Raises OSError, HTTPException, or ValueError for a target or header that cannot be sent.
        """
        if self._place is None:
            self._http.connect()
        else:
            self._http.sock = self._connected(self._place)
        self._channel = self._http.sock
        if self._aborted:
            raise ConnectionAbortedError("nobody wants it any more")
        self._http.sock = _Channel(self._http.sock, self._patience)
        self._patience.allow(seconds)
        self._http.request("GET", target, headers=headers)
        return self._http.getresponse()

    def _connected(self, place: tuple[str, int]) -> socket.socket:
        channel = socket.create_connection(place, CONNECT)
        try:
            tls, name = self._tls, self._http.host
            return channel if tls is None else tls.wrap_socket(channel, server_hostname=name)
        except BaseException:
            channel.close()
            raise

    def abort(self) -> None:
        """Wake whoever reads. From any thread; a connection that is being made runs its time."""
        self._aborted = True
        channel = self._channel
        if channel is not None:
            with contextlib.suppress(OSError):
                # Not SSLSocket's own, which pulls the rug from under a reader.
                socket.socket.shutdown(channel, socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the socket. In the thread that reads."""
        self._http.close()
