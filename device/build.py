"""From the config to the parts: models, taggers, sources, sinks. Imports only what is chosen."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from device import config, formats, registry, shipped, vocabulary_file
from device.config import Config, Mqtt
from device.config_store import size_bytes
from device.errors import ConfigError, ModelError, NoAccelerator, NoRuntime
from device.hearing import Rule
from device.inference.card import Card, load_card
from device.inference.engines import Engines
from device.inference.fit import require_fit
from device.inference.heads import ScoresHead
from device.inference.tflite_file import inspect
from device.limits import limits, narrowed
from device.seams import Ledger, Sink, Source, Tagger
from device.store.chores import Chores
from device.store.reader import Reader
from device.store.retention import Rules
from device.store.upkeep import Upkeep
from device.store.writer import Store
from device.tagging import Tagging
from device.types import FileKey
from device.vocabulary import Vocabulary

log = logging.getLogger(__name__)

OnRefused = Callable[[str, str, FileKey | None], None]
"""Name for people, reason, and what the file looked like."""

FAKE = "fake"
"""As `model`: the tagger that needs none."""

FLOORS = {"classification": 0.5, "detection": 0.4}
"""Confidence below which nothing is said, where neither config nor vocabulary names one.

Summed up to plain words a classification is right in 95 % from 0.5 upwards; on an empty road the
detector sees a person at up to 0.34."""

_FAINT = 0.002  # a class less sure than this adds nothing to a word worth saying
_FAINT_THING = 0.15  # a box less sure than this is not even kept for a review
_MOST_CLASSES = 50
_MOST_THINGS = 100


def model_folders(data_dir: Path) -> dict[str, Path]:
    """Every model folder by its name; the owner's win over those that came with tagd."""
    found: dict[str, Path] = {}
    for place in (shipped.models_folder(), data_dir / "models"):
        found.update({card.parent.name: card.parent for card in sorted(place.glob("*/card.yaml"))})
    return found


def find_model(data_dir: Path, name: str) -> Card:
    """The model of that name, or in that folder if there is a slash; whole, and as its card says.

    Raises `ModelError`. The model is not run.
    """
    if "/" in name:
        return _fitting(load_card(Path(name)))
    folders = model_folders(data_dir)
    if name not in folders:
        raise ModelError(f"no model is called {name}; there are {', '.join(folders) or 'none'}")
    return _fitting(load_card(folders[name]))


def _fitting(card: Card) -> Card:
    file = inspect(card.model)
    require_fit(card, file.inputs, file.outputs)
    return card


def engines(wanted: Config) -> Engines:
    """The runtime and the accelerator of a config. Raises `NoRuntime`, `NoAccelerator`."""
    return Engines(wanted.inference, wanted.data_dir / "cache")


class Models:
    """The checked models of a config and what runs them: found before any thread starts."""

    def __init__(self, wanted: Config) -> None:
        """Raises `ConfigError` with all that the config names and that is missing or broken.

        Where no runtime is named and none is installed: `NoRuntime`.
        """
        self._config = wanted
        self._cards: dict[str, Card] = {}
        self.engines: Engines | None = None  # None: there is no model to run
        problems: list[str] = []
        real = {name: one.model for name, one in wanted.taggers.items() if one.model != FAKE}
        try:
            self.engines = engines(wanted) if real else None
        except (NoRuntime, NoAccelerator) as error:
            if (wanted.inference.runtime, wanted.inference.accelerator) == ("auto", "none"):
                raise  # the installation is at fault, not the config
            problems.append(f"inference: {error}")
        for name, model in real.items():
            try:
                self._cards[name] = find_model(wanted.data_dir, model)
                if self.engines is not None:
                    self.engines.check(self._cards[name])
            except ModelError as error:
                problems.append(f"taggers.{name}: {error}")
        if problems:
            raise ConfigError(problems)
        self.vocabulary = self._vocabulary()

    @property
    def cards(self) -> Mapping[str, Card]:
        """By tagger, the model behind it."""
        return self._cards

    def problem(self) -> str | None:
        """What the models suffer from while they work, for health. Any thread."""
        return self.engines.problem if self.engines is not None else None

    def tagging(self) -> Tagging:
        """Load the taggers, in the thread that will use them."""
        formats.warm_up()
        taggers = [self._tagger(name) for name in self._config.taggers]
        for info in (tagger.info for tagger in taggers):
            labels = f"{info.labels} labels"
            log.info("tagger %s: %s on %s, %s", info.name, info.model, info.backend, labels)
        store = self._config.store
        return Tagging(
            taggers,
            self.vocabulary,
            rules={name: self.rule(name) for name in self._cards},
            sources={
                one.name: limits(one.min_confidence, one.max_tags, one.taggers)
                for one in self._config.sources
            },
            thumbnail_side=0 if store.pictures == "none" else store.thumbnail_side,
            keep_original=store.pictures == "full",
        )

    def rule(self, name: str) -> Rule:
        """How what this tagger says is taken."""
        card, wanted = self._cards[name], self._config.taggers[name]
        exclusive = isinstance(card.head, ScoresHead) and card.head.exclusive
        rule = Rule(floor=FLOORS[card.task], max_tags=wanted.max_tags, exclusive=exclusive)
        for nearer in (self._config.min_confidence, wanted.min_confidence):
            rule = narrowed(rule, limits(nearer))
        return rule

    def _vocabulary(self) -> Vocabulary:
        """Raises `ConfigError` with every problem of the owner's words."""
        wanted = self._config.vocabulary
        if len(self._cards) < len(self._config.taggers):
            return vocabulary_file.load(wanted)  # nobody knows all labels of a made-up tagger
        labels = [label for card in self._cards.values() for label in card.labels]
        return vocabulary_file.load(wanted, labels)

    def _faintest(self, name: str) -> float:
        """From which confidence on a label can come to anything."""
        rule = self.rule(name)
        asked = [rule.floor, *rule.by_word.values()]
        for one in self._config.sources:
            nearer = narrowed(rule, limits(one.min_confidence))
            asked += [nearer.floor, *nearer.by_word.values()]
        return min([_FAINT if rule.exclusive else _FAINT_THING, *asked])

    def _tagger(self, name: str) -> Tagger:
        if self.engines is None or name not in self._cards:
            return _made_tagger(FAKE, name)
        return _made_tagger(
            "model",
            name,
            self._cards[name],
            self.engines,
            min_confidence=self._faintest(name),
            max_tags=_MOST_CLASSES if self.rule(name).exclusive else _MOST_THINGS,
        )


def _made_tagger(kind: str, *args: str | Card | Engines, **options: object) -> Tagger:
    made: Tagger = registry.load("tagd.taggers", registry.TAGGERS, kind)(*args, **options)
    return made


def sinks(wanted: Config) -> list[Sink]:
    """The sinks that the config names."""
    made: list[Sink] = []
    if wanted.mqtt is not None:
        made.append(_mqtt(wanted.mqtt, wanted.device.id))
    if wanted.json_lines is not None:
        make = registry.load("tagd.sinks", registry.SINKS, "json_lines")
        made.append(make(wanted.json_lines.path))
    return made


def _mqtt(mqtt: Mqtt, device: str) -> Sink:
    from device.sinks.mqtt_settings import MqttSettings  # only where there is a broker

    settings = MqttSettings(
        url=mqtt.url,
        device=device,
        username=mqtt.username,
        password=mqtt.password.get_secret_value() if mqtt.password else None,
        prefix=mqtt.prefix,
        ca_file=str(mqtt.ca_file) if mqtt.ca_file else None,
    )
    made: Sink = registry.load("tagd.sinks", registry.SINKS, "mqtt")(settings)
    return made


def source(wanted: config.Source, ledger: Ledger, on_refused: OnRefused) -> Source:
    """The source behind a URL of the config; `on_refused` hears of files it cannot even read."""
    make = registry.load("tagd.sources", registry.SOURCES, wanted.parts.scheme)
    made: Source = make(wanted.name, wanted.parts, ledger=ledger, on_refused=on_refused)
    return made


def keepers(
    wanted: Config, store: Store, reader: Reader, sinks: Sequence[Sink]
) -> tuple[Upkeep, Chores]:
    """What keeps the store small and copied, as the config says."""
    keep, total = wanted.store.retention, store.room.disk.total
    names = [sink.name for sink in sinks]

    def delivered() -> int:
        return min((reader.cursor(name) for name in names), default=store.seq)

    upkeep = Upkeep(
        store,
        Rules(keep.days, keep.by_source, keep.by_tag, keep.keep == "reviewed"),
        event_days=keep.events,
        max_bytes=round(keep.max_gb * 10**9) if keep.max_gb is not None else None,
        min_free=size_bytes(keep.min_free, total) if keep.min_free is not None else None,
        delivered=delivered,
    )
    backup = wanted.store.backup
    return upkeep, Chores(wanted.data_dir, reader, upkeep, every=backup.every, keep=backup.keep)
