"""What a reverse proxy says is believed from those that the config names, and from nobody else."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic import ValidationError

from device.config import Web
from device.config_web import networks
from device.web.proxy import Front, Proxy

LOCAL = "127.0.0.1"
BELIEVED = (LOCAL, "192.168.7.3", "fd00::5", "::ffff:192.168.7.3")
FAR = "203.0.113.9"  # who really asks
NAMED = Front(networks(["127.0.0.1", "192.168.7.0/24", "fd00::/8"]))


class Inner:
    """What is asked of the app, and its answer."""

    def __init__(self, **headers: str) -> None:
        self.scope: dict[str, Any] | None = None
        self.headers = headers

    async def __call__(self, scope: Any, _receive: Any, send: Any) -> None:
        self.scope = scope
        told = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": told})
        await send({"type": "http.response.body", "body": b""})


def ask(
    front: Front,
    *headers: tuple[str, str],
    peer: str = LOCAL,
    path: str = "/",
    query: str = "",
    answer: Inner | None = None,
) -> tuple[dict[str, Any] | None, int, dict[str, str]]:
    """What the app is asked (None: nothing), the status and the headers of the answer."""
    inner = answer or Inner()
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "query_string": query.encode(),
        "client": (peer, 4711),
        "headers": [(b"host", b"inside:8080"), *((n.encode(), v.encode()) for n, v in headers)],
    }
    asyncio.run(Proxy(inner, front)(scope, receive, send))
    headers_sent = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return inner.scope, sent[0]["status"], headers_sent


def seen(*headers: tuple[str, str], peer: str = LOCAL) -> tuple[str, str, str]:
    """Client, scheme and host as the app sees them."""
    scope, status, _ = ask(NAMED, *headers, peer=peer)
    assert status == 200
    assert scope is not None
    there = dict(scope["headers"])
    left = [name for name in there if name.startswith((b"x-forwarded", b"forwarded"))]
    assert bool(left) == (peer not in BELIEVED)
    return scope["client"][0], scope["scheme"], there[b"host"].decode()


@pytest.mark.parametrize(
    ("said", "client"),
    [
        (FAR, FAR),
        (f"{FAR}:1234", FAR),
        (f"10.0.0.1, {FAR}", FAR),  # the left one is what the client itself claims
        (f"127.0.0.1, {FAR}", FAR),
        (f"{FAR}, 192.168.7.20", FAR),  # two proxies, both named
        ("192.168.7.20", "192.168.7.20"),
        ("192.168.7.21, 192.168.7.20", "192.168.7.21"),
        ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]:443", "2001:db8::7"),
        ("::ffff:203.0.113.9", FAR),
        ("127.0.0.1", LOCAL),
        ("::1", LOCAL),
        ("unknown", LOCAL),
        ("", LOCAL),
        (",,", LOCAL),
        (f"{FAR}, nonsense", LOCAL),
        ("x" * 5000, LOCAL),
        ("203.0.113.9\x00", LOCAL),
    ],
)
def test_who_asks(said: str, client: str) -> None:
    assert seen(("x-forwarded-for", said))[0] == client


def test_scheme_and_host() -> None:
    told = [("x-forwarded-for", FAR), ("x-forwarded-proto", "https"), ("x-forwarded-host", "a.b")]
    assert seen(*told) == (FAR, "https", "a.b")
    assert seen(*told, peer="192.168.7.3") == (FAR, "https", "a.b")
    assert seen(*told, peer="fd00::5") == (FAR, "https", "a.b")
    assert seen(*told, peer="::ffff:192.168.7.3") == (FAR, "https", "a.b")
    assert seen(("x-forwarded-proto", "gopher"))[1] == "http"
    assert seen(("x-forwarded-proto", "http, https"))[1] == "https"
    assert seen(("x-forwarded-host", "evil.example, a.b"))[2] == "a.b"


@pytest.mark.parametrize("peer", ["192.168.8.3", FAR, "::1", "fe80::1", "testclient"])
def test_nobody_else_is_believed(peer: str) -> None:
    told = [("x-forwarded-for", "1.2.3.4"), ("x-forwarded-proto", "https")]
    assert seen(*told, ("x-forwarded-host", "a.b"), peer=peer) == (peer, "http", "inside:8080")
    forwarded = ("forwarded", "for=1.2.3.4;proto=https;host=a.b")
    assert seen(forwarded, peer=peer) == (peer, "http", "inside:8080")


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (f"for={FAR};proto=https;host=gate.example", (FAR, "https", "gate.example")),
        (f"For={FAR}; Proto=HTTPS", (FAR, "https", "inside:8080")),
        (f'for="[2001:db8::7]:4711", for={FAR};host="a.b:8443"', (FAR, "http", "a.b:8443")),
        ('for="[2001:db8::7]:4711"', ("2001:db8::7", "http", "inside:8080")),
        (f"for={FAR}, for=192.168.7.20;proto=https", (FAR, "https", "inside:8080")),
        ("for=_hidden;proto=https", (LOCAL, "https", "inside:8080")),
        # Words of a client that would make the proxy's own unreadable: nothing of it is believed.
        (f'for="open, for={FAR};proto=https', (LOCAL, "http", "inside:8080")),
        (f"host=evil.example, @@@, for={FAR};host=a.b", (LOCAL, "http", "inside:8080")),
    ],
)
def test_the_standard_header(said: str, wanted: tuple[str, str, str]) -> None:
    assert seen(("forwarded", said)) == wanted


def test_headers_of_both_kinds_are_refused() -> None:
    """nginx passes on whatever its client sends, and writes one kind only."""
    told = [("forwarded", "for=1.2.3.4;host=evil.example"), ("x-forwarded-for", FAR)]
    scope, status, _ = ask(NAMED, *told)
    assert (scope, status) == (None, 400)
    assert ask(NAMED, *told, peer=FAR)[1] == 200  # nobody's word: not even looked at


# -- below a path

BELOW = Front(root="/tagd")


@pytest.mark.parametrize(
    ("path", "inside"),
    [
        ("/tagd/", "/"),
        ("/tagd/api/v1/health", "/api/v1/health"),
        ("/api/v1/health", "/api/v1/health"),  # the proxy took it away, or none is between
        ("/", "/"),
        ("/tagdx", "/tagdx"),
        ("/tagd//api", "//api"),
        ("/TAGD/", "/TAGD/"),
    ],
)
def test_the_prefix_is_taken_away(path: str, inside: str) -> None:
    scope, status, _ = ask(BELOW, path=path)
    assert status == 200
    assert scope is not None
    assert scope["path"] == inside


def test_without_its_slash() -> None:
    scope, status, headers = ask(BELOW, path="/tagd", query="view=now")
    assert (scope, status, headers["location"]) == (None, 308, "/tagd/?view=now")
    assert ask(BELOW, path="/tagd")[2]["location"] == "/tagd/"


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("/api/v1/pictures/01", "/tagd/api/v1/pictures/01"),
        ("/tagd/there", "/tagd/there"),
        ("https://example.org/", "https://example.org/"),
        ("//example.org/", "//example.org/"),
        ("?view=now", "?view=now"),
    ],
)
def test_places_in_answers_have_it(place: str, told: str) -> None:
    assert ask(BELOW, answer=Inner(location=place))[2]["location"] == told


# -- the config


@pytest.mark.parametrize("proxy", ["127.0.0.1", "127.0.0.0/8", "::1", "0.0.0.0/0", "::/0"])
def test_trusting_this_machine_and_a_proxy_on_it(proxy: str) -> None:
    with pytest.raises(ValidationError, match="everybody whom it lets in would be an admin"):
        Web(trust_loopback=True, trusted_proxies=(proxy,))
    assert Web(trusted_proxies=(proxy,)).trusted_proxies == (proxy,)


def test_a_proxy_elsewhere_may_be_trusted_beside_it() -> None:
    assert Web(trust_loopback=True, trusted_proxies=("192.168.7.3", "fd00::/8")).trust_loopback


@pytest.mark.parametrize("proxy", ["nginx", "192.168.7", "192.168.7.3/33", "", "http://10.0.0.1"])
def test_what_is_no_proxy(proxy: str) -> None:
    with pytest.raises(ValidationError, match="is no address: write one such as"):
        Web(trusted_proxies=(proxy,))


@pytest.mark.parametrize(
    ("text", "root"),
    [("", ""), ("/", ""), ("/tagd", "/tagd"), ("/tagd/", "/tagd"), ("/a/b", "/a/b")],
)
def test_root_paths(text: str, root: str) -> None:
    assert Web.model_validate({"root_path": text}).root_path == root


@pytest.mark.parametrize(
    "text",
    ["tagd", "/a b", "/../x", "/a/..", "//a", "/a?b", "/a#b", "https://x/y", "/api", "/static/x",
     "/pictures", "/a/./b", "/%2e%2e", "/ä"],
)  # fmt: skip
def test_what_is_no_root_path(text: str) -> None:
    with pytest.raises(ValidationError, match=r"write the path below|is a path of tagd itself"):
        Web.model_validate({"root_path": text})
