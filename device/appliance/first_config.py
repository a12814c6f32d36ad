"""The config that a fresh appliance begins with. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from device.appliance.steps import ApplianceError

_ADDRESS = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})")
_LOOPBACK = ("127.", "localhost", "[::1]")
_HERE = "127.0.0.1:8080"

_FOLDER = """
# Pictures that are put into this folder are tagged. Cameras: docs/sources.md
sources:
  - name: inbox
    url: "folder://{data}/inbox"
"""
_CAMERA = """
# The camera at the board's own port. More: docs/sources.md
sources:
  - name: camera
    url: "picamera://0?size=1280x720"
    fps: 4

taggers:
  objects: {{model: objects}}   # one model: each look at the camera costs less

visits: {{tags: [person, cat, dog]}}
"""
BROKER = """
# The broker on this machine. What else listens needs a user there: mosquitto_passwd
mqtt:
  url: "mqtt://127.0.0.1:1883"
  username: tagd
  password: "${MQTT_PASSWORD}"   # a file in credentials/
"""
"""The section for the broker on this machine."""


@dataclass(frozen=True, slots=True)
class First:
    """What is known of a machine when its first config is written."""

    host: str  # name of the machine
    data: Path  # as the daemon will see it
    camera: bool  # one in a Raspberry Pi's camera port
    broker: bool
    listen: str | None  # HOST:PORT; None: for this machine only


def text(first: First) -> str:
    """The file."""
    device = re.sub(r"[^a-z0-9_-]+", "-", first.host.lower()).strip("-_")[:32] or "tagd"
    said = [
        "# Made by the installer, which never changes it again. Every key: docs/configuration.md",
        "# After a change: tagd check, then systemctl restart tagd",
        "",
        f"device: {{id: {device!r}}}",
        f"data_dir: {first.data}",
    ]
    parts = ["\n".join(said) + "\n", (_CAMERA if first.camera else _FOLDER).format(data=first.data)]
    if first.broker:
        parts.append(BROKER)
    parts.append(web(first.listen))
    return "".join(parts)


def web(listen: str | None) -> str:
    """The section for the page: with a certificate wherever others can reach it."""
    if listen is None or listen.startswith(_LOOPBACK):
        return f'\nweb: {{listen: "{listen or _HERE}"}}   # this machine only: docs/network.md\n'
    return f'\nweb:\n  listen: "{listen}"\n  tls: self-signed\n'


def checked_listen(listen: str) -> str:
    """An address as the config wants it. Raises `ApplianceError`."""
    found = _ADDRESS.fullmatch(listen)
    if found is None or not 1024 <= int(found[2]) <= 65535:
        raise ApplianceError(
            f"--listen {listen}: it is no address with a port of 1024 to 65535",
            "write --listen 0.0.0.0:8443 for every address of this machine",
        )
    return listen


def needs_certificate(listen: str | None) -> bool:
    """Whether the page makes a certificate of its own, with openssl."""
    return "tls:" in web(listen)
