"""Where a config takes `${NAME}` from the environment to, and to whom that tells it. Pure.

Whoever changes the config over the network may leave each where its owner has put it, and move its
section about; anywhere else it would show them a secret, or send it to a host of theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import yaml

from device.errors import ConfigError
from device.yaml_guard import require_small, require_text

_VARIABLE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")
_MERGED = "tag:yaml.org,2002:merge"
_Use = tuple[str, str, str]  # the key it stands at, whose it is, how it is written


def moved(text: str, before: str) -> Iterator[tuple[int, str]]:
    """Line and `${NAME}` of each that stands where `before` has none such."""
    root, old = _tree(text), _tree(before)
    if root is None:
        return
    known = set() if old is None else {use for _, use in _uses(old, "", "")}
    for node, use in _uses(root, "", ""):
        if use not in known:
            yield node.start_mark.line + 1, _VARIABLE.findall(node.value)[0]


def host_of(node: yaml.MappingNode) -> str:
    """Scheme and host of the `url` in a section, also of one that is merged into it."""
    found = []
    for key, value in node.value:
        if key.value == "url" and isinstance(value, yaml.ScalarNode):
            found.append(_place(value.value))
        elif key.tag == _MERGED or key.value == "<<":
            merged = value.value if isinstance(value, yaml.SequenceNode) else [value]
            found += [host_of(one) for one in merged if isinstance(one, yaml.MappingNode)]
    return " ".join(one for one in found if one)


def _tree(text: str) -> yaml.Node | None:
    """None for what is no YAML that may be walked through."""
    try:
        require_text(text, "")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is not None:
            require_small(root, "")
    except (yaml.YAMLError, ConfigError, RecursionError):
        return None
    return root


def _uses(node: yaml.Node, key: str, host: str) -> Iterator[tuple[yaml.ScalarNode, _Use]]:
    if isinstance(node, yaml.MappingNode):
        host = host_of(node) or host
        for name, value in node.value:
            yield from _uses(value, str(name.value), host)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _uses(value, key, host)
    elif isinstance(node, yaml.ScalarNode) and _VARIABLE.search(node.value):
        yield node, (key, host, _spelt(node.value))


def _spelt(value: str) -> str:
    """A URL without what says nothing of who hears of the variable: how often to ask, say."""
    if "://" not in value:
        return value
    end = len(_place(value))
    return " ".join([value[:end], *_VARIABLE.findall(value[end:])])


def _place(url: str) -> str:
    """Up to the end of the host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    place = f"{parts.scheme}://{parts.netloc}"
    return place if url.lower().startswith(place.lower()) else url
