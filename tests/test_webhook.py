"""The webhook sink against real HTTP servers: good, slow, broken and hostile ones."""

from __future__ import annotations

import hashlib
import hmac
import http.server
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from mqtt_helpers import deliver, events

from device.errors import SinkError, SinkRefused
from device.sinks.webhook import WebhookSink
from device.types import Event

SECRET = "a-secret-of-the-door"


class Receiver:
    """Keeps what it is sent; `answers` are given one after the other, the last for ever."""

    def __init__(self, *answers: int) -> None:
        self.answers = list(answers) or [204]
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.connections = 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                outer.connections += 1
                super().setup()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((dict(self.headers), body))
                code = outer.answers.pop(0) if len(outer.answers) > 1 else outer.answers[0]
                self.send_response(code)
                self.send_header("Content-Length", "0")
                if code == 302:
                    self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """In silence."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook?key=abc"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Receiver:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5.0)


@contextmanager
def hook(url: str, timeout: float = 2.0) -> Iterator[WebhookSink]:
    made = WebhookSink("door", url, device="gate", secret=SECRET, timeout=timeout)
    yield made
    made.close()


def test_each_event_is_one_signed_post_in_order_over_one_connection() -> None:
    told = events(1, 20)
    with Receiver() as receiver, hook(receiver.url) as sink:
        sink.send(told)
        assert [body for _, body in receiver.got] == [event.body for event in told]
        assert receiver.connections == 1
        headers, body = receiver.got[0]
        assert (headers["X-Tagd-Event"], headers["X-Tagd-Delivery"]) == ("picture", "id-1")
        found = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", headers["X-Tagd-Signature"])
        assert found is not None
        signed = found[1].encode() + b"." + body
        assert found[2] == hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
        assert SECRET not in f"{sink.status()}"


def test_only_the_types_asked_for_are_sent() -> None:
    told = [Event(1, "a", "picture", b"{}"), Event(2, "b", "visit_start", b"{}")]
    with Receiver() as receiver:
        sink = WebhookSink("x", receiver.url, device="d", types={"visit_start"})
        sink.send(told)
        assert [h["X-Tagd-Delivery"] for h, _ in receiver.got] == ["b"]
        assert "X-Tagd-Signature" not in receiver.got[0][0]
        sink.close()


def test_what_fails_is_sent_again_from_where_it_failed() -> None:
    told = events(1, 5)
    with Receiver(204, 204, 500, 503, 204) as receiver, hook(receiver.url) as sink:
        with pytest.raises(SinkError, match="answers 500") as error:
            sink.send(told)
        assert error.value.delivered == 2
        assert deliver(sink, told[2:], batch=1) == 1
        assert [h["X-Tagd-Delivery"] for h, _ in receiver.got] == [
            *("id-1", "id-2", "id-3", "id-3", "id-3", "id-4", "id-5")
        ]


@pytest.mark.parametrize(
    ("code", "word"),
    [(302, "redirects are not followed"), (401, "url and secret"), (404, "url and secret")],
)
def test_what_the_owner_has_to_change_is_refused(code: int, word: str) -> None:
    with Receiver(code) as receiver, hook(receiver.url) as sink:
        with pytest.raises(SinkRefused, match=word) as error:
            sink.send(events(1, 1))
        assert "key=abc" not in str(error.value)


def test_an_event_that_the_receiver_calls_wrong_holds_up_no_other() -> None:
    with Receiver(204, 422, 204) as receiver, hook(receiver.url) as sink:
        sink.send(events(1, 3))
        assert sink.status()["unwanted"] == 1
        assert len(receiver.got) == 3


def test_nobody_there_and_a_receiver_that_restarts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
    with hook(url) as sink, pytest.raises(SinkError, match="nobody answers at 127"):
        sink.send(events(1, 1))


def silent(conn: socket.socket) -> None:
    conn.recv(65_536)
    threading.Event().wait(3.0)


def trickle(conn: socket.socket) -> None:
    conn.recv(65_536)
    for _ in range(200):
        conn.sendall(b"H")
        time.sleep(0.05)


def junk(conn: socket.socket) -> None:
    conn.recv(65_536)
    conn.sendall(b"\x00\xff not http\r\n\r\n")


def endless(conn: socket.socket) -> None:
    conn.recv(65_536)
    conn.sendall(b"HTTP/1.1 500 no\r\n\r\n")
    for _ in range(2000):
        conn.sendall(bytes(100_000))


@pytest.mark.parametrize("behave", [silent, trickle, junk, endless])
def test_a_hostile_receiver_costs_a_bounded_time(behave: Callable[[socket.socket], None]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            conn, _ = server.accept()
            with conn:
                try:
                    behave(conn)
                except OSError:
                    return

        thread = threading.Thread(target=serve)
        thread.start()
        with hook(f"http://127.0.0.1:{server.getsockname()[1]}/", timeout=0.3) as sink:
            started = time.monotonic()
            with pytest.raises(SinkError):
                sink.send(events(1, 1))
            assert time.monotonic() - started < 2.0
        thread.join(10.0)


def test_close_ends_a_request_in_another_thread() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        sink = WebhookSink("x", f"http://127.0.0.1:{server.getsockname()[1]}/", device="d")
        heard: list[str] = []

        def work() -> None:
            try:
                sink.send(events(1, 1))
            except SinkError as error:
                heard.append(str(error))

        thread = threading.Thread(target=work)
        thread.start()
        time.sleep(0.2)
        sink.close()
        thread.join(3.0)
        assert heard
        with pytest.raises(SinkError, match="is closed"):
            sink.send(events(1, 1))
