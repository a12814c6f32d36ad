"""An HTTP server on loopback that sends one file, well or badly, and tells what it was asked."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class FileServer:
    """`content` is sent for every path; the other fields say what goes wrong with it."""

    def __init__(self) -> None:
        self.content = bytes(range(256)) * 800
        self.etag = '"one"'
        self.ranges = True  # whether it knows of them
        self.cut_after: int | None = None  # bytes of an answer, then the connection breaks
        self.announces: int | None = None  # as Content-Length, instead of the truth; 0: nothing
        self.redirects: dict[str, str] = {}
        self.status: int | None = None
        self.asked: list[tuple[str, str | None]] = []  # path and Range of each request
        self.url = ""

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def answer(self, to: BaseHTTPRequestHandler) -> None:
        asked = to.headers.get("Range")
        self.asked.append((to.path, asked))
        target = self.redirects.get(to.path)
        if target is not None or self.status is not None:
            to.send_response(self.status or 302)
            to.send_header("Location", target or "")
            to.send_header("Content-Length", "0")
            to.end_headers()
            return
        start = 0
        if asked and self.ranges and to.headers.get("If-Range", self.etag) == self.etag:
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            if start >= len(self.content):
                to.send_error(416)
                return
        body = self.content[start:]
        to.send_response(206 if start else 200)
        if start:
            last = len(self.content) - 1
            to.send_header("Content-Range", f"bytes {start}-{last}/{len(self.content)}")
        if self.etag:
            to.send_header("ETag", self.etag)
        if self.announces != 0:
            to.send_header("Content-Length", str(self.announces or len(body)))
        to.end_headers()
        to.wfile.write(body[: self.cut_after])
        to.close_connection = True


@contextmanager
def serving() -> Iterator[FileServer]:
    server = FileServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.answer(self)

        def log_message(self, *_: Any) -> None:
            """Not into the output of the tests."""

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.daemon_threads = True
    server.url = f"http://127.0.0.1:{listener.server_address[1]}/model.tflite"
    thread = threading.Thread(target=listener.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        thread.join()
        listener.server_close()
