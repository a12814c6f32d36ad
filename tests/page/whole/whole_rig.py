"""An appliance as its owner has it: a login, the real models, a camera, a broker."""

from __future__ import annotations

import io
import itertools
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from daemon_rig import Daemon, wait_until
from page_rig import Open
from PIL import Image

from device import shipped
from device.broker import PrivateBroker

if TYPE_CHECKING:
    from playwright.sync_api import Page

NAME = "Anna"
PASSWORD = "a few words of mine"
INSIDE = ".state .good, .state .warn"
OUTSIDE = ".gate .card"
_numbers = itertools.count()


@dataclass
class House:
    """The daemon, its broker, and what the browser of the owner keeps once they are in."""

    daemon: Daemon
    url: str
    broker: PrivateBroker | None
    kept: dict[str, Any] | None = field(default=None, repr=False)

    def first_link(self) -> str:
        """`#invite=...`, as the log tells it."""
        wait_until(lambda: "#invite=" in self.daemon.said(), 30, self.daemon.said)
        return re.findall(r"(#invite=[\w-]+)", self.daemon.said())[0]

    def client(self) -> httpx.Client:
        """A program with the owner's session, which says where it comes from as browsers do."""
        assert self.kept is not None
        return httpx.Client(
            base_url=f"{self.url}/api/v1/",
            cookies={one["name"]: one["value"] for one in self.kept["cookies"]},
            headers={"Origin": self.url},
            timeout=60,
            trust_env=False,
        )


def built(root: Path, broker: PrivateBroker | None) -> House:
    """Started, with the camera `garden`; on a port that stays when the settings change."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    daemon = Daemon(
        root,
        web={"listen": f"127.0.0.1:{port}", "trust_loopback": False},
        device={"id": "house", "name": "Our house"},
        store={"pictures": "full"},
    )
    del daemon.sections["taggers"]
    camera = {"name": "garden", "url": "demo://?fps=4", "mode": "interval", "look_every": 5}
    daemon.sections["sources"].append(camera)
    if broker is not None:
        daemon.sections["mqtt"] = {"url": broker.url}
    daemon.start()
    wait_until(lambda: "the page is at" in daemon.said(), 40, daemon.said)
    return House(daemon, f"http://127.0.0.1:{port}", broker)


def fill(page: Page, **fields: str) -> None:
    """The form of the login or of an invitation."""
    for name, value in fields.items():
        page.fill(f".gate [name={name}]", value)
    page.click(".gate button.main")


def enter_first(visit: Open, house: House) -> None:
    """The link from the log makes the administrator, who chooses a password."""
    page = visit(house.first_link(), failing=frozenset({401}), ready=OUTSIDE)
    page.wait_for_selector("text=This device is new")
    fill(page, name=NAME, password=PASSWORD)
    page.wait_for_selector(INSIDE)
    assert "invite" not in page.url
    house.kept = page.context.storage_state()


def fresh(count: int = 1, samples: tuple[str, ...] = ()) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of pictures that nobody has seen: the samples, in turn, as new content."""
    paths = [path for path in shipped.sample_pictures() if not samples or path.stem in samples]
    pictures = [Image.open(path).convert("RGB") for path in paths]
    for number in range(count):
        picture = pictures[number % len(pictures)]
        name = f"fresh{next(_numbers):04d}-{number:03d}.jpg"
        out = io.BytesIO()
        picture = picture.resize((480, round(480 * picture.height / picture.width)))
        picture.save(out, "JPEG", quality=90 - number % 20, comment=name.encode())
        yield name, out.getvalue()


def bring(api: httpx.Client, pictures: list[tuple[str, bytes]]) -> list[dict[str, Any]]:
    """Many at once, tagged and stored when it answers; each as the API has it, in order."""
    found = []
    for name, data in pictures:
        answer = api.post("pictures", files={"file": (name, data, "image/jpeg")})
        answer.raise_for_status()
        found.append(answer.json())
    return found


def tags_now(api: httpx.Client, name: str) -> dict[str, dict[str, Any]]:
    """The tags of the picture of this name, by theirs; the rejected ones as well."""
    [one] = api.get("pictures", params={"q": f'name = "{name}"'}).json()["pictures"]
    return {tag["name"]: tag for tag in api.get(f"pictures/{one['id']}").json()["tags"]}
