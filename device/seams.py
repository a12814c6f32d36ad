"""The three seams of the house, and what a part may say or be asked beside them, as Protocols."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, Protocol, runtime_checkable

from device.types import (
    Event,
    FileKey,
    Frame,
    HealthChange,
    Limits,
    Outcome,
    Picture,
    Tag,
    TaggerInfo,
)


class Source(Protocol):
    """Where frames come from. Iterating blocks until the next frame, and ends when exhausted."""

    name: str
    live: bool  # True: the newest frame wins; False: every frame counts
    stream: bool  # True: frames follow so closely that things can be followed through them

    def __iter__(self) -> Iterator[Frame]:
        """Yield frames. A `SourceError` says that another try is worth while."""
        ...

    def close(self) -> None:
        """End the iteration. From any thread, at any time, twice if you like."""
        ...


@runtime_checkable
class Attentive(Protocol):
    """A source that saves work while nothing happens."""

    def attend(self, alert: bool) -> None:
        """True: every frame is wanted, and the better picture where there is one. Any thread."""
        ...


@runtime_checkable
class Improving(Attentive, Protocol):
    """One whose frames then carry a better picture, sooner or later."""

    better: bool  # False: as it is set up they never do


@runtime_checkable
class OnDemand(Protocol):
    """A source that can take a picture at once instead of at its time."""

    def ask(self) -> None:
        """Take the next picture now. Any thread."""
        ...


class Gate(Protocol):
    """What decides in the capture thread which frames of a stream are worth a look."""

    def consider(self, frame: Frame) -> Frame | None:
        """The frame with its `look`, or None: nothing to see. In the capture thread."""
        ...

    @property
    def alert(self) -> bool:
        """Whether the source should give all it has: something moves, or a picture is wanted."""
        ...

    def heed(self, open_visits: int, moving: bool) -> None:
        """What the last look found: visits still open, and whether any of them moves. Any thread"""
        ...

    def ask(self) -> None:
        """Let the next frame pass, with `asked` as its reason. Any thread."""
        ...

    def changes(self) -> list[HealthChange]:
        """What the camera began or ceased to suffer from since the last call. Any thread."""
        ...

    def status(self) -> dict[str, Any]:
        """For health: small and fit for JSON. Any thread."""
        ...


class Tagger(Protocol):
    """A model with its decoder. NOT thread-safe: it lives and dies in one thread."""

    info: TaggerInfo

    def tag(self, picture: Picture) -> list[Tag]:
        """Best first; copies, never views of a model's memory."""
        ...

    def close(self) -> None: ...


class Sink(Protocol):
    """Where events go."""

    name: str

    def send(self, events: Sequence[Event]) -> None:
        """Deliver in order. Returning means delivered; raising means: try again later.

        Called with no events when there is nothing to tell, so that a sink can keep its
        connection ready; it raises `SinkError` while it has none.
        """
        ...

    def close(self) -> None: ...


@runtime_checkable
class Reporting(Protocol):
    """A sink or source that has more to say for health."""

    def status(self) -> dict[str, Any]:
        """Small and fit for JSON; nothing secret. Any thread."""
        ...


class Present(Protocol):
    """A tag that is there now."""

    @property
    def confidence(self) -> float:
        """0..1, the highest of its open visits."""
        ...

    @property
    def since(self) -> float:
        """UTC, when the oldest of them began."""
        ...

    @property
    def zones(self) -> Sequence[str]: ...
    @property
    def count(self) -> int:
        """Visits open at once."""
        ...


class Now(Protocol):
    """What is now, for topics that stand for it. Any thread, often: cheap but for `health`."""

    def sources(self) -> Mapping[str, bool]:
        """By name, whether it is enabled."""
        ...

    def present(self) -> Mapping[str, Mapping[str, Present]]:
        """By source and tag; what is not there is left out."""
        ...

    def announced(self, source: str) -> Collection[str]:
        """The tags of which also is told that they are absent."""
        ...

    def known(self, tag: str) -> bool:
        """Whether anything still has this tag: all that had it may have been erased."""
        ...

    def erasures(self) -> int:
        """How often something was erased: only then may `known` have changed to False."""
        ...

    def picture(self, source: str) -> tuple[str, bytes] | None:
        """Id and JPEG, after the privacy step, of the newest picture that may be told.

        None: there is none any more, and whatever was told before is to be taken back.
        """
        ...

    def health(self) -> dict[str, Any]:
        """As `GET /api/v1/health` answers it."""
        ...


class Commands(Protocol):
    """What others may ask of a running appliance. Any thread; refusals are `TagdError`s."""

    def enable(self, name: str, enabled: bool) -> None:
        """Open or close a source; remembered over a restart."""
        ...

    def capture(self, name: str) -> Future[Outcome]:
        """Take and tag one picture now."""
        ...

    def tag(self, data: bytes, limits: Limits | None) -> Future[Outcome]:
        """Tag an encoded picture as an upload. Raises `Busy` when too many wait."""
        ...

    def ingest(self, name: str, data: bytes) -> bool:
        """Hand an encoded picture to a source that takes them; False: it is full."""
        ...


@runtime_checkable
class Listening(Protocol):
    """A sink that also takes commands, and tells what is now beside what has happened."""

    def listen(self, commands: Commands, now: Now, wake: Callable[[], None]) -> None:
        """Once, before the first `send`; `wake` has `send` called at once, from any thread."""
        ...


class Ledger(Protocol):
    """What a source may ask about the files it has handed over before. Any thread."""

    def seen_file(self, source: str, key: FileKey) -> bool:
        """Was exactly this file (place, size, time) settled before: tagged or refused?"""
        ...

    def seen_content(self, source: str, sha256: bytes) -> bool:
        """Is there a picture of this source with this content?"""
        ...
