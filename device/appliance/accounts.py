"""The user that the daemon runs as, and the groups that open devices to it."""

from __future__ import annotations

from pathlib import Path

from device.appliance.host import Host
from device.appliance.installed import Installed
from device.appliance.layout import USER, Layout

GROUPS = ("video", "render", "plugdev", "gpio")
"""Cameras, graphics processors, a Coral at USB, pins: those of them that the system has."""


class Accounts:
    """Read from /etc below the root; changed by the system's own programs."""

    def __init__(self, layout: Layout, host: Host, installed: Installed) -> None:
        self._layout = layout
        self._host = host
        self._installed = installed

    def ids(self) -> tuple[int, int] | None:
        """User and group number of `tagd`; None: there is no such user."""
        for fields in _fields(self._layout.root / "etc/passwd"):
            if fields[0] == USER and len(fields) > 3:
                return int(fields[2]), int(fields[3])
        return None

    def groups(self) -> list[str]:
        """Those of `GROUPS` that the system has."""
        there = {fields[0] for fields in self._groups()}
        return [name for name in GROUPS if name in there]

    def lacking(self) -> list[str]:
        """Those of them that the user is not in."""
        inside = {f[0] for f in self._groups() if len(f) > 3 and USER in f[3].split(",")}
        return [name for name in self.groups() if name not in inside]

    def plan(self) -> str:
        """What `make` would do."""
        if self.ids() is None:
            return f"make the user {USER}{_in(self.groups())}"
        return f"put the user {USER}{_in(self.lacking())}" if self.lacking() else ""

    def make(self) -> str:
        """The user, in its groups."""
        wanted = self.lacking()
        if self.ids() is not None:
            self._host.run(["usermod", "--append", "--groups", ",".join(wanted), USER])
            return f"the user {USER} is{_in(wanted)} now"
        self._installed.note("accounts", USER)
        own = any(fields[0] == USER for fields in self._groups())
        self._host.run(
            [
                *("useradd", "--system", "--no-create-home"),
                *(("--gid", USER) if own else ("--user-group",)),
                *("--home-dir", "/var/lib/tagd", "--shell", "/usr/sbin/nologin"),
                *(("--groups", ",".join(wanted)) if wanted else ()),
                USER,
            ]
        )
        return f"user {USER}{_in(wanted)}"

    def remove(self) -> bool:
        """Take the user away if we made it; whether we did."""
        if USER not in self._installed.accounts:
            return False
        if self.ids() is not None:
            self._host.run(["userdel", USER])
        if any(fields[0] == USER for fields in self._groups()):
            self._host.run(["groupdel", USER])
        self._installed.accounts.remove(USER)
        self._installed.save()
        return True

    def _groups(self) -> list[list[str]]:
        return _fields(self._layout.root / "etc/group")


def _fields(path: Path) -> list[list[str]]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    return [line.split(":") for line in text.splitlines() if line and not line.startswith("#")]


def _in(groups: list[str]) -> str:
    return f" in {', '.join(groups)}" if groups else ""
