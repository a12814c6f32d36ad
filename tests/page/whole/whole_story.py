"""A month in the life of the house, made of the samples: told to it by the import."""

from __future__ import annotations

import base64
import io
import random
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx
from daemon_rig import wait_until
from page_rig import PATIENCE
from PIL import Image
from whole_rig import House

from device import ids, shipped

DAYS = 30
SEED = 7
AT_ONCE = 20  # pictures a request
WHERE = {  # who comes past which camera, and around which hours (UTC)
    "chelsea": ("porch", (6, 7, 8, 17, 18, 21)),
    "coffee": ("kitchen", (7, 8, 9, 14)),
    "astronaut": ("gate", (8, 12, 16, 17)),
    "grace_hopper": ("gate", (9, 17, 18)),
    "camera": ("porch", (10, 15)),
    "rocket": ("gate", (20,)),
}


def month(house: House, api: httpx.Client) -> None:
    """Imports what the models say of the samples, again and again, over the last days."""
    for path in shipped.sample_pictures():
        (house.daemon.inbox / path.name).write_bytes(path.read_bytes())
    wait_until(lambda: len(known(api)) == len(WHERE), PATIENCE / 200, house.daemon.said)
    lines = told(known(api))
    for start in range(0, len(lines), AT_ONCE):
        answer = api.post("import", json={"pictures": lines[start : start + AT_ONCE]})
        answer.raise_for_status()
        assert answer.json()["refused"] == []


def known(api: httpx.Client) -> dict[str, dict[str, Any]]:
    """The samples as they were tagged, by the first part of their names."""
    found = api.get("pictures", params={"q": "source:inbox", "limit": 100}).json()["pictures"]
    return {one["name"].partition(".")[0]: one for one in found}


def told(samples: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Lines of an export with their images: 2 to 7 a day, the cat more often than the rocket."""
    chance = random.Random(SEED)
    images = {path.stem: small(path.read_bytes()) for path in shipped.sample_pictures()}
    midnight = datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = []
    for day in range(DAYS, 0, -1):
        for _ in range(chance.randrange(2, 8)):
            [name] = chance.choices(list(WHERE), weights=[6, 4, 4, 3, 2, 1])
            source, hours = WHERE[name]
            moment = midnight - timedelta(days=day)
            moment += timedelta(hours=chance.choice(hours), minutes=chance.randrange(60))
            line = dict(samples[name])
            for key in ("sha256", "reviewed_at"):
                line[key] = None
            tags = [
                tag | {"confidence": min(0.99, tag["confidence"] * chance.uniform(0.9, 1.05))}
                for tag in line["tags"]
            ]
            at = moment.isoformat()
            line |= {"id": at_that_time(moment), "source": source, "tags": tags}
            line |= {"taken_at": at, "tagged_at": at}
            lines.append({"line": line, "image": images[name]})
    return lines


def at_that_time(moment: datetime) -> str:
    """An id as if it had been made then."""
    milliseconds = int(moment.timestamp() * 1000)
    return ids.from_bytes(milliseconds.to_bytes(6, "big") + ids.to_bytes(ids.new_id())[6:])


def small(data: bytes) -> str:
    """As a thumbnail needs it, in base64."""
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    picture.thumbnail((480, 480))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=88)
    return base64.b64encode(out.getvalue()).decode()
