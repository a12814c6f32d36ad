"""What is to be said at most: of a tagger, at a source, in one request. Pure.

The nearest that speaks of a word decides: the request, then the source, then the tagger, then the
config as a whole, then the word's own floor, then the model's. A number speaks of every word, but
does not undercut the floor that the vocabulary gives a word; a word's own number does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from device.hearing import Rule
from device.types import Limits

Wanted = float | Mapping[str, float] | None
"""As in the config: one number for all, or one for each word."""


def limits(
    wanted: Wanted, max_tags: int | None = None, taggers: tuple[str, ...] | None = None
) -> Limits:
    """The limits that a section of the config speaks of."""
    if isinstance(wanted, Mapping):
        return Limits(by_tag=dict(wanted), max_tags=max_tags, taggers=taggers)
    return Limits(min_confidence=wanted, max_tags=max_tags, taggers=taggers)


def narrowed(rule: Rule, nearer: Limits) -> Rule:
    """The rule where these limits come nearer than what it has so far."""
    if nearer.min_confidence is not None:
        number = nearer.min_confidence
        rule = replace(rule, floor=number, least=number, by_word={})
    if nearer.by_tag:
        rule = replace(rule, by_word={**rule.by_word, **nearer.by_tag})
    return rule if nearer.max_tags is None else replace(rule, max_tags=nearer.max_tags)
