"""From a request's topic and payload to the appliance's commands, and from their outcome to JSON.

Whoever names a response topic (MQTT 5) gets the picture with its tags, or why there is none:

    {"error": "this is no picture", "retry_after": null}
"""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from functools import partial

from device import wire
from device.errors import Busy, PictureError, SourceError, TagdError
from device.seams import Commands
from device.sinks.mqtt_client import Message
from device.sinks.mqtt_inbound import Request
from device.sinks.mqtt_topics import Topics
from device.types import Outcome

_NAME = re.compile(r"[a-z0-9_-]{1,64}")
_SWITCH = {b"ON": True, b"OFF": False}
_BUSY = 1.0  # seconds; then there may be room


class Obey:
    """Called with each `Request`, in one thread. Raises `TagdError` for what cannot be done."""

    def __init__(
        self,
        commands: Commands,
        topics: Topics,
        max_payload: int,
        answer: Callable[[Message], None],
    ) -> None:
        """`max_payload` is in bytes; `answer` is called from any thread and never waits."""
        self._commands = commands
        self._topics = topics
        self._max_payload = max_payload
        self._answer = answer

    def __call__(self, request: Request) -> None:
        if request.answer_to is not None and not self._topics.may_answer_to(request.answer_to):
            raise TagdError("nothing can be answered on this response topic")
        try:
            self._obey(request)
        except TagdError as error:
            self._say(request, _error(error))
            raise

    def _obey(self, request: Request) -> None:
        if len(request.payload) > self._max_payload:
            size = len(request.payload)
            raise PictureError(f"{size} bytes are more than mqtt.max_payload_mb allows")
        match request.path:
            case ("command", "sources", name, "enabled"):
                self._enable(_named(name), request)
            case ("command", "sources", name, "capture"):
                self._follow(self._commands.capture(_named(name)), request)
            case ("command", "tag"):
                self._follow(self._commands.tag(_picture(request), None), request)
            case ("ingest", name):
                self._ingest(_named(name), request)
            case _:
                raise TagdError("there is no such command")

    def _enable(self, name: str, request: Request) -> None:
        enabled = _SWITCH.get(request.payload.strip().upper())
        if enabled is None:
            raise TagdError("write ON or OFF")
        self._commands.enable(name, enabled)
        self._say(request, wire.dumps({"source": name, "enabled": enabled}))

    def _ingest(self, name: str, request: Request) -> None:
        if not self._commands.ingest(name, _picture(request)):
            raise Busy(f"source {name} has too many pictures waiting", _BUSY)

    def _follow(self, future: Future[Outcome], request: Request) -> None:
        if request.answer_to is not None:
            future.add_done_callback(partial(self._settled, request))

    def _settled(self, request: Request, future: Future[Outcome]) -> None:
        self._say(request, _outcome(future))

    def _say(self, request: Request, text: str) -> None:
        if request.answer_to is not None:
            payload = text.encode()
            self._answer(
                Message(request.answer_to, payload, correlation=request.correlation or b"")
            )


def _named(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise SourceError("no source has such a name: it is made of a-z, 0-9, _ and -")
    return name


def _picture(request: Request) -> bytes:
    if not request.payload:
        raise PictureError("the message is empty: send the bytes of a picture")
    return request.payload


def _outcome(future: Future[Outcome]) -> str:
    try:
        outcome = future.result()
    except CancelledError:
        return wire.dumps({"error": "it was given up", "retry_after": None})
    except Exception as error:  # noqa: BLE001 - whoever waits is told
        return _error(error)
    if outcome.picture is None:
        return wire.dumps({"error": outcome.error or "unknown", "retry_after": None})
    return wire.picture_json(outcome.picture)


def _error(error: Exception) -> str:
    told = str(error) if isinstance(error, TagdError) else "it failed; the log says why"
    retry = error.retry_after if isinstance(error, Busy) else None
    return wire.dumps({"error": told, "retry_after": retry})
