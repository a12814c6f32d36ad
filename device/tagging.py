"""A frame through decoder, taggers and vocabulary: the one path of daemon, upload and command."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from device import clock
from device.by_hand import with_words
from device.hearing import Heard, Rule, Said, agree, hear
from device.images import DecodedPicture
from device.keeping import WHOLE, Keeping
from device.latency import Times
from device.limits import narrowed
from device.merge import Found, merged, placed
from device.polygon import Corners
from device.regions import Part, in_parts, regions
from device.results import Origin, Tagged
from device.seams import Tagger
from device.types import Frame, Limits, Picture, Tag, TaggerInfo
from device.vocabulary import Vocabulary

_SMOOTH = 0.1  # weight of the newest time in the running mean shown in health
_SAME_MOMENT = 0.2  # s, in which a walker gets on by 0.3 m


@dataclass(frozen=True, slots=True)
class Looked:
    """One look: the frame, its picture, and what is said of it. Not to be kept for long."""

    frame: Frame
    picture: DecodedPicture
    said: Said


class Tagging:
    """Lives in one thread, with its taggers."""

    def __init__(
        self,
        taggers: Sequence[Tagger],
        vocabulary: Vocabulary,
        *,
        rules: Mapping[str, Rule] | None = None,
        sources: Mapping[str, Limits] | None = None,
        thumbnail_side: int = 0,
        keep_original: bool = False,
        finders: Collection[str] = (),
        privacy: Mapping[str, Sequence[Corners]] | None = None,
    ) -> None:
        """`rules`: by tagger, how its labels are taken; `sources`: what limits them at a source.

        `thumbnail_side`: about the longer side of the kept thumbnail in pixels; 0: none.
        `finders`: taggers whose tags have boxes: at a look they also search parts of the picture.
        `privacy`: by source, polygons that are black before anything here sees the picture.
        """
        self._taggers = taggers
        self._rules = rules or {}
        self._sources = sources or {}
        self.vocabulary = vocabulary  # another may be put here from any thread: a look takes one
        self._finders = finders
        self._keeping = Keeping(thumbnail_side, keep_original, privacy or {})
        # Three quarters of it: the shorter side of the thumbnail of a 4:3 picture.
        sides = [max(tagger.info.input_size) for tagger in taggers]
        side = max(thumbnail_side * 3 // 4, *sides)
        self._size = (side, side)
        self.milliseconds: dict[str, float] = {}  # by tagger, a running mean
        self.times = {tagger.info.name: Times() for tagger in taggers}

    @property
    def infos(self) -> list[TaggerInfo]:
        """What the taggers are made of."""
        return [tagger.info for tagger in self._taggers]

    def settle(self, frame: Frame) -> Tagged:
        """The frame with its tags, ready to be stored. Raises as `look` does."""
        return self.keep(self.look(frame))

    def look(self, frame: Frame) -> Looked:
        """What is to be said of the frame.

        Raises `PictureError` for a picture that cannot be read, `ModelError` for a model that
        fails on it.
        """
        # A part of the picture may be all that a model is shown: then no pixel is to spare.
        size = WHOLE if self._finders and frame.look and in_parts(frame.look) else self._size
        picture = self._keeping.decode(frame, size)
        vocabulary = self.vocabulary
        return Looked(frame, picture, agree(vocabulary, self._hear(vocabulary, picture, frame)))

    def keep(self, looked: Looked) -> Tagged:
        """The looked at picture, ready to be stored."""
        frame, said = looked.frame, with_words(looked.said, looked.frame.words, self.vocabulary)
        kept = self._keeping.keep(frame, looked.picture)
        return Tagged(
            origin=Origin.of(frame),
            tagged_at=clock.now(),
            width=kept.width,
            height=kept.height,
            format=kept.format,
            tags=said.tags,
            implied=said.implied,
            alternatives=said.alternatives,
            thumbnail=kept.thumbnail,
            original=kept.original,
        )

    def explain(self, frame: Frame) -> tuple[Said, list[Heard]]:
        """What is said of a frame, and what each tagger gave to it. Raises as `settle` does."""
        vocabulary = self.vocabulary
        heard = self._hear(vocabulary, self._keeping.decode(frame, self._size), frame)
        return agree(vocabulary, heard), heard

    def close(self) -> None:
        """Give the models' memory back."""
        for tagger in self._taggers:
            tagger.close()

    def _hear(self, vocabulary: Vocabulary, picture: Picture, frame: Frame) -> list[Heard]:
        """What each tagger that is asked says, in the owner's words."""
        heard = []
        limits = [x for x in (self._sources.get(frame.source), frame.limits) if x is not None]
        wanted = next((x.taggers for x in reversed(limits) if x.taggers is not None), None)
        for tagger in self._taggers:
            name = tagger.info.name
            if wanted is not None and name not in wanted:
                continue
            labels = self._labels(tagger, picture, frame)
            own = [x.by_tagger[name] for x in limits if name in x.by_tagger]
            rule = reduce(narrowed, [*limits, *own], self._rules.get(name, Rule()))
            heard.append(hear(vocabulary, labels, rule))
        return heard

    def _labels(self, tagger: Tagger, picture: Picture, frame: Frame) -> list[Tag]:
        """What a tagger says; one that finds things is shown more than the whole at a look.

        Parts are taken from the better picture where that shows the same moment: of things 60 to
        130 pixels tall in 1920 x 1080, 9 of 12 were found there and none in 640 x 360.
        """
        labels = self._run(tagger, picture)
        if frame.look is None or tagger.info.name not in self._finders:
            return labels
        size, side = (picture.width, picture.height), max(tagger.info.input_size)
        closer = frame.better if frame.better_off <= _SAME_MOMENT else None
        if closer is None or isinstance(closer, bytes) or closer.width <= picture.width:
            closer = None
        else:
            size = closer.width, closer.height
        parts = regions(frame.look, labels, size, side)
        if parts and closer is not None:
            picture = self._keeping.decode(replace(frame, data=closer), WHOLE)
        found = [Found(tag, 0) for tag in labels]
        for number, part in enumerate(parts, 1):
            inner = self._run(tagger, Part(picture, part))
            found += [placed(tag, part, number) for tag in inner]
        return merged(found) if parts else labels

    def _run(self, tagger: Tagger, picture: Picture) -> list[Tag]:
        start = time.monotonic()
        labels = tagger.tag(picture)
        self._note(tagger.info.name, (time.monotonic() - start) * 1000)
        return labels

    def _note(self, name: str, milliseconds: float) -> None:
        known = self.milliseconds.get(name, milliseconds)
        self.milliseconds[name] = known + _SMOOTH * (milliseconds - known)
        self.times[name].note(milliseconds / 1000)
