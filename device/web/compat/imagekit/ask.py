"""What an upload asks for, out of the fields of its form."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from device import asset_names, clock, ids
from device.assets import Asset, Call, Overwrite
from device.config_compat import ImageKit
from device.web.compat.imagekit import extensions, wanted
from device.web.compat.imagekit.extensions import Extension

_LONGEST_URL = 2000
_UNANSWERED = {
    "checks": "nothing is checked here but what tagd checks itself",
    "transformation": "pictures are kept as they are sent",
}


@dataclass(frozen=True, slots=True)
class Ask:
    """An upload without its picture."""

    name: str  # as it was asked for, cleaned
    unique: bool  # it gets a random part
    folder: str
    tags: tuple[str, ...]
    extensions: tuple[Extension, ...]
    metadata: Mapping[str, Any]
    description: str | None
    private: bool
    published: bool
    coordinates: str | None
    overwrite: Overwrite | None
    webhook: str | None

    def asset(self, name: str, picture: str, by: str) -> Asset:
        """The file that it is to become, with all its extensions answered."""
        now = clock.now()
        return Asset(
            uid=ids.new_id(),
            picture=picture,
            folder=self.folder,
            name=name,
            description=self.description,
            metadata=self.metadata,
            extensions={one.name: one.entry(one.taggers) for one in self.extensions},
            tags=self.tags,
            private=self.private,
            published=self.published,
            coordinates=self.coordinates,
            made_at=now,
            updated_at=now,
            made_by=by,
        )


def of_fields(fields: Mapping[str, str], config: ImageKit, there: Collection[str]) -> Ask:
    """`there`: the taggers of this device. Raises ValueError with what is wrong in a sentence."""
    for name, why in _UNANSWERED.items():
        if fields.get(name, "").strip() not in ("", "{}", "[]"):
            raise ValueError(f"{name} is not answered here: {why}; leave it out")
    if "fileName" not in fields:
        raise ValueError("the field fileName is missing")
    unique = wanted.flag(fields, "useUniqueFileName", True)
    over = wanted.flag(fields, "overwriteFile", True)
    asked = fields.get("extensions", "").strip()
    sent = fields.get("customMetadata", "").strip()
    return Ask(
        name=asset_names.file_name(fields["fileName"]),
        unique=unique,
        folder=asset_names.folder_name(fields.get("folder", "")),
        tags=wanted.tags(fields.get("tags", "").split(",")),
        extensions=extensions.asked(extensions.of_form(asked), config.extensions, there)
        if asked
        else (),
        metadata=wanted.metadata_of_form(sent) if sent else {},
        description=wanted.description(fields.get("description")),
        private=wanted.flag(fields, "isPrivateFile", False),
        published=wanted.flag(fields, "isPublished", True),
        coordinates=wanted.coordinates(fields.get("customCoordinates")),
        overwrite=_overwrite(fields) if over and not unique else None,
        webhook=webhook(fields.get("webhookUrl"), config),
    )


def _overwrite(fields: Mapping[str, str]) -> Overwrite:
    names = ("overwriteTags", "overwriteAITags", "overwriteCustomMetadata")
    return Overwrite(*(wanted.flag(fields, name, True) for name in names))


def webhook(url: Any, config: ImageKit) -> str | None:
    """Who is to be called, if that is one of those that the owner named. Raises ValueError."""
    if url is None or url == "":
        return None
    if not isinstance(url, str) or len(url) > _LONGEST_URL or not url.isascii():
        raise ValueError("webhookUrl is a URL")
    if any(letter <= " " or letter == "\x7f" for letter in url):
        raise ValueError("webhookUrl is a URL")
    if not allowed(url, config.webhooks):
        raise ValueError(
            "webhookUrl: this device calls only the hosts that compat.imagekit.webhooks names"
        )
    return url


def allowed(url: str, hosts: Collection[str]) -> bool:
    """Whether it is http or https, has no login in it, and leads to one of these hosts."""
    try:
        parts = urlsplit(url)
        named = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or not parts.hostname:
        return False
    return parts.hostname in hosts or named in hosts


def calls(url: str | None, asked: Collection[Extension], answered: bool = True) -> tuple[Call, ...]:
    """One for each extension; `answered`: its taggers could look at the picture."""
    if url is None:
        return ()
    told = {True: "SUCCESS", False: "FAILURE"}
    return tuple(Call(url, one.name, told[bool(one.taggers) and answered]) for one in asked)
