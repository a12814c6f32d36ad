"""The web thread: uvicorn with its own event loop, on a socket that is ours before it starts."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import threading
from collections.abc import Iterable

import uvicorn
from anyio import to_thread
from fastapi.dependencies import models as dependencies

from device.errors import TagdError
from device.web.app import create_app
from device.web.compat import vendors
from device.web.connection import Connection
from device.web.live import Live
from device.web.pulse import Pulse
from device.web.reach import Reach
from device.web.services import Services
from device.web.tls import TlsKeeper

log = logging.getLogger(__name__)
_GRACE = 1.0  # seconds for answers under way, then everybody is hung up on
_CANCEL = 2  # seconds, then uvicorn cancels what still runs, with a traceback in the log
_STALLED = 30_000  # ms without a byte taken, after which the kernel ends a connection
_SILENT = 60.0  # seconds without a turn of the event loop, which never waits for anything
_THREADS = 8  # that read the database for answers; each keeps a connection with its cache


class WebServer:
    """`start`, `close`; the address is known, and ours, from construction on."""

    def __init__(
        self, services: Services, host: str, port: int, tls: TlsKeeper | None = None
    ) -> None:
        """Port 0 takes a free one. Raises `TagdError` when the address cannot be had."""
        self._socket = _bind(host, port)
        self.port: int = self._socket.getsockname()[1]
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"
        self.reach = Reach(self.url, host, tls, proxied=bool(services.front.trusted))
        self._live = Live(services.reader, services.commits)
        self._calls = vendors.calls(services, self.url)
        config = uvicorn.Config(
            create_app(services, self._live),
            # Named, so that what else is installed changes nothing.
            loop="device.web.loop:Loop",
            http=Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_CANCEL,
        )
        if tls is not None:
            config.ssl_context_factory = lambda *_: tls.context
        self._server = _Server(config)
        self._pulse = self._server.pulse
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)

    def silence(self) -> str | None:
        """Why nobody is answered. Once it was started."""
        if not self._thread.is_alive():
            return "the web thread has ended"
        age = self._pulse.age
        return f"the web thread has been silent for {age:.0f} s" if age > _SILENT else None

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._server.connections)

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()
        if self._calls is not None:
            self._calls.start()

    def close(self) -> None:
        """End live streams, let answers finish, stop. Twice does no harm."""
        self._live.close()
        if self._calls is not None:
            self._calls.close()
        self._server.should_exit = True
        if self._thread.ident is not None:
            self._thread.join(_CANCEL + 1.5)
            if self._thread.is_alive():
                log.error("the web thread is still running after %.1f s", _CANCEL + 1.5)
        self._socket.close()
        _forget_routes()

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._socket])
        except Exception:
            log.exception("the web thread ended")


class _Server(uvicorn.Server):
    """Few threads, and an end that waits for nobody long."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.pulse = Pulse()

    @property
    def connections(self) -> list[Connection]:
        """Those that are open."""
        return [c for c in self.server_state.connections if isinstance(c, Connection)]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        to_thread.current_default_thread_limiter().total_tokens = _THREADS
        self.pulse.start()
        await super().startup(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._hang_up(c for c in self.connections if c.receiving)  # too late for an upload
        asyncio.get_running_loop().call_later(_GRACE, lambda: self._hang_up(self.connections))
        await super().shutdown(sockets)

    def _hang_up(self, connections: Iterable[Connection]) -> None:
        for connection in connections:
            connection.hang_up()


def _forget_routes() -> None:
    """FastAPI remembers the functions of routes, with all they refer to, longer than the app."""
    for cached in vars(dependencies).values():
        if hasattr(cached, "cache_clear"):
            cached.cache_clear()


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends small answers at once only on sockets that say that they are TCP; without it
    # each answer waited 40 ms for the client's delayed acknowledgement.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _STALLED)  # inherited
        listener.bind((host, port))
        listener.listen()  # bound alone, a second program could have it as well
    except (OSError, UnicodeError, OverflowError) as error:
        listener.close()
        raise TagdError(f"the page cannot listen on {host}:{port}: {_told(error)}") from None
    return listener


def _told(error: Exception) -> str:
    if not isinstance(error, OSError):
        return "this is no address; change web.listen"
    if isinstance(error, socket.gaierror):
        return "this name has no address here; change web.listen"
    return {
        errno.EADDRINUSE: "another program uses it; stop that one or change web.listen",
        errno.EACCES: "ports below 1024 need a privilege; change web.listen",
        errno.EADDRNOTAVAIL: "this machine has no such address; change web.listen",
    }.get(error.errno or 0, error.strerror or str(error))
