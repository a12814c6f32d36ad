"""Implementations by name: "module:attribute", imported only when chosen.

So a device without a camera library still starts with a folder source. Other packages join by
entry points in the groups `tagd.sources`, `tagd.taggers` and `tagd.sinks`.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any
from urllib.parse import SplitResult

SOURCES = {
    "folder": "device.sources.folder:from_url",
    "http": "device.sources.http:from_url",
    "https": "device.sources.http:from_url",
    "mqtt-ingest": "device.sources.ingest:from_url",
    "demo": "device.sources.demo:from_url",
    "fake": "device.sources.fake:from_url",
    "rtsp": "device.sources.video:from_url",
    "rtsps": "device.sources.video:from_url",
    "rtmp": "device.sources.video:from_url",
    "rtmps": "device.sources.video:from_url",
    "hls": "device.sources.video:from_url",
    "file": "device.sources.video:from_url",
    "v4l2": "device.sources.video:from_url",
    "picamera": "device.sources.picamera:from_url",
}
TAGGERS = {
    "model": "device.inference.tagger:ModelTagger",
    "fake": "device.inference.fake:FakeTagger",
}
RUNTIMES = {
    "litert": "device.inference.tflite:litert",
    "tflite-runtime": "device.inference.tflite:tflite_runtime",
    "tensorflow": "device.inference.tflite:tensorflow",
    "onnx": "device.inference.onnx:onnxruntime",
}
SINKS = {
    "mqtt": "device.sinks.mqtt:MqttSink",
    "webhook": "device.sinks.webhook:WebhookSink",
    "json_lines": "device.sinks.jsonl:JsonLinesSink",
}


def source_kind(parts: SplitResult) -> str:
    """The name in `SOURCES` of what a URL leads to: its scheme, or `hls` for a playlist."""
    if parts.scheme in ("http", "https") and parts.path.lower().endswith(".m3u8"):
        return "hls"
    return parts.scheme


def names(group: str, table: dict[str, str]) -> list[str]:
    """Every name that can be chosen, ours first."""
    return [*table, *(entry.name for entry in entry_points(group=group) if entry.name not in table)]


def load(group: str, table: dict[str, str], name: str) -> Callable[..., Any]:
    """The factory behind a name. Raises KeyError for an unknown one."""
    target = table.get(name)
    if target is not None:
        module, _, attribute = target.partition(":")
        factory: Callable[..., Any] = getattr(import_module(module), attribute)
        return factory
    for entry in entry_points(group=group, name=name):
        loaded: Callable[..., Any] = entry.load()
        return loaded
    raise KeyError(name)
