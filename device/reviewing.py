"""What people say of pictures, on its way to the write thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future

from device import hearing, ids
from device.errors import StoreError
from device.hearing import Rule
from device.pipeline import Pipeline
from device.results import Reviewed, Unreviewed
from device.review import Judgement
from device.types import Outcome
from device.vocabulary import Vocabulary

_PATIENCE = 5.0  # seconds until the write thread takes it

Words = Callable[[], tuple[Vocabulary, Mapping[str, Rule]]]
"""The vocabulary, and by tagger the rule, that hold now."""


class Reviewing:
    """Any thread. The answer of an outcome is a `Done` for each picture."""

    def __init__(self, pipeline: Pipeline, words: Words) -> None:
        self._pipeline = pipeline
        self._words = words

    def review(
        self,
        by: str,
        pictures: Sequence[str],
        judgements: Sequence[Judgement],
        version: int | None = None,
        key: str | None = None,
    ) -> Future[Outcome]:
        """Say the same of these pictures; the outcome comes when it is durable.

        Raises `StoreError` when it cannot be taken now.
        """
        words, _ = self._words()
        said = tuple(pictures), tuple(judgements)
        return self._put(Reviewed(ids.new_id(), by, *said, words, version, key))

    def undo(self, by: str, review: str) -> Future[Outcome]:
        """Take a review back. Raises as above."""
        return self._put(Unreviewed(ids.new_id(), by, review))

    def floor(self) -> Callable[[str, str], float]:
        """From which confidence on a tag is said, by its name and tagger, as of now."""
        words, rules = self._words()

        def of(name: str, tagger: str) -> float:
            rule = rules.get(tagger.partition("+")[0], Rule(floor=0.5))
            return hearing.floor_of(words, name, rule)

        return of

    def _put(self, change: Reviewed | Unreviewed) -> Future[Outcome]:
        return self._pipeline.hand_over(change, _PATIENCE, self._unsaved)

    def _unsaved(self) -> StoreError:
        why = self._pipeline.write.problem or "the disk is slow"
        return StoreError(f"the review cannot be saved now: {why}")
