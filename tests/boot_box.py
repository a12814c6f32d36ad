"""tagd installed in a container, with somebody who hears all that it says, also after a boot."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nspawn_rig import Container, configure, install

_LISTENER = """\
[Unit]
After=mosquitto.service
Before=tagd.service
[Service]
ExecStart=mosquitto_sub -h 127.0.0.1 -i listener -c -q 1 -t tagd/box/events
StandardOutput=append:/srv/events
Restart=always
RestartSec=200ms
[Install]
WantedBy=multi-user.target
"""
_QUICK = """\
[Service]
WatchdogSec=8
RestartSec=300ms
"""


@dataclass(frozen=True)
class Box:
    """A machine with tagd on it."""

    container: Container

    def drop(self, name: str, data: bytes) -> None:
        """Put a picture into the inbox, as FTP servers do: under another name first."""
        part = self.container.root / "srv" / f"{name}.part"
        part.write_bytes(data)
        part.rename(self.container.root / "srv/inbox" / name)

    def events(self) -> list[dict[str, Any]]:
        """All that the subscriber has heard, oldest first."""
        path = self.container.root / "srv/events"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]

    def heard(self, name: str) -> list[dict[str, Any]]:
        """The events of the picture with that name; it is asked for by its number."""
        return [e for e in self.events() if e.get("picture", {}).get("name") == name]

    def pictures(self) -> int:
        """How many different pictures were told of."""
        return len({e["picture"]["sha256"] for e in self.events() if e["type"] == "picture"})

    def pid(self) -> int:
        """Of the daemon, inside; 0: none runs."""
        return int(self.container.show("MainPID"))

    def is_ready(self, after: int = 0) -> bool:
        """Whether a daemon other than `after` says that it is ready."""
        shown = self.container.ask("systemctl show -p MainPID -p ActiveState tagd")
        return "ActiveState=active" in shown and f"MainPID={after}" not in shown.splitlines()

    def quick(self, *, wanted: bool = True) -> None:
        """Have systemd lose its patience sooner, for the tests that wait for that."""
        file = self.container.root / "etc/systemd/system/tagd.service.d/99-quick.conf"
        file.write_text(_QUICK) if wanted else file.unlink()
        self.container.ask("systemctl daemon-reload")


def equipped(container: Container) -> Box:
    """One that has tagd, with the config of these tests and a subscriber."""
    unit = container.root / "etc/systemd/system/listener.service"
    unit.write_text(_LISTENER, encoding="utf-8")
    container.ask("systemctl daemon-reload; systemctl enable -q --now listener")
    configure(container)
    return Box(container)


@contextmanager
def box(suite: str, place: Path) -> Iterator[Box]:
    """Booted, installed, started, with a subscriber; gone at the end."""
    container = Container(suite, place)
    try:
        container.boot()
        install(container)
        container.ask("rm -r /srv/carried")
        yield equipped(container)
    finally:
        container.close()
