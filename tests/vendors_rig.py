"""Every drop-in API that is on, by what all of them have in common: a door, a key, a shape."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_rig
import httpx
import vision_rig
from web_helpers import Site, form, running

from device.config_compat import Compat
from device.web.compat import vendors

Key = Callable[[str, bytes], dict[str, str]]


def _google(answer: httpx.Response) -> str:
    error = answer.json()["error"]
    assert set(error) <= {"code", "message", "status", "details"}
    assert error["code"] == answer.status_code
    assert answer.status_code not in (401, 503)  # what its clients cannot stand
    assert error["status"].isupper()
    return str(error["message"])


def _aws(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == aws_rig.KIND
    told = answer.json()
    assert told["__type"].isidentifier()
    return str(told["Message"])


def _imagekit(answer: httpx.Response) -> str:
    told = answer.json()
    assert answer.headers["content-type"].startswith("application/json")
    assert isinstance(told["message"], str)
    assert told["help"]  # the older clients read it, whatever the error is
    return str(told["message"])


def _google_key(site: Site, *may: Any) -> Key:
    secret = vision_rig.key(site, *may)
    return lambda _, __: {"X-Goog-Api-Key": secret}


def _aws_key(site: Site, *_: Any) -> Key:
    signer = aws_rig.signer(site)
    return lambda url, body: signer.headers(httpx.URL(url), "RekognitionService.DetectLabels", body)


def _imagekit_key(site: Site, *may: Any) -> Key:
    basic = base64.b64encode(f"{vision_rig.key(site, *may)}:do_not_set".encode()).decode()
    return lambda _, __: {"Authorization": f"Basic {basic}"}


@dataclass(frozen=True)
class Door:
    """The way in that takes the most."""

    path: str
    heads: Mapping[str, str]  # by which it is known
    body: Callable[[str], bytes]  # of a picture in base64
    key: Callable[..., Key]  # of a site, a role and sources; with them for a URL and a body
    said: Callable[[httpx.Response], str]  # of an error, which must have the vendor's shape
    small: tuple[str, ...] = ()  # further paths that are the vendor's


DOORS = {
    "vision": Door(
        vision_rig.ANNOTATE,
        {"Content-Type": "application/json"},
        lambda picture: json.dumps(
            {"requests": [{"image": {"content": picture}, "features": [{"type": 4}]}]}
        ).encode(),
        _google_key,
        _google,
        (
            "/v1/operations/x",
            "/v1/files:annotate",
            "/v1/images:asyncBatchAnnotate",
            "/v1p4beta1/images:annotate",
        ),
    ),
    "rekognition": Door(
        "/",
        {"Content-Type": aws_rig.KIND, "X-Amz-Target": "RekognitionService.DetectLabels"},
        lambda picture: json.dumps({"Image": {"Bytes": picture}}).encode(),
        _aws_key,
        _aws,
    ),
    "imagekit": Door(
        "/api/v1/files/upload",
        {"Content-Type": "multipart/form-data; boundary=limit"},
        lambda picture: form(
            ('form-data; name="file"', picture.encode()),
            ('form-data; name="fileName"', b"a.png"),
        ),
        _imagekit_key,
        _imagekit,
        ("/v1/files", "/v1/files/x/details", "/v1/files/x", "/v1/files/addTags", "/v1/metadata"),
    ),
}


@contextmanager
def everything(folder: Path) -> Iterator[Site]:
    """A site with all of them; nobody is let in for where they come from."""
    with running(folder, trust_loopback=False, compat=Compat()) as site:
        yield site


def there(site: Site) -> list[str]:
    """The names of those that are answered."""
    return [vendor.name for vendor in vendors.enabled(site.services)]
