"""From a model's labels to the owner's words: rename, drop. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from device.types import Tag


def plain(label: str) -> str:
    """A label as a word: lower case, single spaces, no underscores."""
    return " ".join(label.replace("_", " ").lower().split())


class Vocabulary:
    """What the owner calls things. Words are compared in their plain form."""

    def __init__(self, drop: Iterable[str] = (), rename: Mapping[str, str] | None = None) -> None:
        self._drop = {plain(word) for word in drop}
        self._rename = {plain(old): plain(new) for old, new in (rename or {}).items()}

    def word(self, label: str) -> str | None:
        """The owner's word for a label, or None when it is never to be said.

        Dropping goes by either name, so that a renamed tag can still be dropped.
        """
        name = plain(label)
        said = self._rename.get(name, name)
        return None if not said or name in self._drop or said in self._drop else said

    def apply(self, tags: Iterable[Tag]) -> list[Tag]:
        """The tags in the owner's words, in the same order."""
        spoken = ((tag, self.word(tag.name)) for tag in tags)
        return [replace(tag, name=said) for tag, said in spoken if said is not None]
