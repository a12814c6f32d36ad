"""How each source is: is it on, does it give pictures, what does it suffer from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from device.config import UPLOAD, Source
from device.config_compat import COMPAT_SOURCES
from device.pipeline import Pipeline
from device.redact import redact
from device.seams import Reporting
from device.stages.captured import Captured

State = Literal["running", "connecting", "error", "disabled", "ended"]


class SourceHealth:
    """`look()` from any thread; nothing in it is secret."""

    def __init__(self, sources: Sequence[Source], pipeline: Pipeline) -> None:
        self._sources = sources
        self._pipeline = pipeline

    def look(self) -> list[dict[str, Any]]:
        """One object a source of the config, in its order: `GET /api/v1/sources`."""
        return [self._look(source, self._pipeline.captures[source.name]) for source in self._there]

    def sent(self) -> list[dict[str, Any]]:
        """What is sent over HTTP, for health: uploads, and each drop-in API that was used."""
        infer = self._pipeline.infer
        used = [name for name in COMPAT_SOURCES if infer.tagged[name] or infer.refused[name]]
        sent = {"url": None, "live": False, "alive": True, "error": None}
        waiting = {"queued": 0, "dropped": 0}  # they wait in the lane of uploads
        return [
            {"name": UPLOAD, **sent, **self._counts(UPLOAD)},
            *({"name": name, **sent, **self._results(name), **waiting} for name in used),
        ]

    @property
    def _there(self) -> list[Source]:
        return [source for source in self._sources if source.name in self._pipeline.captures]

    def _look(self, wanted: Source, captured: Captured) -> dict[str, Any]:
        source, gate, age = captured.source, captured.gate, captured.frames.age
        pulse = captured.worker.pulse()
        error = _error(captured, pulse.error)
        said: dict[str, Any] = source.status() if isinstance(source, Reporting) else {}
        watched = gate.status() if gate is not None else {}
        return {
            "name": wanted.name,
            "url": redact(wanted.url),
            "live": captured.live,
            "alive": pulse.alive,
            "error": redact(error) if error else None,
            **self._counts(wanted.name),
            "enabled": captured.enabled,
            "state": _state(captured),
            "mode": wanted.mode or ("every" if gate is None else "visits"),
            "fps": round(captured.frames.value, 2),
            "last_frame_age_s": None if age is None else round(age, 1),
            "reconnects": said.get("reconnects", pulse.failed),
            "decode_errors": said.get("decode_errors", 0),
            "states": watched.get("states", []),
            "picture": captured.newest is not None,
            "source": said,
            "watch": watched,
        }

    def _counts(self, lane: str) -> dict[str, int]:
        return {
            **self._results(lane),
            "queued": self._pipeline.mailbox.depth(lane),
            "dropped": self._pipeline.mailbox.dropped(lane),
        }

    def _results(self, name: str) -> dict[str, int]:
        infer = self._pipeline.infer
        return {"done": infer.tagged[name], "failed": infer.refused[name]}


def _error(captured: Captured, error: str | None) -> str | None:
    if captured.left_behind:
        return "it hung when it was switched off, and was left behind"
    return error if captured.enabled else None


def _state(captured: Captured) -> State:
    if not captured.enabled:
        return "disabled"
    worker = captured.worker
    if worker.error is not None:
        return "error"
    if not worker.is_alive():
        return "ended" if worker.ident is not None else "connecting"
    if captured.source is None or (captured.live and not worker.done):
        return "connecting"
    return "running"
