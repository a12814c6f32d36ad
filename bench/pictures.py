"""Pictures for the benchmarks: distinct 768 x 432 JPEGs, as a camera's substream sends them."""

from __future__ import annotations

import random
from pathlib import Path

from PIL import Image

from device import shipped

SIZE = (768, 432)
_QUALITY = 90


def make(folder: Path, count: int, seed: int = 1) -> list[Path]:
    """`count` crops of the sample pictures at random places; the same for the same seed."""
    chance = random.Random(seed)
    originals = [Image.open(path).convert("RGB") for path in shipped.sample_pictures()]
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for number in range(count):
        original = originals[number % len(originals)]
        width = chance.uniform(0.6, 1.0) * min(original.width, original.height * 16 / 9)
        height = width * 9 / 16
        left = chance.uniform(0, original.width - width)
        top = chance.uniform(0, original.height - height)
        picture = original.resize(
            SIZE, Image.Resampling.BICUBIC, (left, top, left + width, top + height)
        )
        path = folder / f"{number:05d}.jpg"
        picture.save(path, quality=_QUALITY)
        made.append(path)
    return made
