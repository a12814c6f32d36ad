"""One GET after another from one camera, and what went wrong in one sentence.

Credentials go to the host that the config names and to no other; redirects lead nowhere else.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from device import __version__
from device.errors import SourceError
from device.http_auth import Login
from device.http_patience import Connection, Patience
from device.http_trouble import failure, refusal
from device.names import display_name

HEAD = 10.0
"""Seconds for the head of an answer, and the longest silence within an answer."""

_PORTS = {"http": 80, "https": 443}
_MOST_REDIRECTS = 5
_MOST_LOGINS = 4  # without a challenge, with an old nonce, with a new one that is stale at once
_LONGEST_TYPE = 500  # letters of a Content-Type
_SAFE = "".join(map(chr, range(0x21, 0x7F)))  # everything that a request line can hold


@dataclass(frozen=True, slots=True)
class Address:
    """Where a picture is to be had. Raises ValueError, saying nothing of the URL itself."""

    scheme: str  # http or https
    host: str
    port: int
    target: str  # path and query as they are sent

    @classmethod
    def of(cls, url: SplitResult) -> Address:
        """The address in a URL, without user and fragment; its bytes are kept."""
        try:
            port = url.port
        except ValueError:  # it would quote what may be half a password
            raise ValueError("its port is no number from 1 to 65535") from None
        if not url.hostname:
            raise ValueError("it names no host")
        path = quote(url.path or "/", safe=_SAFE) + (
            f"?{quote(url.query, safe=_SAFE)}" if url.query else ""
        )
        return cls(url.scheme, url.hostname, port or _PORTS[url.scheme], path)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


class Answer:
    """One answer of a camera; a context manager. Every method raises `SourceError`."""

    def __init__(self, where: str, connection: Connection, response: Any, patience: Patience):
        self.status: int = response.status
        # Taking a long one apart costs the square of its length.
        told = 0 < len(response.headers.get("Content-Type", "")) <= _LONGEST_TYPE
        self.type: str = response.headers.get_content_type() if told else ""
        self.boundary = _text(response.headers.get_param("boundary")) if told else None
        self.headers = response.headers
        self.length: int | None = response.length
        self.where = where
        self._connection = connection
        self._response = response
        self._patience = patience

    def __enter__(self) -> Answer:
        return self

    def __exit__(self, *_: object) -> None:
        self._response.close()
        self._connection.close()

    def allow(self, seconds: float) -> None:
        """What is read from now on has this long in all."""
        self._patience.allow(seconds)

    def read(self, count: int = 2**18) -> bytes:
        """The next bytes, as many as there are; empty at the end."""
        try:
            data: bytes = self._response.read1(count)
        except (OSError, HTTPException, ValueError) as error:
            raise failure(self.where, error) from None
        if not data and self._response.length:
            raise SourceError(f"{self.where} broke off in the middle of its answer")
        return data


class Fetch:
    """GETs of one URL. One thread opens and reads; any thread aborts."""

    def __init__(self, url: SplitResult, tls: ssl.SSLContext | None = None) -> None:
        """`tls`: how certificates are verified; by default against the system's authorities.

        Raises ValueError for a URL that is no address.
        """
        self._address = Address.of(url)
        self._tls = tls
        user, password = unquote(url.username or ""), unquote(url.password or "")
        if not (user + password).isprintable():
            raise ValueError("its user or password holds what cannot be printed")
        self._login = Login(user, password) if url.username is not None else None
        self._connection: Connection | None = None
        self._given_up = False

    @property
    def where(self) -> str:
        """How the camera is called in messages: neither password nor path."""
        return f"the camera at {self._address}"

    def open(self, headers: Mapping[str, str]) -> Answer:
        """The answer 200 or 304, its head read. Raises `SourceError` for every other."""
        address = self._address
        for _ in range(_MOST_REDIRECTS):
            answer = self._ask(address, headers)
            if answer.status in (200, 304):
                return answer
            with answer:
                if answer.status not in (301, 302, 303, 307, 308):
                    raise refusal(self.where, answer.status, self._login is not None)
                address = self._led(address, answer.headers.get("Location", ""))
        raise SourceError(f"{self.where} redirects without end")

    def resume(self) -> None:
        """Answers may be opened again after `abort`."""
        self._given_up = False

    def abort(self) -> None:
        """End what is being read or opened now. Any thread."""
        self._given_up = True
        connection = self._connection
        if connection is not None:
            connection.abort()

    def _ask(self, address: Address, headers: Mapping[str, str]) -> Answer:
        """One request, and the same again with what a 401 asks for."""
        if self._login is None:
            return self._get(address, dict(headers))
        self._login.begin()
        for _ in range(_MOST_LOGINS):
            sent = self._login.header("GET", address.target)
            answer = self._get(address, {**headers, **({"Authorization": sent} if sent else {})})
            if answer.status != 401:
                break
            with answer:
                if not self._login.refused(answer.headers.get_all("WWW-Authenticate", [])):
                    break
        return answer

    def _get(self, address: Address, headers: dict[str, str]) -> Answer:
        patience = Patience(HEAD)
        tls = None
        if address.scheme == "https":
            tls = self._tls = self._tls or ssl.create_default_context()
        connection = self._connection = Connection(address.host, address.port, tls, patience)
        try:
            if self._given_up:
                raise ConnectionAbortedError("nobody wants it any more")
            agent = {"User-Agent": f"tagd/{__version__}", "Accept": "*/*"}
            response = connection.get(address.target, {**agent, **headers}, HEAD)
        except (OSError, HTTPException, ValueError) as error:
            connection.close()
            raise failure(f"the camera at {address}", error) from None
        return Answer(f"the camera at {address}", connection, response, patience)

    def _led(self, address: Address, location: str) -> Address:
        """Where a redirect leads: to the same host only, and never out of TLS."""
        base = f"{address.scheme}://{address}{address.target}"
        try:
            led = Address.of(urlsplit(urljoin(base, location)))
        except (ValueError, KeyError):
            raise SourceError(f"{self.where} redirects to what is no address") from None
        upwards = (address.scheme, led.scheme) == ("http", "https")
        kept = (led.scheme, led.port) == (address.scheme, address.port)
        if led.host != address.host or not (kept or upwards):
            raise SourceError(
                f"{self.where} redirects to {display_name(f'{led.scheme}://{led}'.encode())},"
                " which is not followed: write that address into the URL if it is right"
            )
        return led


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
