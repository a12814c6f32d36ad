"""What can be said of the places that events go to, and of how long they wait for them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, field_validator

from device.config_base import Name, Seconds, Section

_SCHEMES = ("mqtt", "mqtts", "ws", "wss")

EventType = Literal[
    "picture", "visit_start", "visit_update", "visit_end", "review", "health", "gap", "erased"
]


def _without_login(url: str, schemes: tuple[str, ...], hint: str, where: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in schemes or not parts.hostname:
        raise ValueError(hint)
    if parts.username or parts.password:
        raise ValueError(where)
    parts.port  # noqa: B018 - raises ValueError for a port that is none
    return url


class Mqtt(Section):
    """The broker; without this section nothing is published."""

    url: str = "mqtt://127.0.0.1:1883"
    username: str | None = None
    password: SecretStr | None = None
    client_id: str | None = None  # None: tagd-<device id>
    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$")] = "tagd"
    ca_file: Path | None = None  # for mqtts with a private authority
    cert_file: Path | None = None  # who this device is, for a broker that wants certificates
    key_file: Path | None = None  # None: the key is in cert_file
    insecure_tls: bool = False  # True: any certificate will do
    discovery: Literal["homeassistant", "none"] = "none"
    announce: tuple[str, ...] | None = None  # tags with a topic; None: those of the visits
    pictures: bool = False  # whether the newest picture of each source is left at the broker
    max_payload_mb: Annotated[float, Field(gt=0, le=200)] = 16  # of a picture sent to tagd

    @field_validator("url")
    @classmethod
    def _broker_url(cls, value: str) -> str:
        return _without_login(
            value,
            _SCHEMES,
            "write it as mqtt://host:1883, mqtts://host:8883 or wss://host/path",
            "put user and password into mqtt.username and mqtt.password",
        )


class JsonLines(Section):
    """Events appended to a file, one JSON object a line."""

    path: Path


def _checked_hook(url: str) -> str:
    if any(not "!" <= letter <= "~" for letter in url):
        raise ValueError("percent-encode blanks and letters beyond ASCII")
    return _without_login(
        url,
        ("http", "https"),
        "write it as https://host/path",
        "leave user and password out; the receiver knows us by the signature",
    )


class Webhook(Section):
    """Events as signed HTTP requests."""

    name: Name
    url: Annotated[str, AfterValidator(_checked_hook)]
    secret: SecretStr | None = None  # signs every request
    types: tuple[EventType, ...] = ("visit_start", "visit_end")  # of events
    timeout: Annotated[Seconds, Field(gt=0, le=30)] = 10.0  # of one request
    ca_file: Path | None = None  # for https with a private authority


class Outbox(Section):
    """How long, and how many, events wait for a place that does not take them."""

    days: Annotated[float, Field(gt=0, le=3650)] = 30
    events: Annotated[int, Field(ge=1000)] = 1_000_000
