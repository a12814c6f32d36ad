"""Reverse proxies in front of a page: nginx as in docs/network.md, and a small one."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

DOCS = (Path(__file__).parents[1] / "docs" / "network.md").read_text(encoding="utf-8")
ROOT = "/tagd"
_SETTINGS = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
    uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
    server {{
        listen 127.0.0.1:{port};
        {location}
    }}
}}
"""


@contextmanager
def nginx(folder: Path, inner: int) -> Iterator[int]:
    """The port of an nginx that passes on to port `inner`, the prefix left in place."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if program is None:
        pytest.skip("nginx is not installed")
    found = re.search(r"```nginx\n(.*?)```", DOCS, re.DOTALL)
    assert found is not None
    location = found[1].replace("127.0.0.1:8080", f"127.0.0.1:{inner}")
    port = _free_port()
    settings = folder / "nginx.conf"
    settings.write_text(_SETTINGS.format(folder=folder, port=port, location=location))
    process = subprocess.Popen([program, "-p", folder, "-c", settings, "-e", folder / "error.log"])
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def plain(folder: Path, inner: int) -> Iterator[int]:
    """The port of a proxy that takes the prefix away, and writes the standard's header."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_serve, args=(listener, inner), daemon=True).start()
        yield int(listener.getsockname()[1])
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def _serve(listener: socket.socket, inner: int) -> None:
    with suppress(OSError):  # it is closed
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_one, args=(client, inner), daemon=True).start()


def _one(client: socket.socket, inner: int) -> None:
    """One request a connection, so that its head is all that needs to be understood."""
    with client, suppress(OSError):
        head = b""
        while b"\r\n\r\n" not in head:
            part = client.recv(65536)
            if not part:
                return
            head += part
        lines, _, body = head.partition(b"\r\n\r\n")
        request, *headers = lines.decode("latin-1").split("\r\n")
        method, path, version = request.split(" ")
        host = next(h.split(":", 1)[1].strip() for h in headers if h.lower().startswith("host:"))
        kept = [h for h in headers if not h.lower().startswith(("connection:", "forwarded:"))]
        said = f'Forwarded: for=127.0.0.1;proto=http;host="{host}"'
        words = [f"{method} {path.removeprefix(ROOT)} {version}", *kept, said, "Connection: close"]
        with socket.create_connection(("127.0.0.1", inner), 30) as server:
            server.sendall("\r\n".join([*words, "", ""]).encode("latin-1") + body)
            back = threading.Thread(target=_pass_on, args=(server, client), daemon=True)
            back.start()
            _pass_on(client, server)
            back.join(60)


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(65536):
            target.sendall(part)
        target.shutdown(socket.SHUT_WR)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 5).close()
            return
        assert time.monotonic() < deadline, "nginx does not listen"
        time.sleep(0.05)
