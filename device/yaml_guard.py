"""What a YAML file may ask of us before it is read: no bomb, no circle, no abyss.

An alias brings the same node again without a copy, so a short text can stand for a tree of any
size; whoever walks it would never come back. So its size is counted first, each node once.
"""

from __future__ import annotations

import re

import yaml

from device.errors import ConfigError

LONGEST = 1024 * 1024
"""Characters of a file: many times those of a vocabulary of thousands of words."""

_MOST = 200_000  # values, each alias counted as what it stands for
_DEEPEST = 40  # sections inside sections
_OPEN = 100  # brackets; PyYAML takes the square of them in time, 3,000 half a minute
_BRACKET = re.compile(r"[\[\]{}]")


def require_text(text: str, where: str) -> None:
    """Raises `ConfigError` for what is too long, or opens brackets without an end."""
    if len(text) > LONGEST:
        raise ConfigError([f"{where}: it has more than {LONGEST // 1024} KB, which is too long"])
    depth = 0
    for found in _BRACKET.finditer(text):
        depth = depth + 1 if found[0] in "[{" else max(depth - 1, 0)
        if depth > _OPEN:
            raise ConfigError([f"{where}: it is nested too deeply"])


def require_small(root: yaml.Node, where: str) -> None:
    """Raises `ConfigError` for a tree that is too large, too deep, or that contains itself."""
    sizes: dict[int, int] = {}
    above: set[int] = set()

    def size(node: yaml.Node, depth: int) -> int:
        line = node.start_mark.line + 1
        if id(node) in above:
            raise ConfigError([f"{where}:{line}: it contains itself"])
        if depth > _DEEPEST:
            raise ConfigError([f"{where}:{line}: it is nested too deeply"])
        if id(node) not in sizes:
            above.add(id(node))
            total = 1
            for inner in _inside(node):
                total += size(inner, depth + 1)
                if total > _MOST:
                    told = f"it stands for more than {_MOST:,} values; use fewer aliases"
                    raise ConfigError([f"{where}:{line}: {told}"])
            above.discard(id(node))
            sizes[id(node)] = total
        return sizes[id(node)]

    size(root, 0)


def _inside(node: yaml.Node) -> list[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return node.value if isinstance(node, yaml.SequenceNode) else []
