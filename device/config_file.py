"""Reads the config file: every problem at once, each with file:line and what to do.

`${NAME}` in a value is taken from the environment, or from the file NAME in systemd's
credentials folder, and is a secret from then on. Nothing is ever run.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from device.config import Config
from device.errors import ConfigError
from device.redact import redact, remember
from device.yaml_guard import require_small, require_text

SYSTEM_PATH = Path("/etc/tagd/tagd.yaml")
CREDENTIALS = Path("/etc/tagd/credentials")
"""Where the unit takes systemd's credentials from; root alone may read them."""

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_Place = tuple[str | int, ...]
Lines = dict[_Place, int]
"""By the keys that lead to a value, the line it is on."""
M = TypeVar("M", bound=BaseModel)
_SAID = {
    "bool_parsing": "write true or false",
    "bool_type": "write true or false",
    "dict_type": "write keys and values",
    "model_type": "write keys and values",
    "string_type": "write text, in quotation marks if it looks like something else",
    "tuple_type": "write a list: one item a line, each after a dash",
}
"""For people: what pydantic says in words of Python."""


def find_config(given: Path | None) -> Path | None:
    """The file to read: the one given, TAGD_CONFIG, or /etc/tagd/tagd.yaml where it exists."""
    if given is not None:
        return given
    if os.environ.get("TAGD_CONFIG"):
        return Path(os.environ["TAGD_CONFIG"])
    return SYSTEM_PATH if SYSTEM_PATH.exists() else None


def load_config(path: Path) -> Config:
    """The config in `path`. Raises `ConfigError` with every problem it has.

    A vocabulary file, and those of a certificate, are looked for beside it.
    """
    return config_of(read_text(path), path)


def config_of(text: str, path: Path) -> Config:
    """The config that `text` would be in `path`. Raises `ConfigError` as `load_config` does."""
    config = parse_config(text, str(path))
    beside: dict[str, object] = {}
    words, web = config.vocabulary, config.web
    if words.file is not None:
        beside["vocabulary"] = words.model_copy(update={"file": path.parent / words.file})
    if web.tls is not None:
        beside["web"] = web.model_copy(update={"tls": web.tls.beside(path.parent)})
    return config.model_copy(update=beside)


def read_text(path: Path) -> str:
    """What is in the file. Raises `ConfigError` when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError([f"{path}: there is no such file"]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path}: cannot be read: {error}"]) from None


def parse_config(text: str, where: str) -> Config:
    """The config in `text`; `where` names it in messages."""
    return parse(text, where, Config)[0]


def parse(text: str, where: str, model: type[M]) -> tuple[M, Lines]:
    """What is in `text`, as that model, with the line of every value. Raises `ConfigError`."""
    require_text(text, where)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise _not_yaml(error, where) from None
    except RecursionError:
        raise ConfigError([f"{where}: it is nested too deeply"]) from None
    if root is not None:
        require_small(root, where)
    if root is None or root.tag == "tag:yaml.org,2002:null":
        return model(), {}
    walk = _Walk()
    problems = [f"{where}:{line}: {problem}" for line, problem in walk.over(root, ())]
    if problems:
        raise ConfigError(problems)
    try:
        data = yaml.SafeLoader("").construct_document(root)
    except yaml.YAMLError as error:
        raise _not_yaml(error, where) from None
    if not isinstance(data, dict):
        example = next(iter(model.model_fields))
        raise ConfigError([f"{where}:1: write keys and values, such as `{example}: ...`"])
    try:
        return model.model_validate(data), walk.lines
    except ValidationError as error:
        found = sorted({_explain(problem, walk.lines, model) for problem in error.errors()})
        raise ConfigError([f"{where}:{line}: {redact(what)}" for line, what in found]) from None


def _not_yaml(error: yaml.YAMLError, where: str) -> ConfigError:
    mark = getattr(error, "problem_mark", None)
    line = f":{mark.line + 1}" if mark else ""
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return ConfigError([f"{where}{line}: this is not YAML: {problem}"])


class _Walk:
    """Notes the line of every value, fills in variables, finds what is wrong before validation."""

    def __init__(self) -> None:
        self.lines: Lines = {}
        self._done: set[int] = set()  # nodes: an alias brings the same one again

    def over(self, node: yaml.Node, place: _Place) -> Iterator[tuple[int, str]]:
        """Line and text of every problem at and below `place`."""
        self.lines[place] = node.start_mark.line + 1
        if id(node) in self._done:
            return
        self._done.add(id(node))
        if isinstance(node, yaml.MappingNode):
            yield from self._over_mapping(node, place)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                yield from self.over(value, (*place, index))
        else:
            for problem in (*_fill_in(node), *_unreadable(node)):
                yield self.lines[place], f"{_spell(place)}: {problem}"

    def _over_mapping(self, node: yaml.MappingNode, place: _Place) -> Iterator[tuple[int, str]]:
        seen: set[str] = set()
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in seen:
                yield line, f"{_spell(place) or 'the file'}: {name} is given twice"
            seen.add(name)
            inner = (*place, name)
            yield from self.over(value, inner)
            self.lines[inner] = line


def _fill_in(node: yaml.Node) -> Iterator[str]:
    values = {name: _lookup(name) for name in _VARIABLE.findall(node.value)}
    for name, value in values.items():
        if value is None:
            yield f"${{{name}}} is neither in the environment nor a systemd credential"
        else:
            remember(value)
    node.value = _VARIABLE.sub(lambda match: values[match[1]] or "", node.value)


def _unreadable(node: yaml.Node) -> Iterator[str]:
    """A value that says it is a date, a number or worse, and is none."""
    try:
        yaml.SafeLoader("").construct_object(node)
    except Exception:  # noqa: BLE001 - PyYAML lets pass whatever goes wrong inside it
        kind = node.tag.rpartition(":")[2]
        yield f"cannot be read as {kind}; if it is text, put it in quotation marks"


def _lookup(name: str) -> str | None:
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    # Of a folder of credentials systemd makes ID_NAME; the unit calls its own `tagd`.
    for given in (name, f"tagd_{name}") if folder else ():
        try:
            return (Path(folder or "") / given).read_text(encoding="utf-8").rstrip("\n")
        except (OSError, ValueError):
            pass  # not a credential: the environment may have it
    found = os.environ.get(name)
    return _for_root(name) if found is None else found


def _for_root(name: str) -> str | None:
    """Where root types a command, to whom systemd hands nothing over."""
    try:
        return (CREDENTIALS / name).read_text(encoding="utf-8").rstrip("\n")
    except (OSError, ValueError):
        return None


def _explain(problem: Any, lines: Lines, model: type[BaseModel]) -> tuple[int, str]:
    place: _Place = tuple(problem["loc"])
    known = place
    while known not in lines and known:  # a missing key has no line: its section has
        known = known[:-1]
    line = lines.get(known, 1)
    if problem["type"] == "extra_forbidden":
        return line, f"{_spell(place)}: there is no such key{_nearest(model, place)}"
    if problem["type"] == "missing":
        return line, f"{_spell(place)}: is missing"
    message = _SAID.get(problem["type"]) or problem["msg"].removeprefix("Value error, ")
    return line, f"{_spell(known)}: {message}" if known else message


def _nearest(model: type[BaseModel], place: _Place) -> str:
    """The key that was probably meant, found by walking the models down to the wrong one."""
    fields = _fields_at(model, place[:-1])
    close = difflib.get_close_matches(str(place[-1]), fields, n=1, cutoff=0.5)
    if close:
        return f"; did you mean `{close[0]}`?"
    return f"; there are {', '.join(fields)}" if fields else ""


def _fields_at(model: type[BaseModel], place: _Place) -> list[str]:
    for step in place:
        inner = model.model_fields.get(str(step))
        if inner is not None:
            nested = _model_in(inner.annotation)
            if nested is None:
                return []
            model = nested
    return list(model.model_fields)


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The section class inside `X`, `X | None`, `tuple[X, ...]` or `dict[Name, X]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        if (found := _model_in(part)) is not None:
            return found
    return None


def _spell(place: _Place) -> str:
    text = ""
    for step in place:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
