"""What was stored under an old name, and what it is called today. Pure.

Pictures keep the words that they were told with. A word that the owner renamed, or merged into
another, is therefore searched by all its names.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from device.search_query import Query
from device.search_query.tree import And, Has, Node, Not, Or, Word
from device.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Naming:
    """Old names and new ones, in their plain form."""

    now: Mapping[str, str] = field(default_factory=dict)  # from the old name to the new one
    unsaid: Collection[str] = ()  # not to be offered any more

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> Naming:
        """That of a vocabulary."""
        return cls(vocabulary.renamed, vocabulary.unsaid)

    def today(self, name: str) -> str:
        """What a stored name is called now."""
        return self.now.get(name, name)

    def same(self, name: str) -> list[str]:
        """Every name of the word that has this one, today's first."""
        today = self.today(name)
        return [today, *(old for old, new in self.now.items() if new == today != old)]

    def offers(self, name: str) -> bool:
        """Whether a name, old or new, is to be offered as a completion."""
        return self.today(name) not in self.unsaid

    def meant(self, query: Query) -> Query:
        """The query, with every name of the words that it names."""
        return Query(self._meant(query.node)) if self.now else query

    def _meant(self, node: Node) -> Node:
        if isinstance(node, (And, Or)):
            return replace(node, nodes=tuple(self._meant(one) for one in node.nodes))
        if isinstance(node, Not):
            return Not(self._meant(node.node))
        if isinstance(node, Has):
            also = {other: None for word in node.words for other in self._others(word)}
            return Has((*node.words, *(Word(name, exact=True) for name in also)))
        return node

    def _others(self, word: Word) -> list[str]:
        """The further names of all words that one of a query means."""
        if word.exact:
            return [name for name in self.same(word.text) if name != word.text]
        inside = f" {word.text} "
        names = {*self.now, *self.now.values()}
        return [x for name in names if inside in f" {name} " for x in self.same(name)]
