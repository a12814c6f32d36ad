"""`python -m bench.dropin`: what Google Vision's own client costs, and what large uploads hold.

--rounds N  how often each is run; the medians count, of memory the highest

Memory is the highest resident size while one picture is sent, over that just before: of a JPEG of
20 MB as ImageKit's clients send it, and of one that fills the 10 MB of JSON that Google's may send.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import tempfile
import time
import urllib.request
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from bench import official
from bench.daemon import Daemon
from device.broker import PrivateBroker
from device.config import Inference
from device.store.access import Access

_SCRIPT = """
import os
from google.api_core.client_options import ClientOptions
from google.cloud import vision
options = ClientOptions(api_endpoint=os.environ["ENDPOINT"], api_key=os.environ["KEY"])
client = vision.ImageAnnotatorClient(transport="rest", client_options=options)
def ask(data):
    found = client.label_detection(image=vision.Image(content=data))
    if found.error.message:
        raise RuntimeError(found.error.message)
"""
_LARGE = 20 * 10**6  # bytes of a picture
_LARGE_JSON = 10 * 2**20
_BOUNDARY = "bench"


def _env(url: str, access: Access) -> Mapping[str, str]:
    return {"ENDPOINT": url, "KEY": access.tokens.add("bench", "reviewer", None, "bench")[1]}


VISION = official.Official("google-vision", _SCRIPT, _env)


def jpeg(size: int) -> bytes:
    """Noise, as near below so many bytes as a whole row of pixels lets it."""
    width = 4000
    height = size // width
    chance = np.random.default_rng(time.monotonic_ns())
    while True:
        file = io.BytesIO()
        noise = chance.integers(0, 256, (height, width, 3), np.uint8)
        Image.fromarray(noise).save(file, "JPEG", quality=90)
        data = file.getvalue()
        if size * 0.97 < len(data) <= size:
            return data
        height = int(height * size / len(data) * 0.99)


def held(running: Daemon, send: Callable[[], None]) -> float:
    """Megabytes that the daemon holds at most while something is sent, over those before."""
    before = running.resident_mb
    running.forget_peak()
    send()
    return running.peak_mb - before


def _imagekit(url: str, key: str, data: bytes) -> None:
    head = f"--{_BOUNDARY}\r\nContent-Disposition: form-data; name=".encode()
    body = head + b'"fileName"\r\n\r\nnoise.jpg\r\n' + head
    body += b'"file"; filename="noise.jpg"\r\n\r\n' + data + f"\r\n--{_BOUNDARY}--\r\n".encode()
    basic = base64.b64encode(f"{key}:".encode()).decode()
    kind = f"multipart/form-data; boundary={_BOUNDARY}"
    _post(f"{url}/api/v1/files/upload", body, kind, {"Authorization": f"Basic {basic}"})


def _vision(url: str, key: str, data: bytes) -> None:
    image = {"content": base64.b64encode(data).decode()}
    body = json.dumps({"requests": [{"image": image, "features": [{"type": 4}]}]}).encode()
    answer = _post(f"{url}/v1/images:annotate", body, "application/json", {"X-Goog-Api-Key": key})
    assert b"labelAnnotations" in answer, answer


def _post(url: str, body: bytes, kind: str, headers: Mapping[str, str]) -> bytes:
    request = urllib.request.Request(url, body, {**headers, "Content-Type": kind})
    with urllib.request.urlopen(request, timeout=60) as answer:
        found: bytes = answer.read()
    return found


def memory(rounds: int) -> tuple[float, float]:
    """How many times its own size an upload holds at most: ImageKit's, Google Vision's."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        (folder / "broker").mkdir()
        place = folder / "run"
        with (
            PrivateBroker(folder / "broker") as broker,
            Daemon(place, broker, "bench", Inference().thread_count) as running,
        ):
            url = running.url
            with Access(place / "data") as access:
                key = access.tokens.add("bench", "reviewer", None, "bench")[1]
            _vision(url, key, jpeg(200_000))
            uploads, calls = [], []
            for _ in range(rounds):
                large, small = jpeg(_LARGE), jpeg(_LARGE_JSON * 3 // 4 - 1000)
                uploaded = held(running, partial(_imagekit, url, key, large))
                uploads.append(uploaded / (len(large) / 1e6))
                called = held(running, partial(_vision, url, key, small))
                calls.append(called / (len(small) * 4 / 3 / 1e6))
    return max(uploads), max(calls)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    uploaded, called = memory(rounds)
    print(
        official.table(official.measure(VISION, rounds), "images:annotate through Google's", None)
    )
    print(f"\nAn upload of 20 MB to ImageKit's API held at most {uploaded:.1f} times its size, a")
    print(f"request of 10 MB to Google Vision's {called:.1f} times; the target is at most 3.")


if __name__ == "__main__":
    main()
