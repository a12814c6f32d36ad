"""From the config to its words: the owner's file, and who of the taggers says what."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from device.config import Config
from device.hearing import Rule
from device.inference.card import Card
from device.lexicon import Lexicon, Speaker
from device.wordbook import FILE_NAME, Wordbook


def wordbook(wanted: Config, cards: Mapping[str, Card]) -> Wordbook:
    """The words of a config whose models have these cards. Raises as `Wordbook` does."""
    own = wanted.vocabulary
    path = own.file or wanted.data_dir / FILE_NAME
    if len(cards) < len(wanted.taggers):
        return Wordbook(path, own)  # nobody knows all labels of a made-up tagger
    return Wordbook(path, own, [label for card in cards.values() for label in card.labels])


def lexicon(book: Wordbook, cards: Mapping[str, Card], rule: Callable[[str], Rule]) -> Lexicon:
    """All words, by taggers whose models have these cards; `rule` says how each is taken."""
    speakers = [Speaker(name, rule(name), card.spec, card.labels) for name, card in cards.items()]
    return Lexicon(book, speakers)
