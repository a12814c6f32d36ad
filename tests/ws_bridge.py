"""A WebSocket server (RFC 6455) before a plain broker: not every mosquitto has its own."""

from __future__ import annotations

import base64
import hashlib
import socket
import struct
import threading
from contextlib import suppress

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3


class Bridge:
    """Listens on `port`; `paths` are those that were asked for."""

    def __init__(self, broker_port: int) -> None:
        self._broker_port = broker_port
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.paths: list[str] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def __enter__(self) -> Bridge:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for thread in self._threads:
            thread.join(5.0)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._server.accept()
                thread = threading.Thread(target=self._serve, args=(near,))
                self._threads.append(thread)
                thread.start()

    def _serve(self, near: socket.socket) -> None:
        with suppress(OSError), near, near.makefile("rb") as lines:
            self.paths.append(lines.readline().split()[1].decode())
            headers = {}
            while line := lines.readline().strip():
                name, _, value = line.partition(b":")
                headers[name.lower()] = value.strip()
            key = hashlib.sha1(headers[b"sec-websocket-key"] + _MAGIC).digest()
            near.sendall(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                b"Connection: Upgrade\r\nSec-WebSocket-Protocol: mqtt\r\n"
                b"Sec-WebSocket-Accept: " + base64.b64encode(key) + b"\r\n\r\n"
            )
            with socket.create_connection(("127.0.0.1", self._broker_port)) as far:
                back = threading.Thread(target=_wrap, args=(far, near))
                back.start()
                with suppress(OSError, struct.error):
                    while True:
                        first, second = struct.unpack("BB", lines.read(2))
                        size = second & 127
                        if size == 126:
                            size = struct.unpack(">H", lines.read(2))[0]
                        elif size == 127:
                            size = struct.unpack(">Q", lines.read(8))[0]
                        mask, data = lines.read(4), lines.read(size)
                        if first & 15 == 8:
                            break
                        far.sendall(bytes(b ^ mask[i % 4] for i, b in enumerate(data)))
                with suppress(OSError):
                    far.shutdown(socket.SHUT_RDWR)
                back.join(5.0)


def _wrap(far: socket.socket, near: socket.socket) -> None:
    with suppress(OSError):
        while data := far.recv(60_000):
            length = bytes([len(data)]) if len(data) < 126 else struct.pack(">BH", 126, len(data))
            near.sendall(b"\x82" + length + data)
    with suppress(OSError):
        near.shutdown(socket.SHUT_RDWR)
