"""A site that answers Google Vision's clients, and how they ask: the bytes that they send."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from web_helpers import Site, running

from device.config_compat import Compat, Vision
from device.inference.fake import FakeTagger
from device.people import checked_role
from device.types import Box, Picture, Tag

ANNOTATE = "/v1/images:annotate"
LABELS, SAFE_SEARCH, PROPERTIES, OBJECTS = 4, 6, 7, 19


class Things(FakeTagger):
    """The colour of the picture, and two things at its edges."""

    def tag(self, picture: Picture) -> list[Tag]:
        info = self.info
        placed = (
            Tag("coffee cup", 0.7, "object", info.name, info.model, Box(0.5, 0.25, 0.5, 0.75)),
            Tag("coffee cup", 0.8, "object", info.name, info.model, Box(0.0, 0.0, 0.25, 0.5)),
        )
        return [*super().tag(picture), *placed]


@contextmanager
def vision(folder: Path, *, store: bool = False, tagger: Any = Things) -> Iterator[Site]:
    """A site with Google Vision's API; nobody is let in for where they come from."""
    compat = Compat(vision=Vision(store=store))
    with running(folder, tagger=tagger, trust_loopback=False, compat=compat) as site:
        yield site


def key(site: Site, role: str = "reviewer", sources: list[str] | None = None) -> str:
    """A new token."""
    seen = None if sources is None else frozenset(sources)
    name = f"program {len(site.access.tokens.all())}"
    return site.access.tokens.add(name, checked_role(role), seen, "test")[1]


def asked(data: bytes, *features: int | str, most: int | None = None) -> dict[str, Any]:
    """One request of a batch."""
    limit = {} if most is None else {"maxResults": most}
    return {
        "image": {"content": base64.b64encode(data).decode()},
        "features": [{"type": feature, **limit} for feature in features],
    }


def annotate(site: Site, secret: str | None, *requests: Any, **options: Any) -> httpx.Response:
    """As the Python client over REST: enums as numbers, wanted as numbers."""
    headers = {} if secret is None else {"X-Goog-Api-Key": secret}
    with site.client(headers=headers) as client:
        where = f"{ANNOTATE}?%24alt=json%3Benum-encoding%3Dint"
        return client.post(where, json={"requests": list(requests)}, **options)


def refused(answer: httpx.Response, status: int, name: str) -> str:
    """What is said of a call that failed, in Google's shape."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    error = answer.json()["error"]
    assert (error["code"], error["status"]) == (status, name)
    assert len(error["message"]) > 8
    return str(error["message"])
