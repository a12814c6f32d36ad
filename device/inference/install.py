"""Brings a model into the owner's folder of models: looked at, tried, then there as a whole."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from device import workshop
from device.errors import ModelError
from device.inference import labels as label_files
from device.inference.card import Card, load_card
from device.inference.guess import Wishes, draft
from device.inference.part import read
from device.inference.sandbox import run_once, try_folder
from device.inference.tensors import picture_problem
from device.inference.tflite_file import Inspected, inspect

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_WRITTEN = "# Written by tagd models add; docs/models.md explains the keys.\n"


@dataclass(frozen=True, slots=True)
class Ready:
    """A model that was looked at: what to install, and what still is missing."""

    source: Path
    name: str
    files: dict[str, Path | bytes]  # by name in the new folder: where it is, or what it holds
    found: tuple[tuple[str, str, str], ...]  # what, value, where from
    missing: tuple[str, ...]


def examine(source: Path, wishes: Wishes, labels: Path | None = None) -> Ready:
    """Look at a model file, or a folder with one, and run it once in a child process.

    Raises:
        ModelError: it is no model, is damaged, needs ops that no runtime has, takes no picture,
            or does not survive its run; or its card is wrong.
    """
    if source.is_dir() and (source / "card.yaml").exists():
        return _with_card(source, wishes)
    model = _model_in(source) if source.is_dir() else source
    file = inspect(model)
    if file.unknown_ops:
        hint = "take the file for other machines"
        if not any("edgetpu" in op for op in file.unknown_ops):
            hint = "export it with TFLite's built-in ops only"
        ops = ", ".join(file.unknown_ops)
        raise ModelError(f"{model} needs ops that TFLite's runtimes do not have ({ops}): {hint}")
    problem = picture_problem(file.inputs)
    if problem is not None:
        raise ModelError(f"{model}: {problem}")
    run = run_once(model)
    words, words_from = _labels(labels, source, file)
    name = _name(wishes.name or _slug(source.stem if source.is_file() else source.name))
    made = draft(name, file, run, words, words_from, wishes)
    listed = "".join(f"{word}\n" for word in words).encode()
    digest = _sha256(model)
    card: dict[str, Any] = {
        **made.card,
        "model": {"file": "model.tflite", "sha256": digest, "bytes": file.size},
        "labels": {
            "file": "labels.txt",
            "sha256": hashlib.sha256(listed).hexdigest(),
            "count": len(words),
        },
    }
    text = _WRITTEN + yaml.safe_dump(card, sort_keys=False, allow_unicode=True)
    files: dict[str, Path | bytes] = {
        "model.tflite": model,
        "labels.txt": listed,
        "card.yaml": text.encode(),
    }
    found = (("model", f"{file.size} bytes", f"SHA-256 {digest}"), *made.found)
    return Ready(source, name, files, found, made.missing)


def install(ready: Ready, models: Path) -> Card:
    """Copy it to `models / name`, tag a picture with it there; all of it or nothing stays.

    Raises `ModelError`, also for a name that is taken and a full disk.
    """
    if ready.missing:
        raise ModelError("; ".join(ready.missing))
    target = models / ready.name
    try:
        with workshop.opened(models) as place:
            if target.exists():
                raise ModelError(
                    f"{target} is there already: tagd models remove {ready.name}, or add it"
                    " under another --name"
                )
            folder = place / ready.name
            folder.mkdir()
            for name, content in ready.files.items():
                workshop.write(folder / name, content)
            workshop.sync(folder)
            try:
                load_card(folder)
                try_folder(folder)
            except ModelError as error:
                raise ModelError(str(error).replace(str(folder), str(ready.source))) from None
            folder.rename(target)
            workshop.sync(models)
    except OSError as error:
        raise ModelError(f"{workshop.refusal(models, error)}: nothing was installed") from None
    return load_card(target)


def remove(name: str, models: Path) -> None:
    """Take an added model away. Raises `ModelError` where there is none of that name."""
    target = models / _name(name)
    try:
        with workshop.opened(models) as place:
            if not target.is_dir():
                raise ModelError(f"no model called {name} was added: there is no {target}")
            target.rename(place / name)  # gone at once, also if the rest is cut short
    except OSError as error:
        raise ModelError(workshop.refusal(models, error)) from None


def _with_card(source: Path, wishes: Wishes) -> Ready:
    card = load_card(source)
    raw: Any = read(source / "card.yaml")[0]
    names = ("card.yaml", card.model.name, Path(raw["labels"]["file"]).name)
    found = (
        ("card", card.title, str(source / "card.yaml")),
        ("model", f"{card.model.stat().st_size} bytes", f"SHA-256 {card.sha256}"),
        ("input", f"{card.input.width} x {card.input.height}", "the card"),
        ("head", str(raw["output"]["head"]), "the card"),
        ("labels", str(len(card.labels)), names[2]),
        ("licence", card.licence, "the card"),
    )
    files: dict[str, Path | bytes] = {name: source / name for name in names}
    return Ready(source, _name(wishes.name or card.name), files, found, ())


def _model_in(folder: Path) -> Path:
    found = sorted(folder.glob("*.tflite"))
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise ModelError(f"{folder} must hold one .tflite file or a card.yaml; it holds {names}")
    return found[0]


def _labels(given: Path | None, source: Path, file: Inspected) -> tuple[tuple[str, ...], str]:
    """The labels and where they are from: what is given, else in the folder, else in the file."""
    beside = sorted(source.glob("*label*.txt")) if source.is_dir() else []
    path = given or (beside[0] if beside else None)
    if path is None and not file.label_map:
        return (), ""
    name, text = "the label map in the file", file.label_map
    if path is not None:
        try:
            name, text = str(path), path.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise ModelError(f"{path} cannot be read: {error.strerror}") from None
    words, problems = label_files.parse(text, name)
    if problems:
        raise ModelError("; ".join(problems))
    return words, name


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:64]


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ModelError(f"{name!r} is no name for a model: give --name with a-z, 0-9, - and _")
    return name


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
