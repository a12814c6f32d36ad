"""Files of the media library, on their way to the write thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future

from device import ids
from device.assets import Asset, Call, Called, Edit, Edited, Extra, Filed, Overwrite, Unfiled
from device.errors import StoreError
from device.pipeline import Pipeline
from device.reviewing import Words
from device.types import Outcome

_PATIENCE = 5.0  # seconds until the write thread takes it


class Cabinet:
    """Any thread. All raise `StoreError` when it cannot be taken now.

    An outcome comes when it is durable, with the answer that the change names.
    """

    def __init__(self, pipeline: Pipeline, words: Words) -> None:
        self._pipeline = pipeline
        self._words = words
        self.wake: Callable[[], None] = lambda: None
        """Called when somebody may have to be called. The write thread's."""

    def file(
        self,
        asset: Asset,
        asked: bytes,
        *,
        known: bool,
        extra: Extra,
        overwrite: Overwrite | None,
        administrator: bool,
        calls: Sequence[Call] = (),
    ) -> Future[Outcome]:
        """Make a file of a stored picture; see `Filed`."""
        told = known, extra, overwrite, administrator, tuple(calls)
        return self._put(Filed(ids.new_id(), asset, asked, self._words()[0], *told))

    def edit(self, by: str, uids: Sequence[str], edit: Edit) -> Future[Outcome]:
        """Change files; see `Edited`."""
        return self._put(Edited(ids.new_id(), by, tuple(uids), edit, self._words()[0]))

    def unfile(self, by: str, uids: Sequence[str], *, administrator: bool) -> Future[Outcome]:
        """Have files go; see `Unfiled`."""
        return self._put(Unfiled(ids.new_id(), by, tuple(uids), administrator))

    def called(self, uids: Sequence[str]) -> Future[Outcome]:
        """Forget calls that were made; see `Called`."""
        return self._put(Called(ids.new_id(), tuple(uids)))

    def _put(self, change: Filed | Edited | Unfiled | Called) -> Future[Outcome]:
        future = self._pipeline.hand_over(change, _PATIENCE, self._unsaved)
        if isinstance(change, (Filed, Edited)):
            future.add_done_callback(lambda _: self.wake())
        return future

    def _unsaved(self) -> StoreError:
        why = self._pipeline.write.problem or "the disk is slow"
        return StoreError(f"this cannot be saved now: {why}")
