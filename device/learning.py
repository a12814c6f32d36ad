"""What past reviews teach about thresholds and words: previews and proposals. Pure.

A threshold is proposed from at least `ENOUGH` judged mentions of a word, of which at least
`SOME` were rejected and `SOME` accepted: below that a single mistake moves it by more than a tenth.
It keeps `KEPT` of what people accepted and lies in the middle of the gap below that.
Only what was told can be judged, so reviews of told tags can raise a threshold and never lower it;
what they add in spite of a model that nearly said it is what lowers one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Judged = Sequence[tuple[float, bool]]
"""Mentions that a person judged: confidence 0..1, and whether it was accepted."""

BINS = 20
ENOUGH = 20
SOME = 5
KEPT = 0.98

_WORTH = 0.2  # of the rejected ones must go, else a new threshold is not worth a click
_MOVED = 0.02  # a smaller step is none
_WRONG = 0.9  # of all judged ones were rejected: the word is of no use here
_OFTEN = 5  # times that people added, or renamed, the same


@dataclass(frozen=True, slots=True)
class Lessons:
    """Where past reviews are asked for; without any nothing is learned."""

    judged: Callable[[str], Judged] = lambda _: ()  # of a stored name
    counts: Callable[[], Mapping[str, tuple[int, int, int]]] = dict
    """By stored name, how often it was accepted, rejected, added."""
    nearly: Callable[[str], Sequence[float]] = lambda _: ()
    """The confidences with which models nearly said the name where people added it."""
    renames: Callable[[], Mapping[tuple[str, str], int]] = dict
    """By old and new name, how often people renamed a tag so."""


@dataclass(frozen=True, slots=True)
class Sides:
    """How many stay above a threshold, and how many would not have been said."""

    kept: int
    dropped: int


@dataclass(frozen=True, slots=True)
class Bin:
    """Judged mentions with a confidence from `low` up to that of the next."""

    low: float
    accepted: int
    rejected: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """A threshold, and why."""

    at: float
    why: str


def sides(judged: Judged, at: float, *, accepted: bool) -> Sides:
    """The accepted ones, or the rejected ones, on both sides of a threshold."""
    sure = [confidence for confidence, good in judged if good is accepted]
    kept = sum(confidence >= at for confidence in sure)
    return Sides(kept, len(sure) - kept)


def histogram(judged: Judged) -> list[Bin]:
    """`BINS` of the same width over 0..1; the last one takes 1.0 in."""
    bins = [[0, 0] for _ in range(BINS)]
    for confidence, good in judged:
        # Confidences are stored per mille: 0.15 must not land below 0.15.
        place = min(BINS - 1, max(0, math.floor(round(confidence * BINS, 6))))
        bins[place][0 if good else 1] += 1
    return [Bin(n / BINS, *counts) for n, counts in enumerate(bins)]


def proposed_floor(judged: Judged) -> Proposal | None:
    """The highest threshold that keeps `KEPT` of the accepted ones, where it is worth while."""
    good = sorted((c for c, accepted in judged if accepted), reverse=True)
    bad = sorted(c for c, accepted in judged if not accepted)
    if len(judged) < ENOUGH or min(len(good), len(bad)) < SOME:
        return None
    lowest = good[math.ceil(KEPT * len(good)) - 1]
    below = max((c for c in (*good, *bad) if c < lowest), default=0.0)
    at = math.floor(100 * (lowest + below) / 2) / 100
    at = at if at > below else math.floor(lowest * 100) / 100
    kept, gone = sides(judged, at, accepted=True), sides(judged, at, accepted=False)
    if gone.dropped < _WORTH * len(bad):
        return None
    return Proposal(
        at,
        f"at {at:.2f} this would have dropped {gone.dropped} of {len(bad)} rejected and"
        f" {kept.dropped} of {len(good)} accepted",
    )


def why_none(judged: Judged) -> str:
    """Why no threshold is proposed, and what helps."""
    good = sum(accepted for _, accepted in judged)
    if len(judged) < ENOUGH or min(good, len(judged) - good) < SOME:
        return (
            f"needs {ENOUGH} reviews with {SOME} accepted and {SOME} rejected; there are"
            f" {len(judged)} with {good} accepted and {len(judged) - good} rejected"
        )
    return "no threshold tells the rejected ones from the accepted ones"


Idea = Literal["threshold", "drop", "rename"]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One change of the vocabulary that reviews speak for."""

    idea: Idea
    tag: str
    to: float | str | None  # a threshold, a new name; None for `drop`
    why: str
    weight: int  # reviews behind it


def of_judged(tag: str, judged: Judged, floor: float) -> Suggestion | None:
    """Drop a word that is always rejected, or raise the threshold that it has now."""
    bad = sum(not accepted for _, accepted in judged)
    proposal = proposed_floor(judged)
    if proposal is not None and proposal.at >= floor + _MOVED:
        return Suggestion("threshold", tag, proposal.at, proposal.why, len(judged))
    if len(judged) >= ENOUGH and bad >= _WRONG * len(judged):
        why = f"{bad} of {len(judged)} reviews rejected it"
        return Suggestion("drop", tag, None, why, len(judged))
    return None


def of_added(tag: str, nearly: Sequence[float], floor: float) -> Suggestion | None:
    """Lower the threshold of a word that people add where the models nearly said it.

    `nearly`: the confidences of those that stayed below it; the lowest tenth may stay there.
    """
    near = sorted((c for c in nearly if c < floor), reverse=True)
    if len(near) < _OFTEN:
        return None
    at = math.floor(100 * near[math.ceil(0.9 * len(near)) - 1]) / 100
    if at > floor - _MOVED:
        return None
    found = sum(c >= at for c in near)
    why = f"people added it {len(near)} times where it was nearly said; {found} reach {at:.2f}"
    return Suggestion("threshold", tag, at, why, len(near))


def of_renamed(renames: Mapping[tuple[str, str], int]) -> list[Suggestion]:
    """Names that people give one tag again and again; of each tag the most frequent."""
    best: dict[str, tuple[int, str]] = {}
    for (old, new), times in renames.items():
        if times >= _OFTEN and old != new:
            best[old] = max(best.get(old, (0, "")), (times, new))
    return [
        Suggestion("rename", old, new, f"people renamed it so {times} times", times)
        for old, (times, new) in best.items()
    ]


def ordered(found: Sequence[Suggestion]) -> list[Suggestion]:
    """Those with the most reviews behind them first; of each tag one."""
    first: dict[str, Suggestion] = {}
    for one in sorted(found, key=lambda one: (-one.weight, one.tag)):
        first.setdefault(one.tag, one)
    return list(first.values())
