"""Where the drop-in APIs have pictures tagged: in turn, stored or only looked at."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

from device import clock, ids, images
from device.control import Control
from device.errors import Busy, PictureError, StoreFull
from device.results import Tagged
from device.types import Frame, Limits, Outcome, PictureRef, Pixels, Tag
from device.web import answers
from device.web.compat.room import Room

_AT_ONCE = 4  # pictures of all these APIs that are on their way to be tagged
_PATIENCE = 25.0  # seconds for a turn; clients give up after 60
_ROOM = 64 * 1024**2  # bytes of requests in memory, on a machine that may have 512 MB
_ENOUGH = (640, 480)  # pixels: what `colours` judges


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture with what is said of it."""

    width: int  # pixels, upright
    height: int
    format: str
    tags: tuple[Tag, ...]  # without those that a person rejected
    picture: PictureRef | None  # as it is stored; None: it was only looked at
    known: bool = False  # stored before, with the same content
    implied: tuple[tuple[str, float], ...] = ()  # words above the tags, of what is not stored


class Desk:
    """Used in the web's event loop."""

    def __init__(
        self, control: Control, problem: Callable[[], str | None], taggers: tuple[str, ...]
    ) -> None:
        """`problem` says why nothing can be stored now; `taggers` are those of the config."""
        self._control = control
        self._problem = problem
        self.taggers = taggers
        self.room = Room(_ROOM)
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._decoding = asyncio.Semaphore(1)  # 40 million pixels take 120 MB until reduced

    async def tag(
        self,
        data: bytes,
        source: str,
        limits: Limits | None = None,
        *,
        store: bool,
        name: str | None = None,
        words: tuple[str, ...] = (),
    ) -> Seen:
        """Have one encoded picture tagged; what is stored is durable on return.

        `source` is one of `COMPAT_SOURCES`; `words` are what a person says of the picture.
        Raises `PictureError` for a picture that is refused, `Busy` where its turn does not come
        in time, `StoreFull` where it cannot be stored, `Closed` at the end of the program.
        """
        if store and (trouble := self._problem()) is not None:
            raise StoreFull(trouble)
        work = self._control.tag if store else self._control.look_at
        hand_in = partial(work, data, limits, name, words, source=source)
        deadline = time.monotonic() + _PATIENCE
        try:
            await asyncio.wait_for(self._turns.acquire(), _PATIENCE)
        except asyncio.TimeoutError:
            raise _busy() from None
        try:
            future = await self._handed_in(hand_in, deadline)
            if store:
                picture, known = await answers.stored(future, self._problem)
                size = picture.width, picture.height
                return Seen(*size, picture.format, _believed(picture), picture, known)
            return _looked(await answers.settled(future, lambda: None, "it is not tagged yet"))
        finally:
            self._turns.release()

    async def pixels(self, data: bytes, source: str) -> Pixels:
        """Of one encoded picture, for what is said of it beside its tags, such as its colours.

        Height x width x 3, upright, read-only, reduced to 640 x 480 or a little more. Raises
        `PictureError`.
        """
        frame = Frame(ids.new_id(), source, clock.now(), data)
        async with self._decoding:
            return (await asyncio.to_thread(images.decode, frame, _ENOUGH)).pixels

    async def _handed_in(
        self, hand_in: Callable[[], Future[Outcome]], deadline: float
    ) -> Future[Outcome]:
        """Other uploads may fill the lane: then again, until the deadline."""
        while True:
            try:
                return await asyncio.to_thread(hand_in)
            except Busy:
                if time.monotonic() > deadline:
                    raise
            await asyncio.sleep(0.05)


def _believed(picture: PictureRef) -> tuple[Tag, ...]:
    """Of a picture that was known, people may have rejected some tags."""
    states = picture.states or ("proposed",) * len(picture.tags)
    return tuple(tag for tag, state in zip(picture.tags, states, strict=True)
                 if state != "rejected")  # fmt: skip


def _looked(outcome: Outcome) -> Seen:
    tagged = outcome.answer
    if not isinstance(tagged, Tagged):
        raise PictureError(outcome.error or "the picture was refused")
    seen = tagged.width, tagged.height, tagged.format, tagged.tags
    return Seen(*seen, None, implied=tagged.implied)


def _busy() -> Busy:
    return Busy("too many pictures wait to be tagged; come back soon", retry_after=2.0)
