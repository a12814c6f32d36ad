"""Which of a package's requirements hold on another machine.

pip looks at the markers of requirements with the eyes of the machine that it runs on, also when it
fetches wheels for another one. The grammar is that of PEP 508, which is a part of Python's own, so
Python's parser reads it; nothing is run.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from device.appliance.steps import ApplianceError

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?([^;]*)(?:;(.*))?")
_PIN = re.compile(r"==([A-Za-z0-9.!+_-]+)")
_VERSIONS = ("python_version", "python_full_version", "implementation_version")

Environment = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One line of a package's wishes."""

    name: str  # normalized: `ai-edge-litert`
    extras: frozenset[str]
    versions: str  # `==1.2`, `>=1,<2`, empty
    marker: str  # empty: always

    @property
    def pin(self) -> str | None:
        """The version where it names exactly one."""
        found = _PIN.fullmatch(self.versions)
        return found[1] if found else None


def environment(platform: str, python: str) -> dict[str, str]:
    """Of Linux on that processor with that CPython, such as 3.11."""
    return {
        "platform_machine": platform,
        "python_version": python,
        "python_full_version": f"{python}.99",
        "implementation_version": f"{python}.99",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_version": "",
        "extra": "",
    }


def normalized(name: str) -> str:
    """As names of packages are compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def parse(line: str) -> Requirement:
    """Raises `ApplianceError` for what is none."""
    found = _REQUIREMENT.fullmatch(line)
    if found is None or "@" in found[3]:
        raise ApplianceError(f"the requirement {line.strip()!r} is not understood")
    name, extras, versions, marker = found.groups()
    wanted = frozenset(normalized(one) for one in re.split(r"[,\s]+", extras or "") if one)
    plain = re.sub(r"[()\s]", "", versions)
    return Requirement(normalized(name), wanted, plain, (marker or "").strip())


def holding(
    lines: Iterable[str], where: Environment, extras: Iterable[str] = ()
) -> Iterator[Requirement]:
    """Those of `lines` that hold there, with any of the package's extras that are wanted."""
    for line in lines:
        wish = parse(line)
        if any(holds(wish.marker, {**where, "extra": extra}) for extra in ("", *extras)):
            yield wish


def holds(marker: str, where: Environment) -> bool:
    """Whether a marker is true there; an empty one is. Raises `ApplianceError` for what is none."""
    if not marker:
        return True
    try:
        return _true(ast.parse(marker.strip(), mode="eval").body, where)
    except (SyntaxError, KeyError, ValueError, TypeError, RecursionError):
        raise ApplianceError(f"the marker {marker!r} is not understood") from None


def _true(node: ast.expr, where: Environment) -> bool:
    if isinstance(node, ast.BoolOp):
        found = [_true(one, where) for one in node.values]
        return all(found) if isinstance(node.op, ast.And) else any(found)
    if not isinstance(node, ast.Compare) or len(node.ops) != 1:
        raise ValueError
    left, right = node.left, node.comparators[0]
    a, b = _value(left, where), _value(right, where)
    ordered = any(isinstance(one, ast.Name) and one.id in _VERSIONS for one in (left, right))
    return _compared(a, node.ops[0], b, ordered=ordered)


def _value(node: ast.expr, where: Environment) -> str:
    if isinstance(node, ast.Name):
        return where[node.id]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise ValueError


def _compared(a: str, how: ast.cmpop, b: str, *, ordered: bool) -> bool:
    if isinstance(how, (ast.In, ast.NotIn)):
        return (a in b) == isinstance(how, ast.In)
    if isinstance(how, (ast.Eq, ast.NotEq)):
        same = a.startswith(b[:-1]) if b.endswith(".*") else a == b
        if ordered and not b.endswith(".*"):
            same = _release(a) == _release(b)
        return same == isinstance(how, ast.Eq)
    x, y = (_release(a), _release(b)) if ordered else ((a,), (b,))
    if isinstance(how, (ast.Lt, ast.LtE)):
        return x < y or (isinstance(how, ast.LtE) and x == y)
    if isinstance(how, (ast.Gt, ast.GtE)):
        return x > y or (isinstance(how, ast.GtE) and x == y)
    raise ValueError


def _release(version: str) -> tuple[int | str, ...]:
    numbers = [int(part) for part in re.findall(r"\d+", version)]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
