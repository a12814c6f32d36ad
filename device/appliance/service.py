"""The daemon as systemd runs it: started anew, and looked at while it settles."""

from __future__ import annotations

import re
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from device.appliance.host import Host, tail
from device.appliance.layout import Layout
from device.appliance.steps import ApplianceError

UNIT = "tagd.service"
_STARTING = 3600.0  # seconds: tagd asks systemd for more while it migrates a large database
_ANSWERING = 5.0  # seconds for the page to say whether it is well
_NEWS = ("INFO ", "WARNING ", "tagd: release ")
_LINES = 3  # of the daemon's log that are told when it does not start
_SAID = 1000  # bytes of an answer that are read


@dataclass(frozen=True, slots=True)
class Standing:
    """The service at one moment."""

    active: bool
    pid: int  # 0: it does not run
    restarts: int  # by systemd, since somebody started it
    release: str | None  # the one that runs; None: not known


class Service(Protocol):
    """What keeps the daemon running."""

    def restart(self) -> None:
        """Stop and start it, with the guard in between; it has said that it is ready.

        Raises `ApplianceError` with the end of its log.
        """

    def look(self) -> Standing:
        """How it is now."""


class Systemd:
    """That of the machine."""

    def __init__(self, layout: Layout, host: Host) -> None:
        """Raises `ApplianceError` where systemd does not run."""
        self._layout = layout
        self._host = host
        if not (layout.root / "run/systemd/system").is_dir():
            raise ApplianceError(
                "systemd does not run here, so that nobody would start the new release",
                "install it with ./install.sh, which says how to start tagd by hand",
            )

    def restart(self) -> None:
        self._host.run(["systemctl", "reset-failed", UNIT], check=False)
        # Systemd goes on by itself once it was asked: a kill of ours in here leaves no gap.
        done = self._host.run(["systemctl", "restart", UNIT], check=False, seconds=_STARTING)
        if done.code:
            raise ApplianceError(f"it does not start: {self._reason()}")

    def _reason(self) -> str:
        """What the daemon itself said last that is more than news."""
        command = ["journalctl", f"_SYSTEMD_UNIT={UNIT}", "--lines", "20"]
        said = self._host.run([*command, "--no-pager", "--output=cat"], check=False).said
        lines = [line for line in said.splitlines() if not line.startswith(_NEWS)]
        return tail("\n".join(lines[-_LINES:]))

    def look(self) -> Standing:
        wanted = "--property=ActiveState,MainPID,NRestarts"
        said = self._host.run(["systemctl", "show", wanted, UNIT], check=False).said
        found = dict(re.findall(r"^(\w+)=(.*)$", said, re.MULTILINE))
        pid = int(found.get("MainPID") or 0)
        return Standing(
            active=found.get("ActiveState") == "active",
            pid=pid,
            restarts=int(found.get("NRestarts") or 0),
            release=release_of(pid, self._layout),
        )


def release_of(pid: int, layout: Layout) -> str | None:
    """Whose Python a process is; None where that cannot be seen."""
    try:
        program = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode()
        first = Path(program).relative_to(layout.home).parts[0]
    except (OSError, ValueError, IndexError):
        return None
    return None if first == layout.current.name else first


def well(page: str) -> bool | None:
    """Whether the page says that pictures are tagged and stored; None: there is no page to ask.

    Over TLS its certificate is not looked at: it is this machine, and nothing is told to it.
    """
    if not page:
        return None
    trust = ssl.create_default_context()
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust)
    )
    try:
        with opener.open(f"{page}/healthz", timeout=_ANSWERING) as answer:
            answer.read(_SAID)
            return bool(answer.status == 200)
    except (OSError, ValueError):  # refused, too late, 503
        return False
