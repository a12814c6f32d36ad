"""Gathers what goes into a bundle: wheels, documents, example configs, the installer."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from device.appliance import wheels
from device.appliance.manifest import Entry, Manifest
from device.appliance.steps import ApplianceError
from device.appliance.wheels import Collector, Target

EXTRAS = ("video",)
BUILT_FROM = ("device", "models", "config", "pyproject.toml", "README.md", "LICENSE")
_CARRIED = ("config/*.yaml", "docs/*.md", "docs/*.json", "install.sh", "LICENSE", "models/NOTICE")
_PATIENCE = 600.0  # seconds for pip to build one wheel


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that a bundle is made of."""

    manifest: Manifest
    files: dict[str, Path]  # by their names in the bundle


def checkout() -> Path:
    """The folder that holds this package's source. Raises `ApplianceError` where there is none."""
    root = Path(__file__).parents[2]
    if not (root / "pyproject.toml").is_file():
        raise ApplianceError("a bundle is made from a checkout of tagd: run it there, python -m "
                      "device.appliance.bundle make ...")  # fmt: skip
    return root


def gather(
    root: Path,
    target: Target,
    pythons: Sequence[str],
    work: Path,
    extras: Sequence[str] | None,
    find_links: Sequence[Path],
    *,
    version: str | None,
    say: Callable[[str], None],
) -> Gathered:
    """Build tagd's wheel, fetch the others below `work`. Raises `ApplianceError`."""
    say(f"building tagd's wheel from {root}")
    tagd = build_wheel(root, work / "built", version)
    files: dict[str, Path] = {}
    for python in pythons:
        collector = Collector(target, python, root / "config/constraints.txt", work / "wheels")
        found = collector.collect(tagd, extras or EXTRAS, find_links, say)
        listed = work / f"requirements-{python}.txt"
        listed.write_text("".join(f"{wheel.pinned}\n" for wheel in found), encoding="ascii")
        for path in (listed, *(wheel.path for wheel in found)):
            files[f"wheels/{path.name}"] = path
    for pattern in _CARRIED:
        for path in root.glob(pattern):
            files[path.relative_to(root).as_posix()] = path
    entries = {name: _entry(path) for name, path in files.items()}
    made = Manifest(
        version=wheels.read(tagd).version,
        platform=target.platform,
        pythons=tuple(pythons),
        schema=wheels.schema(tagd),
        files=entries,
    )
    return Gathered(made, files)


def build_wheel(root: Path, folder: Path, version: str | None = None) -> Path:
    """tagd's wheel, from a copy of the checkout. `version`: another one than it has."""
    source = folder / "source"
    source.mkdir(parents=True)
    for name in BUILT_FROM:
        if (root / name).is_dir():
            left = shutil.ignore_patterns("__pycache__", "build", "work")
            shutil.copytree(root / name, source / name, ignore=left)
        else:
            shutil.copyfile(root / name, source / name)
    if version is not None:
        _renamed(source / "pyproject.toml", r'^version = ".*"$', f'version = "{version}"')
        _renamed(
            source / "device/__init__.py", r'^__version__ = ".*"$', f'__version__ = "{version}"'
        )
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-input"]
    command += ["--disable-pip-version-check", "-w", str(folder), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    found = sorted(folder.glob("tagd-*.whl"))
    if done.returncode or not found:
        raise ApplianceError(f"pip could not build tagd's wheel: {_reason(done.stderr)}")
    shutil.rmtree(source)
    return found[0]


def _reason(said: str) -> str:
    """The last error in what pip said, which ends with a look back at it."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"\w*(Error|ERROR|Exception):", line)]
    return next(iter([*errors[-1:], *lines[-1:]]), "it says nothing")


def _renamed(path: Path, pattern: str, line: str) -> None:
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(pattern, line, text, count=1, flags=re.MULTILINE), encoding="utf-8")


def _entry(path: Path) -> Entry:
    data = path.read_bytes()
    return Entry(len(data), sha256(data).hexdigest())
