"""Pictures from URLs: from public addresses only, whatever names, redirects and servers say."""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from device import asset_names, http_public


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"x" * 1000
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "/picture")
            self.end_headers()
            return
        self.send_response(404 if self.path == "/none" else 200)
        length = 2000 if self.path == "/cut" else len(body)
        if self.path != "/endless":
            self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(self.headers["Host"].encode() if self.path == "/host" else body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as opened:
        thread = threading.Thread(target=opened.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://localhost:{opened.server_address[1]}"
        opened.shutdown()
        thread.join(10)


def get(url: str, limit: int = 5000) -> bytes:
    """As if this machine were public; the name is resolved to IPv4 as the server listens there."""
    return http_public.get(url.replace("localhost", "127.0.0.1"), limit, public=lambda _: True)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0.0.0.0"),
        *("100.64.0.1", "224.0.0.1", "239.1.1.1", "255.255.255.255", "192.0.2.1", "::1", "::"),
        *("fe80::1", "fc00::1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "64:ff9b::a00:1"),
        *("2002:7f00:1::", "2001:0:1::", "ff02::1"),
    ],
)
def test_what_is_not_public(address: str) -> None:
    assert not http_public.is_public(ipaddress.ip_address(address))
    shown = f"[{address}]" if ":" in address else address
    with pytest.raises(ValueError, match="no public address"):
        http_public.get(f"http://{shown}:1/", 10)


def test_what_is_public() -> None:
    assert http_public.is_public(ipaddress.ip_address("8.8.8.8"))
    assert http_public.is_public(ipaddress.ip_address("2606:4700::1111"))


def test_a_name_is_asked_for_its_addresses_and_all_count() -> None:
    with pytest.raises(ValueError, match="no public address"):
        http_public.get("http://localhost:1/", 10)
    with pytest.raises(ValueError, match="name"):
        http_public.get("http://nobody.invalid/", 10)


def test_a_picture_is_fetched(server: str) -> None:
    assert get(f"{server}/picture") == b"x" * 1000
    assert get(f"{server}/endless") == b"x" * 1000


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/away", "answers 302"),
        ("/none", "answers 404"),
        ("/cut", "broke off"),
    ],
)
def test_other_answers(server: str, path: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        get(f"{server}{path}")


def test_too_much(server: str) -> None:
    for path in ("/picture", "/endless"):
        with pytest.raises(ValueError, match="larger"):
            get(f"{server}{path}", 999)


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://example.com/", "http://", "http://u:p@example.com/",
     "http://example.com:99999/", "gopher://x", "http://127.1/x", "http://2130706433/"],
)  # fmt: skip
def test_what_is_no_url_of_the_web(url: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        http_public.get(url, 10)


def test_folders() -> None:
    assert asset_names.folder_name("") == "/"
    assert asset_names.folder_name("///") == "/"
    assert asset_names.folder_name("a//b c/./..") == "/a/b_c/_/__"
    with pytest.raises(ValueError, match="50"):
        asset_names.folder_name("a/" * 51)


def test_unique_names_keep_their_suffix() -> None:
    made = {asset_names.unique("a.b.jpg") for _ in range(100)}
    assert len(made) == 100
    assert all(name.startswith("a.b_") and name.endswith(".jpg") for name in made)
    assert asset_names.unique(".jpg").startswith(".jpg_")
    assert len(asset_names.file_name("日" * 400)) == 200
