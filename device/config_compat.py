"""The drop-in APIs: which official clients of others' services are answered, and how."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from device.config_base import Section

IMAGEKIT, REKOGNITION, VISION = "imagekit", "rekognition", "vision"

COMPAT_SOURCES = (IMAGEKIT, REKOGNITION, VISION)
"""Pictures that came through a drop-in API have its name as their source: no other may take it."""


def _extensions() -> dict[str, tuple[str, ...]]:
    return {"google-auto-tagging": ("scene",), "aws-auto-tagging": ("objects",)}


def _checked_host(value: str) -> str:
    if not value or any(letter in "/@?#" or letter.isspace() for letter in value):
        raise ValueError("write a host as NAME or NAME:PORT, without http:// and path")
    return value.lower()


Host = Annotated[str, AfterValidator(_checked_host)]


class ImageKit(Section):
    """`/v1/files*` and `/api/v1/files/upload`."""

    enabled: bool = True
    extensions: dict[str, tuple[str, ...]] = Field(
        default_factory=_extensions
    )  # which taggers answer for an extension; the names of taggers work as well
    urls: tuple[Host, ...] = ()  # hosts that pictures may be fetched from: name, or name:port
    webhooks: tuple[Host, ...] = ()  # hosts that `webhookUrl` may name, as above
    webhook_secret: SecretStr | None = None  # signs what they are sent


class Rekognition(Section):
    """`POST /` with `X-Amz-Target`."""

    enabled: bool = True
    store: bool = False  # keep the pictures and their tags, and tell of them, like any other
    taggers: tuple[str, ...] | None = None  # only these; None: all
    clock_skew_s: Annotated[float, Field(ge=0, le=7 * 86400)] = 900  # s a signature may be off


class Vision(Section):
    """`/v1/images:annotate`."""

    enabled: bool = True
    store: bool = False  # keep the pictures and their tags, and tell of them, like any other
    taggers: tuple[str, ...] | None = None  # only these; None: all


class Compat(Section):
    """What is answered besides tagd's own API, always with a key of tagd's."""

    imagekit: ImageKit = ImageKit()
    rekognition: Rekognition = Rekognition()
    vision: Vision = Vision()

    @property
    def named_taggers(self) -> tuple[str, ...]:
        """All that the owner names; those of `extensions` that are not there answer nothing."""
        return (*(self.rekognition.taggers or ()), *(self.vision.taggers or ()))
