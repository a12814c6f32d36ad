"""What the tests of ImageKit's writing side share: a library, its clients' bytes, what they see."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from people_rig import as_program
from web_helpers import Site, png, running

from device.config_compat import Compat, ImageKit
from device.inference.fake import FakeTagger
from device.types import Picture, Tag

UPLOAD = "/api/v1/files/upload"
FILES = "/v1/files"
GOOGLE, AWS = "google-auto-tagging", "aws-auto-tagging"
SAID = {"cat": 0.9, "dog": 0.7, "tree": 0.4}


class Speaker(FakeTagger):
    """Says the same of every picture."""

    def tag(self, picture: Picture) -> list[Tag]:
        super().tag(picture)
        told = self.info.name, self.info.model
        return [Tag(name, sure, "object", *told) for name, sure in SAID.items()]


@contextmanager
def library(folder: Path, **settings: Any) -> Iterator[Site]:
    """A site whose one tagger answers for Google's extension."""
    config = ImageKit(extensions={GOOGLE: ("fake",), AWS: ("objects",)}, **settings)
    with running(
        folder, tagger=Speaker, compat=Compat(imagekit=config), trust_loopback=False
    ) as site:
        yield site


def program(site: Site, name: str = "shop", role: str = "reviewer", **more: Any) -> httpx.Client:
    """A client that sends its token as ImageKit's clients send private keys."""
    plain = as_program(site, name, role, **more)
    secret = plain.headers["authorization"].partition(" ")[2]
    plain.close()
    return site.client(auth=(secret, "do_not_set"))


def upload(client: httpx.Client, number: int = 1, **fields: Any) -> httpx.Response:
    """The picture of that number; lists and objects as JSON, as clients send them."""
    data = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in {"fileName": f"{number}.png", **fields}.items()
    }
    file = (f"{number}.png", png(number))
    return client.post(UPLOAD, files={"file": file}, data=data)


def uploaded(client: httpx.Client, number: int = 1, **fields: Any) -> dict[str, Any]:
    answer = upload(client, number, **fields)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def details(client: httpx.Client, uid: str) -> dict[str, Any]:
    answer = client.get(f"{FILES}/{uid}/details")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def patched(client: httpx.Client, uid: str, sent: Mapping[str, Any]) -> dict[str, Any]:
    answer = client.patch(f"{FILES}/{uid}/details", json=sent)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def names(told: Mapping[str, Any]) -> list[str]:
    """Of the AITags."""
    return [tag["name"] for tag in told["AITags"] or []]


def refused(answer: httpx.Response, status: int, *words: str) -> dict[str, Any]:
    """An error in ImageKit's shape that says these words, and that another try is no use."""
    assert answer.status_code == status, answer.text
    told = dict(answer.json())
    assert told["message"], told
    assert told["help"].startswith("This is tagd"), told
    for word in words:
        assert word in told["message"], told
    if status != 429:
        assert answer.headers["x-should-retry"] == "false"
    return told


def on(*extensions: Any) -> list[dict[str, Any]]:
    """These extensions, by name or as objects."""
    return [{"name": one} if isinstance(one, str) else one for one in extensions]


def three(client: httpx.Client) -> list[dict[str, Any]]:
    """Files in two folders and outside, the second one tagged by a model."""
    plain = {"useUniqueFileName": "false"}
    return [
        uploaded(client, 1, fileName="b.png", folder="/shop", tags="Red, big", **plain),
        uploaded(client, 2, fileName="a.png", folder="/shop/new", extensions=on(GOOGLE), **plain),
        uploaded(client, 3, fileName="c.png", tags="red", **plain),
    ]


def found(client: httpx.Client, at: str = FILES, **asked: Any) -> list[str]:
    """Names of what a list has."""
    answer = client.get(at, params=asked)
    assert answer.status_code == 200, answer.text
    assert isinstance(answer.json(), list), "a bare list"
    return [one["name"] for one in answer.json()]
