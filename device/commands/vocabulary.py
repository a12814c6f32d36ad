"""`tagd vocabulary`: which words there are, whether the owner's are right, why a tag came out."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Iterator
from pathlib import Path

import click
from tabulate import tabulate

from device import build, clock, ids
from device.commands.common import config_option, read_config, set_up_logging
from device.config import Config
from device.config_store import Store
from device.errors import PictureError, TagdError
from device.hearing import Heard, Said
from device.types import Frame
from device.vocabulary import Vocabulary, parts, plain

_FAINT = 0.05  # confidence below which `test` does not tell of a word that is not said
_PARTS = 4  # labels that `test` tells of a word


@click.group("vocabulary")
def command() -> None:
    """The words of the tags: show, check, test."""


@command.command("show")
@click.argument("word", nargs=-1)
@config_option
def show(word: tuple[str, ...], config_path: Path | None) -> None:
    """All words, or what stands behind one of them."""
    vocabulary = build.Models(_config(config_path)).vocabulary
    if word:
        click.echo("\n".join(_about(vocabulary, " ".join(word))))
        return
    rows = [
        (one.name, one.kind, one.floor, ", ".join(one.parents), len(vocabulary.labels(one.name)))
        for one in sorted(vocabulary.words.values(), key=lambda one: one.name)
    ]
    click.echo(tabulate(rows, headers=("word", "kind", "floor", "parents", "labels")))


@command.command("check")
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@config_option
def check(file: Path | None, config_path: Path | None) -> None:
    """Validate FILE, or the config's: every error at once; exit code 2 if there is one."""
    config = _config(config_path)
    if file is not None:
        words = config.vocabulary.model_copy(update={"file": file})
        config = config.model_copy(update={"vocabulary": words})
    book = build.Models(config).book
    name = book.path if book.now.text else "the built-in vocabulary"
    click.echo(f"{name} is right: {len(book.now.vocabulary.words)} words in all")


@command.command("test")
@click.argument("picture", type=click.Path(path_type=Path, dir_okay=False))
@config_option
def test(picture: Path, config_path: Path | None) -> None:
    """Why PICTURE gets its tags, and what else was heard but not said."""
    models = build.Models(_config(config_path))
    tagging = models.tagging()
    try:
        data = picture.read_bytes()
        said, heard = tagging.explain(Frame(ids.new_id(), "test", clock.now(), data))
    except OSError as error:
        raise TagdError(f"{picture} cannot be read: {error.strerror}") from None
    except PictureError as error:
        raise TagdError(f"{picture} cannot be read: {error}") from None
    finally:
        tagging.close()
    taggers = [info.name for info in tagging.infos]
    for line in _reasons(models.vocabulary, said, dict(zip(taggers, heard, strict=True))):
        click.echo(line)


def _config(path: Path | None) -> Config:
    """The config, without thumbnails: nothing is kept here."""
    set_up_logging(logging.WARNING)
    return read_config(path).model_copy(update={"store": Store(pictures="none")})


def _about(vocabulary: Vocabulary, spelt: str) -> Iterator[str]:
    """All that there is to know of a word, or of a label."""
    name = plain(spelt)
    word = vocabulary.words.get(name)
    if word is None:
        owners = [one.name for one in vocabulary.words.values() if name in one.labels]
        if not owners:
            close = difflib.get_close_matches(name, vocabulary.words, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise TagdError(f"no word and no label is called {spelt}{hint}")
        yield f"{name} is a label of the word {owners[0]}"
        return
    dropped = " (dropped: never said)" if vocabulary.dropped(name) else ""
    floor = "its tagger's" if word.floor is None else f"{word.floor:.2f}"
    below = [one.name for one in vocabulary.words.values() if name in one.parents]
    yield f"{name}{dropped}"
    yield f"  kind      {word.kind}"
    yield f"  floor     {floor}"
    yield f"  above     {', '.join(vocabulary.above(name)) or '-'}"
    yield f"  below     {', '.join(below) or '-'}"
    yield f"  labels    {', '.join(word.labels) or '-'}"
    yield f"  synonyms  {', '.join(word.synonyms) or '-'}"


def _reasons(vocabulary: Vocabulary, said: Said, heard: dict[str, Heard]) -> Iterator[str]:
    """What is said and what of it each tagger gave; then what is not said, and why."""
    names = [tag.name for tag in said.tags]
    for name in dict.fromkeys(names):
        best = next(tag for tag in said.tags if tag.name == name)
        times = f", {names.count(name)} times" if names.count(name) > 1 else ""
        above = f", parents {', '.join(best.parents)}" if best.parents else ""
        yield f"{name} {best.confidence:.2f} by {best.tagger}{times}{above}"
        for tagger, one in heard.items():
            if one.words.get(name, 0.0) >= _FAINT:
                yield f"    {tagger}: {_sum(vocabulary, name, one)}"
    implied = (f"{name} {sure:.2f}" for name, sure in said.implied)
    yield f"also found by: {', '.join(implied) or '-'}"
    for tagger, one in heard.items():
        for name, sure in sorted(one.words.items(), key=lambda item: -item[1]):
            if name not in names and sure >= _FAINT:
                verdict = one.verdicts[name]
                why = "another tagger has a nearer word" if verdict == "said" else verdict
                yield f"not said: {_sum(vocabulary, name, one)} by {tagger}: {why}"


def _sum(vocabulary: Vocabulary, name: str, heard: Heard) -> str:
    """`cat 0.83 = Egyptian cat 0.52 + tiger cat 0.17 + tabby 0.14`"""
    found = parts(vocabulary, name, heard.labels)
    told = " + ".join(f"{label.name} {label.confidence:.2f}" for label in found[:_PARTS])
    rest = f" + {len(found) - _PARTS} more" if len(found) > _PARTS else ""
    return f"{name} {heard.words[name]:.2f} = {told}{rest}"
