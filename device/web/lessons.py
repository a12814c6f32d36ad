"""What past reviews say of the words, under the names that the words have today."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from device import learning
from device.learning import Lessons, Suggestion
from device.lexicon import Entry, Lexicon
from device.naming import Naming

Counts = Mapping[str, tuple[int, int, int]]
"""By today's name, how often a word was accepted, rejected, added."""


class Teacher:
    """Any thread."""

    def __init__(self, lexicon: Lexicon, lessons: Lessons) -> None:
        self._lexicon = lexicon
        self._lessons = lessons

    def counts(self) -> Counts:
        """Of every word that anybody judged."""
        naming, found = self._naming(), dict[str, tuple[int, int, int]]()
        for stored, (accepted, rejected, added) in self._lessons.counts().items():
            name = naming.today(stored)
            before = found.get(name, (0, 0, 0))
            found[name] = before[0] + accepted, before[1] + rejected, before[2] + added
        return found

    def row(self, entry: Entry, counts: Counts | None) -> dict[str, Any]:
        """A word for the API; `counts` None: what is said of pictures is not for whoever asks."""
        keys = ("accepted", "rejected", "added")
        return {
            **asdict(entry),
            "count": None if counts is None else entry.count,
            "reviews": None
            if counts is None
            else dict(zip(keys, counts.get(entry.name, (0, 0, 0)), strict=True)),
        }

    def preview(self, name: str, at: float | None) -> dict[str, Any]:
        """What a threshold would have done; None: the one in force."""
        judged = self._judged(name)
        at = self._lexicon.floor(name) if at is None else at
        proposal = learning.proposed_floor(judged)
        return {
            "at": at,
            "accepted": asdict(learning.sides(judged, at, accepted=True)),
            "rejected": asdict(learning.sides(judged, at, accepted=False)),
            "histogram": [asdict(one) for one in learning.histogram(judged)],
            "suggested": proposal.at if proposal else None,
            "why": proposal.why if proposal else learning.why_none(judged),
        }

    def suggestions(self) -> list[dict[str, Any]]:
        """Each with the change of its word that takes it over."""
        entries, found = self._lexicon.entries(), list[Suggestion | None]()
        for name, (accepted, rejected, added) in self.counts().items():
            entry = entries.get(name)
            if entry is not None and entry.dropped:
                continue
            floor = (entry and entry.threshold) or 0.0
            if accepted + rejected >= learning.ENOUGH:
                found.append(learning.of_judged(name, self._judged(name), floor))
            if added:
                nearly = [c for same in self._names(name) for c in self._lessons.nearly(same)]
                found.append(learning.of_added(name, nearly, floor))
        found += learning.of_renamed(self._renames())
        return [_told(one) for one in learning.ordered([one for one in found if one])]

    def _renames(self) -> Mapping[tuple[str, str], int]:
        """What the vocabulary does by itself already is nothing to suggest."""
        naming, found = self._naming(), Counter[tuple[str, str]]()
        for (old, new), times in self._lessons.renames().items():
            found[naming.today(old), naming.today(new)] += times
        return found

    def _judged(self, name: str) -> list[tuple[float, bool]]:
        return [one for same in self._names(name) for one in self._lessons.judged(same)]

    def _names(self, name: str) -> list[str]:
        return self._naming().same(name)

    def _naming(self) -> Naming:
        return Naming.of(self._lexicon.book.now.vocabulary)


def _told(one: Suggestion) -> dict[str, Any]:
    change = {one.idea: True if one.to is None else one.to}
    told = {"idea": one.idea, "tag": one.tag, "why": one.why, "reviews": one.weight}
    return {**told, "change": change}
