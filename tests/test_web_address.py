"""The address of the server: taken, privileged, wrong, IPv6."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from web_helpers import (
    Site,
    read_head,
    request,
)

from device.errors import TagdError
from device.web.server import WebServer
from device.web.services import Services

# -- the address


def test_a_port_that_is_in_use(site: Site, services: Services) -> None:
    with pytest.raises(TagdError, match=r"127\.0\.0\.1:\d+: another program uses it; stop"):
        WebServer(services, "127.0.0.1", site.server.port)


def test_the_address_is_ours_before_the_start(services: Services) -> None:
    first = WebServer(services, "127.0.0.1", 0)
    try:
        with pytest.raises(TagdError, match="another program uses it"):
            WebServer(services, "127.0.0.1", first.port)
    finally:
        first.close()


@pytest.mark.parametrize(
    ("host", "port", "told"),
    [
        ("203.0.113.1", 0, "no such address"),
        ("no-such-host.invalid", 0, "has no address here"),
        ("x" * 70 + ".local", 0, "no address"),
        ("127.0.0.1", 70_000, "no address"),
        ("fe80::zz", 0, "no address"),
    ],
)
def test_an_address_that_cannot_be_had(services: Services, host: str, port: int, told: str) -> None:
    with pytest.raises(TagdError, match=rf"cannot listen on .*{told}.*change web\.listen"):
        WebServer(services, host, port)


def test_a_port_that_needs_a_privilege() -> None:
    code = (  # root may have any port
        "import os; from device.web.server import _bind\n"
        "if os.geteuid() == 0: os.setresuid(65534, 65534, 65534)\n_bind('127.0.0.1', 80)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    first = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())
    assert ("need a privilege; change web.listen" in done.stderr) == (first > 80), done.stderr


def test_ipv6(services: Services) -> None:
    try:
        server = WebServer(services, "::1", 0)
    except TagdError:
        pytest.skip("no IPv6 here")
    server.start()
    try:
        assert server.url == f"http://[::1]:{server.port}"
        with socket.create_connection(("::1", server.port), 5) as connection:
            connection.sendall(request("/", host=f"[::1]:{server.port}"))
            assert read_head(connection)[0] == 200
    finally:
        server.close()
