"""Label files as people have them: one a line, or `12  cat` with the number in front. Pure."""

from __future__ import annotations

import re

NO_WORD = "???"
"""The label of a class that is nothing, as in TensorFlow's label maps: it is never said."""

_NUMBERED = re.compile(r"(\d{1,5})[\s:,]+(\S.*)")
_MOST = 100_000


def parse(text: str, name: str) -> tuple[tuple[str, ...], list[str]]:
    """The labels of a file's text in the order of the classes, and what is wrong with them.

    Problems begin with `name:line:`. Where every line begins with a number, that is the class;
    classes that no line names get `???`.
    """
    lines = [line.strip() for line in text.removeprefix("\ufeff").rstrip().splitlines()]
    numbered = [_NUMBERED.fullmatch(line) for line in lines]
    if len(lines) > 1 and all(numbered):
        named = {int(found[1]): found[2] for found in numbered if found}
        lines = [named.get(i, NO_WORD) for i in range(max(named) + 1)]
    problems = [
        f"{name}:{number}: {'is empty' if not line else 'holds what cannot be shown'}:"
        f" write the label, or {NO_WORD} for a class that is nothing"
        for number, line in enumerate(lines, 1)
        if not line or not line.isprintable()
    ]
    if len(lines) > _MOST:
        problems = [f"{name}:{_MOST + 1}: more than {_MOST} labels are no labels"]
    return tuple(lines[:_MOST]), problems[:5]
