"""What the owner can say: one YAML file, read once into frozen objects.

Every key is here with its unit and default; `docs/configuration.md` is checked against it.
Reading, line numbers and secrets are the business of `config_file`.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, field_validator, model_validator

from device import registry
from device.config_base import Floor, MaxTags, Name, Section
from device.config_camera import Camera, Visits
from device.config_compat import COMPAT_SOURCES, Compat
from device.config_names import Named
from device.config_sinks import JsonLines, Mqtt, Outbox, Webhook
from device.config_store import Store
from device.config_web import NetworkText, RootPath, Tls, reaches_loopback
from device.redact import redact

UPLOAD = "upload"
"""The name of the lane of HTTP uploads: no source of the config may take it."""

Accelerator = Literal["none", "edgetpu", "cuda", "tensorrt"]

ACCELERATED_BY: dict[Accelerator, tuple[str, ...]] = {
    "none": ("litert", "tflite-runtime", "tensorflow"),
    "edgetpu": ("litert", "tflite-runtime"),
    "cuda": ("onnx",),
    "tensorrt": ("onnx",),
}
"""The runtimes that `runtime: auto` chooses from, the best first."""


class Device(Section):
    """Who this box is."""

    id: Name = "tagd"  # in topics and events; never change it once others listen
    name: str = "tagd"  # for people


class Source(Camera):
    """Where pictures come from."""

    name: Name
    url: str  # folder:///path
    enabled: bool = True
    taggers: tuple[str, ...] | None = None  # only these; None: all
    min_confidence: Floor = None  # nearer than the tagger's
    max_tags: MaxTags | None = None  # of each tagger

    @field_validator("url")
    @classmethod
    def _known_scheme(cls, value: str) -> str:
        known = registry.names("tagd.sources", registry.SOURCES)
        kind = registry.source_kind(urlsplit(value))
        if kind not in known:
            close = difflib.get_close_matches(kind, known, n=1)
            listed = ", ".join(f"{name}://" for name in known if name != "hls")
            hint = f"did you mean {close[0]}://?" if close else f"there are {listed}"
            raise ValueError(f"no source is called {kind or redact(value)!r}; {hint}")
        return value

    @property
    def parts(self) -> SplitResult:
        """The URL, split."""
        return urlsplit(self.url)


class Tagger(Section):
    """A model and how far it is believed."""

    model: str  # a folder under models/, or a path to one
    min_confidence: Floor = None  # None: the config's, else the kind of model's
    max_tags: MaxTags = 10  # a picture


class Inference(Section):
    """How the models run."""

    runtime: Literal["auto", "litert", "tflite-runtime", "tensorflow", "onnx"] = "auto"
    accelerator: Accelerator = "none"
    fallback: Literal["none", "cpu"] = "none"  # without the accelerator: end, or go on and say so
    threads: Annotated[int, Field(ge=1, le=64)] | Literal["auto"] = "auto"  # of the CPU

    @model_validator(mode="after")
    def _one_fits_the_other(self) -> Inference:
        able = ACCELERATED_BY[self.accelerator]
        if self.accelerator != "none" and self.runtime not in ("auto", *able):
            raise ValueError(
                f"runtime {self.runtime} cannot use {self.accelerator}; {' or '.join(able)} can"
            )
        return self

    @property
    def thread_count(self) -> int:
        """Threads of one model; `auto` leaves one core to everything else."""
        if self.threads == "auto":
            return max(1, min(4, len(os.sched_getaffinity(0)) - 1))
        return self.threads


class Vocabulary(Section):
    """The owner's words, applied to every tag before anything is stored."""

    drop: tuple[str, ...] = ()  # tags that are never said
    rename: dict[str, str] = Field(default_factory=dict)  # from the model's word to the owner's
    file: Path | None = None  # the owner's own words, over the built-in ones


class Web(Section):
    """The page and the API."""

    enabled: bool = True
    listen: str = "127.0.0.1:8080"  # host:port; only this machine unless the owner says so
    hosts: tuple[str, ...] = ()  # further names under which browsers reach the page
    max_upload_mb: Annotated[float, Field(gt=0, le=1024)] = 32  # one picture
    trust_loopback: bool = False  # whoever asks from this machine is an administrator, no login
    tls: Tls | None = None  # None: plain HTTP
    trusted_proxies: tuple[NetworkText, ...] = ()  # whose word is taken for who asks, and how
    root_path: RootPath = ""  # below which a proxy shows the page

    @field_validator("listen")
    @classmethod
    def _host_and_port(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isdecimal() or int(port) > 65535:
            raise ValueError("write it as host:port, such as 127.0.0.1:8080")
        return value

    @model_validator(mode="after")
    def _nobody_is_let_in_by_a_proxy(self) -> Web:
        if self.trust_loopback and reaches_loopback(self.trusted_proxies):
            raise ValueError(
                "trust_loopback and a trusted proxy on this machine exclude each other: everybody"
                " whom it lets in would be an administrator; take one of them away"
            )
        return self

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)


def _builtin_taggers() -> dict[str, Tagger]:
    return {"objects": Tagger(model="objects"), "scene": Tagger(model="scene", max_tags=5)}


class Config(Section):
    """The whole file."""

    device: Device = Device()
    data_dir: Path = Path("/var/lib/tagd")
    sources: Named[Source] = ()
    min_confidence: Floor = None  # for all taggers that name none
    taggers: dict[Name, Tagger] = Field(default_factory=_builtin_taggers, min_length=1)
    inference: Inference = Inference()
    vocabulary: Vocabulary = Vocabulary()
    visits: Visits = Visits()
    store: Store = Store()
    mqtt: Mqtt | None = None
    json_lines: JsonLines | None = None
    webhooks: Named[Webhook] = ()
    outbox: Outbox = Outbox()
    web: Web = Web()
    compat: Compat = Compat()

    @model_validator(mode="after")
    def _names_are_known(self) -> Config:
        for source in self.sources:
            if source.name in (UPLOAD, *COMPAT_SOURCES):
                told = f"the name {source.name!r} is taken by HTTP uploads; choose another"
                raise ValueError(f"sources: {told}")
            for tagger in source.taggers or ():
                if tagger not in self.taggers:
                    there = ", ".join(self.taggers)
                    told = f"no tagger is called {tagger!r}; there are {there}"
                    raise ValueError(f"sources: {source.name}: {told}")
        for tagger in self.compat.named_taggers:
            if tagger not in self.taggers:
                there = ", ".join(self.taggers)
                raise ValueError(f"compat: no tagger is called {tagger!r}; there are {there}")
        return self
