"""What the models say on 32-bit Arm of pixels that were decoded elsewhere: JSON lines.

The pictures are /opt/out/*.npy; decoding is left out, for which Debian's Pillow is too old there.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from device import clock, ids, images, shipped
from device.config import Inference
from device.inference.card import load_card
from device.inference.engines import Engines
from device.inference.tagger import ModelTagger
from device.types import Frame


def main(place: Path) -> None:
    engines = Engines(Inference(threads=1))
    for name in ("objects", "scene"):
        card = load_card(shipped.models_folder() / name)
        tagger = ModelTagger(name, card, engines, min_confidence=0.3, max_tags=5)
        for file in sorted(place.glob("*.npy")):
            picture = images.decode(Frame(ids.new_id(), "elsewhere", clock.now(), np.load(file)))
            said = {tag.name: round(tag.confidence, 3) for tag in tagger.tag(picture)}
            sys.stdout.write(json.dumps([str(engines), name, file.stem, said]) + "\n")
        tagger.close()


main(Path(sys.argv[1]))
