"""A file of the package imports only from lower floors, never sideways between adapters.

Floors are listed in docs/architecture.md. `tests` read the imports with `ast`: an import inside
a function counts as well.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "device"

FLOORS = {
    "__main__": 6,
    "commands": 6,
    "app": 5,
    "build": 4,
    "build_sinks": 4,
    "build_store": 4,
    "build_words": 4,
    "cabinet": 4,
    "checks": 4,
    "control": 4,
    "draft": 4,
    "examine": 4,
    "probe": 4,
    "settings": 4,
    "trials": 4,
    "health": 4,
    "measures": 4,
    "model_checks": 4,
    "reviewing": 4,
    "source_health": 4,
    "standing": 4,
    "status_line": 4,
    "store_health": 4,
    "supervisor": 4,
    "system": 4,
    "web": 4,
    "pipeline": 3,
    "sources": 2,
    "inference": 2,
    "sinks": 2,
    "store": 2,
    "appliance": 2,
    "stages": 2,
    "seams": 0,
    "types": 0,
    "who": 0,
    "errors": 0,
    "__init__": 0,
}
"""By the first name below `device`; every other file is a helper of floor 1."""

PURE = {
    f"inference/{name}": 1
    for name in (
        *("card", "decode", "fit", "flatbuffer", "guess", "guess_head", "head_card", "heads"),
        *("labels", "part", "tensors", "tflite_file"),
    )
}
"""Files inside an adapter's folder that know nothing outside."""


@functools.cache
def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@functools.cache
def names() -> frozenset[str]:
    return frozenset(dotted(path) for path in modules())


def floor(module: str) -> int:
    inside = module.split(".")[1:]
    if "/".join(inside) in PURE:
        return PURE["/".join(inside)]
    return FLOORS.get(inside[0] if inside else "__init__", 1)


@functools.cache
def imported(path: Path) -> frozenset[str]:
    """Every module of ours that a file imports."""
    return frozenset(_imported(path))


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in names())
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            if node.module not in names():
                continue
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in names() else node.module


@pytest.mark.parametrize("path", modules(), ids=lambda p: dotted(p))
def test_imports_come_from_lower_floors(path: Path) -> None:
    me = dotted(path)
    for other in set(imported(path)) - {me, "device"}:
        same_folder = me.split(".")[1] == other.split(".")[1]
        here, there = floor(me), floor(other)
        if here in (0, 1, 4, 6) or same_folder:
            assert there <= here, f"{me} (floor {here}) imports {other} (floor {there})"
        else:
            assert there < here, f"{me} (floor {here}) imports {other} (floor {there}): sideways"


def test_no_relative_imports() -> None:
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            assert not (isinstance(node, ast.ImportFrom) and node.level), f"{path}: relative"


def test_no_circle() -> None:
    graph = {dotted(p): set(imported(p)) - {"device"} for p in modules()}
    done: set[str] = set()

    def visit(module: str, above: tuple[str, ...]) -> None:
        assert module not in above, " -> ".join((*above, module))
        if module not in done:
            for other in graph.get(module, ()):
                if other != module:
                    visit(other, (*above, module))
            done.add(module)

    for module in graph:
        visit(module, ())


def test_only_the_clock_asks_for_the_wall_time() -> None:
    for path in modules():
        if path.name == "clock.py":
            continue
        text = path.read_text(encoding="utf-8")
        for forbidden in ("time.time(", "datetime.now(", "utcnow(", "time.sleep("):
            assert forbidden not in text, f"{path}: {forbidden}"


@pytest.mark.parametrize("folder", ["device", "tests", "bench", "models"])
def test_files_stay_small(folder: str) -> None:
    for path in (ROOT / folder).rglob("*.py"):
        if "work" in path.relative_to(ROOT).parts:
            continue
        lines = len(path.read_text(encoding="utf-8").splitlines())
        assert lines <= 250, f"{path.relative_to(ROOT)} has {lines} lines: split it"
