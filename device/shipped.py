"""Where the files are that come with tagd: default models, sample pictures, tested versions."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent
SAMPLES = _PACKAGE / "samples"


def models_folder() -> Path:
    """The default models: inside the installed package, or beside it in a checkout."""
    inside = _PACKAGE / "models"
    return inside if inside.is_dir() else _PACKAGE.parent / "models"


def constraints() -> Path:
    """The versions of other packages that tagd is tested with, as pip reads them."""
    inside = _PACKAGE / "constraints.txt"
    return inside if inside.is_file() else _PACKAGE.parent / "config/constraints.txt"


def sample_pictures() -> list[Path]:
    """The sample pictures, by name."""
    return sorted(p for p in SAMPLES.iterdir() if p.suffix in (".jpg", ".png"))
