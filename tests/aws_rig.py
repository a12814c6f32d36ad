"""A client of AWS's own kind in a few lines: it signs, and so do the tests that tamper with it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
from web_helpers import Site

from device.config_compat import Compat
from device.config_compat import Rekognition as Settings
from device.web.proxy import Front
from device.web.server import WebServer

NO_FRONT = Front()
KIND = "application/x-amz-json-1.1"


def encoded(data: bytes) -> dict[str, str]:
    """A picture as `Image`."""
    return {"Bytes": base64.b64encode(data).decode()}


def stamp(seconds: float) -> str:
    """As `X-Amz-Date` has it."""
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(seconds))


@dataclass
class Signer:
    """Signs one request after another; what is to be wrong is put into its fields."""

    access: str
    secret: str
    region: str = "eu-central-1"
    service: str = "rekognition"
    off: float = 0.0  # s that its clock is fast
    extra: dict[str, str] = field(default_factory=dict)  # headers that are signed as well

    def headers(self, url: httpx.URL, target: str, body: bytes) -> dict[str, str]:
        """All that is sent beside the body, signed."""
        when = stamp(time.time() + self.off)
        sent = {
            "content-type": KIND,
            "host": url.netloc.decode(),
            "x-amz-date": when,
            "x-amz-target": target,
            **self.extra,
        }
        names = ";".join(sorted(sent))
        lines = "".join(f"{name}:{' '.join(sent[name].split())}\n" for name in sorted(sent))
        digest = self.extra.get("x-amz-content-sha256") or hashlib.sha256(body).hexdigest()
        path = url.raw_path.decode().replace("%", "%25")
        canonical = f"POST\n{path}\n\n{lines}\n{names}\n{digest}"
        scope = f"{when[:8]}/{self.region}/{self.service}/aws4_request"
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        key = b"AWS4" + self.secret.encode()
        for part in (*scope.split("/"), f"AWS4-HMAC-SHA256\n{when}\n{scope}\n{hashed}"):
            key = hmac.new(key, part.encode(), "sha256").digest()
        credential = f"Credential={self.access}/{scope}"
        told = f"AWS4-HMAC-SHA256 {credential}, SignedHeaders={names}, Signature={key.hex()}"
        return {**sent, "authorization": told}


class Rekognition:
    """Speaks with a site, or with a daemon at `url`."""

    def __init__(self, url: str, signer: Signer, path: str = "/") -> None:
        self.signer = signer
        self.url = httpx.URL(url).copy_with(path=path)
        self._client = httpx.Client(timeout=30, trust_env=False)

    def __enter__(self) -> Rekognition:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def request(self, body: bytes, target: str = "DetectLabels") -> httpx.Request:
        """A signed request, that may be changed before it is sent."""
        headers = self.signer.headers(self.url, f"RekognitionService.{target}", body)
        return self._client.build_request("POST", self.url, content=body, headers=headers)

    def send(self, request: httpx.Request) -> httpx.Response:
        return self._client.send(request)

    def call(self, target: str = "DetectLabels", **given: Any) -> httpx.Response:
        """The answer to one call."""
        return self.send(self.request(json.dumps(given).encode(), target))

    def labels(self, data: bytes, **given: Any) -> dict[str, Any]:
        """Of a picture that is taken."""
        answer = self.call(Image=encoded(data), **given)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


def signer(site: Site, role: Any = "reviewer", sources: Any = None, name: str = "app") -> Signer:
    """With a key pair of its own."""
    token, secret = site.access.tokens.add_aws(name, role, sources, "test")
    assert token.access is not None
    return Signer(token.access, secret)


def refused(answer: httpx.Response, code: str, status: int = 400) -> str:
    """What the error says; it must be one of AWS's shape, of that type."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == KIND
    assert len(answer.headers["x-amzn-requestid"]) == 36
    told = answer.json()
    assert set(told) == {"__type", "Message"}, told
    assert told["__type"] == code, told
    assert len(told["Message"]) > 10
    return str(told["Message"])


@contextmanager
def serving(site: Site, front: Front = NO_FRONT, **settings: Any) -> Iterator[str]:
    """The same appliance on a further port, with these settings of `compat.rekognition`."""
    chosen = Compat(rekognition=Settings(**settings))
    server = WebServer(replace(site.services, compat=chosen, front=front), "127.0.0.1", 0)
    server.start()
    try:
        yield server.url
    finally:
        server.close()
