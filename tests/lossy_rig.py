"""A way to a server on which the first answer gets lost, as on a bad network."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator


class Lossy:
    """Passes connections on; what comes back on the first one that is answered is dropped."""

    def __init__(self, port: int) -> None:
        """`port`: of the server, on loopback."""
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.lost = 0
        self._lock = threading.Lock()
        self._ends = [self._listener]
        self._threads: list[threading.Thread] = []
        self._start(self._run)

    def close(self) -> None:
        """Ends all connections."""
        for end in self._ends:
            _end(end)
        for thread in self._threads:
            thread.join(5)
        for end in self._ends:
            end.close()

    def _start(self, work: Callable[..., None], *given: object) -> None:
        thread = threading.Thread(target=work, args=given, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _run(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                here, _ = self._listener.accept()
                self._ends.append(here)
                there = socket.create_connection(("127.0.0.1", self._to))
                self._ends.append(there)
                self._start(self._pass, here, there, False)
                self._start(self._pass, there, here, True)

    def _pass(self, one: socket.socket, other: socket.socket, answers: bool) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                if answers and self._loses():
                    break
                other.sendall(data)
        _end(one)
        _end(other)

    def _loses(self) -> bool:
        with self._lock:
            first, self.lost = self.lost == 0, 1
            return first


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def lossy(port: int) -> Iterator[Lossy]:
    """Between here and that port, for a while."""
    way = Lossy(port)
    try:
        yield way
    finally:
        way.close()
