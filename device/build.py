"""From the config to the parts: models, taggers, sources, visits. Imports only what is chosen."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from device import build_words, config, formats, registry, shipped
from device.config import Config
from device.errors import AcceleratorAway, ConfigError, ModelError, NoAccelerator, NoRuntime
from device.hearing import Rule
from device.inbox import Inbox
from device.inference.card import Card, load_card
from device.inference.engines import Engines
from device.inference.fit import require_fit
from device.inference.heads import ScoresHead
from device.inference.tflite_file import inspect
from device.limits import limits, narrowed
from device.seams import Improving, Ledger, Source, Tagger
from device.tagging import Tagging
from device.types import FileKey
from device.visits import Visits
from device.vocabulary import Vocabulary
from device.watch import Watch

log = logging.getLogger(__name__)

OnRefused = Callable[[str, str, FileKey | None], None]
"""Name for people, reason, and what the file looked like."""

FAKE = "fake"
"""As `model`: the tagger that needs none."""

FLOORS = {"classification": 0.5, "detection": 0.4}
"""Confidence below which nothing is said, where neither config nor vocabulary names one.

Summed up to plain words a classification is right in 95 % from 0.5 upwards; on an empty road the
detector sees a person at up to 0.34."""

_INSTALL = {"av": "pip install 'tagd[video]'"}  # by the module that is missing

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

        `AcceleratorAway` where that is the accelerator alone.
        Where no runtime is named and none is installed: `NoRuntime`.
        """
        self._config = wanted
        self._cards: dict[str, Card] = {}
        self.engines: Engines | None = None  # None: there is no model to run
        problems: list[str] = []
        away = False
        real = {name: one.model for name, one in wanted.taggers.items() if one.model != FAKE}
        try:
            self.engines = engines(wanted) if real else None
        except (NoRuntime, NoAccelerator) as error:
            if (wanted.inference.runtime, wanted.inference.accelerator) == ("auto", "none"):
                raise  # the installation is at fault, not the config
            away = isinstance(error, NoAccelerator)
            problems.append(f"inference: {error}")
        for name, model in real.items():
            try:
                self._cards[name] = find_model(wanted.data_dir, model)
                if self.engines is not None:
                    self.engines.check(self._cards[name])
            except ModelError as error:
                problems.append(f"taggers.{name}: {error}")
        if problems:
            raise (AcceleratorAway if away and len(problems) == 1 else ConfigError)(problems)
        self.book = build_words.wordbook(wanted, self._cards)

    @property
    def vocabulary(self) -> Vocabulary:
        """What is in force now."""
        return self.book.now.vocabulary

    @property
    def cards(self) -> Mapping[str, Card]:
        """By tagger, the model behind it."""
        return self._cards

    def problem(self) -> str | None:
        """What models and words suffer from while they work, for health. Any thread."""
        found = [self.engines.problem if self.engines else None, self.book.problem]
        return "; ".join(one for one in found if one) or None

    def tagging(self) -> Tagging:
        """Load the taggers, in the thread that will use them."""
        formats.warm_up()
        taggers = [self._tagger(name) for name in self._config.taggers]
        for info in (tagger.info for tagger in taggers):
            labels = f"{info.labels} labels"
            log.info("tagger %s: %s on %s, %s", info.name, info.model, info.backend, labels)
        store = self._config.store
        tagging = Tagging(
            taggers,
            self.vocabulary,
            rules={name: self.rule(name) for name in self._cards},
            sources={
                one.name: limits(one.min_confidence, one.max_tags, one.taggers)
                for one in self._config.sources
            },
            thumbnail_side=0 if store.pictures == "none" else store.thumbnail_side,
            keep_original=store.pictures == "full",
            finders={name for name, card in self._cards.items() if card.task == "detection"},
            privacy={one.name: one.privacy for one in self._config.sources if one.privacy},
        )
        self.book.follow(partial(setattr, tagging, "vocabulary"))
        return tagging

    def words(self) -> tuple[Vocabulary, Mapping[str, Rule]]:
        """The vocabulary, and the rule of each tagger, for whoever judges what they say."""
        return self.vocabulary, {name: self.rule(name) for name in self._cards}

    def rule(self, name: str) -> Rule:
        """How what this tagger says is taken."""
        card, wanted = self._cards[name], self._config.taggers[name]
        exclusive = isinstance(card.head, ScoresHead) and card.head.exclusive
        rule = Rule(floor=FLOORS[card.task], max_tags=wanted.max_tags, exclusive=exclusive)
        for nearer in (self._config.min_confidence, wanted.min_confidence):
            rule = narrowed(rule, limits(nearer))
        return rule

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


def source(
    wanted: config.Source, ledger: Ledger, on_refused: OnRefused, inbox: Inbox | None = None
) -> Source:
    """The source behind a URL of the config; `on_refused` hears of files it cannot even read.

    `inbox` is where pictures wait that devices push. Raises `ConfigError`.
    """
    kind = registry.source_kind(wanted.parts)
    try:
        make = registry.load("tagd.sources", registry.SOURCES, kind)
    except ModuleNotFoundError as error:
        how = _INSTALL.get(error.name or "", "docs/sources.md says how to install it")
        told = f"{wanted.parts.scheme}:// needs {error.name}, which is not installed: {how}"
        raise ConfigError([f"source {wanted.name}: {told}"]) from None
    made: Source = make(
        wanted.name,
        wanted.parts,
        ledger=ledger,
        on_refused=on_refused,
        camera=wanted,
        inbox=inbox,
    )
    return made


def visits(wanted: Config) -> Callable[[str], Visits]:
    """What follows the looks of a source, by its name."""
    sources = {one.name: one for one in wanted.sources}

    def make(name: str) -> Visits:
        one = sources.get(name)
        if one is None:  # it came by HTTP or MQTT under a name of its own
            return Visits(name, wanted.visits)
        return Visits(name, one.visits or wanted.visits, one.zones)

    return make


def watch(wanted: config.Source, source: Source) -> Watch | None:
    """What decides which of a source's pictures are worth a look; None: every one of them is."""
    mode = wanted.mode or ("visits" if source.stream else "every")
    better = isinstance(source, Improving) and source.better
    return None if mode == "every" else Watch(wanted, better=better)
