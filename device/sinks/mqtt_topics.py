"""The topics of one device, both ways, and how a tag is spelt in one."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass

HOME_ASSISTANT = "homeassistant"
"""Home Assistant's own default for discovery; its `status` topic says `online` at its start."""

_PLAIN = re.compile(r"[a-z0-9-]+( [a-z0-9-]+)*")
_NOT_PLAIN = re.compile(r"[^a-z0-9-]+")
_LONGEST = 64  # letters
_LETTERS = 6  # of the hash: 24 bits keep the words of one device apart


def slug(tag: str) -> str:
    """The tag as one level of a topic, [a-z0-9_-]: never the same for two tags, always for one.

    `egyptian cat` becomes `egyptian_cat`; where more than that has to change, a bit of the hash
    (SHA-256) tells `Café` from `cafe`.
    """
    if _PLAIN.fullmatch(tag) and len(tag) <= _LONGEST:
        return tag.replace(" ", "_")
    letters = unicodedata.normalize("NFKD", tag).encode("ascii", "ignore").decode().lower()
    plain = _NOT_PLAIN.sub("_", letters).strip("_")[:_LONGEST]
    mark = hashlib.sha256(tag.encode("utf-8", "surrogatepass")).hexdigest()[:_LETTERS]
    return f"{plain}_{mark}" if plain else mark


@dataclass(frozen=True, slots=True)
class Topics:
    """`prefix` and `device` stand before every topic but those of Home Assistant."""

    prefix: str
    device: str  # [a-z0-9_-]

    @property
    def root(self) -> str:
        """What all of them begin with."""
        return f"{self.prefix}/{self.device}"

    @property
    def status(self) -> str:
        """Retained `online` or `offline`."""
        return f"{self.root}/status"

    @property
    def events(self) -> str:
        """Every event, never retained."""
        return f"{self.root}/events"

    @property
    def health(self) -> str:
        """Retained JSON."""
        return f"{self.root}/health"

    @property
    def discovery(self) -> str:
        """Retained: the device with all its entities."""
        return f"{HOME_ASSISTANT}/device/{self.device}/config"

    def state(self, source: str) -> str:
        """Retained JSON: the tags present now."""
        return f"{self.root}/sources/{source}/state"

    def enabled(self, source: str) -> str:
        """Retained `ON` or `OFF`."""
        return f"{self.root}/sources/{source}/enabled"

    def picture(self, source: str) -> str:
        """Retained JPEG."""
        return f"{self.root}/sources/{source}/picture"

    def tag(self, source: str, tag: str) -> str:
        """Retained `ON` or `OFF`."""
        return f"{self.root}/sources/{source}/tags/{slug(tag)}"

    def enable(self, source: str) -> str:
        """A command: `ON` or `OFF`."""
        return f"{self.root}/command/sources/{source}/enabled"

    def capture(self, source: str) -> str:
        """A command; any payload."""
        return f"{self.root}/command/sources/{source}/capture"

    @property
    def commands(self) -> tuple[str, ...]:
        """Filters of all that may be asked of us."""
        return (f"{self.root}/command/#", f"{self.root}/ingest/+")

    @property
    def retained(self) -> tuple[str, ...]:
        """Filters of what we left at the broker once and may have to take away."""
        return (f"{self.root}/sources/#", self.discovery)

    @property
    def birth(self) -> str:
        """Where Home Assistant says `online`."""
        return f"{HOME_ASSISTANT}/status"

    def may_answer_to(self, topic: str) -> bool:
        """Whether it is a topic at all, not the broker's own and none of ours."""
        return bool(topic) and not (
            topic.startswith(("$", f"{self.root}/"))
            or any(letter in topic for letter in "+#\0")
            or len(topic.encode("utf-8", "surrogatepass")) > 1024
        )
