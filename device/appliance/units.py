"""The units of systemd, made to fit the machine.

The text lies in `units/` beside this file. Exposure by `systemd-analyze security` of what every
machine gets: docs/operations.md.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from device.appliance.machine import Machine

SERVICE = "tagd.service"
UNITS = (SERVICE, "tagd-settle.service", "tagd-backup.service", "tagd-backup.timer")

LAN_ONLY = "20-lan-only.conf"
_PLUGGED_IN = ("10-usb-camera.conf", "10-coral.conf")  # at any time, into any machine
_GROUPS = "SupplementaryGroups="


def unit_files(
    machine: Machine, groups: Collection[str], *, lan_only: bool = False
) -> dict[str, str]:
    """Paths below /etc/systemd/system, and the text of each.

    `groups` are those that exist here: systemd starts nothing that names another (216/GROUP).
    `lan_only` keeps the daemon from the internet, which its owner must want.
    """
    drop_ins = [f"{SERVICE}.d/{name}" for name in _drop_ins(machine, lan_only=lan_only)]
    return {path: _fitted(path.rpartition("/")[2], groups) for path in (*UNITS, *drop_ins)}


def _drop_ins(machine: Machine, *, lan_only: bool) -> list[str]:
    names = list(_PLUGGED_IN)
    if machine.board.startswith("pi"):
        names.append("10-pi-camera.conf")
    if machine.board == "jetson":
        names.append("10-jetson.conf")
    if lan_only:
        names.append(LAN_ONLY)
    return names


def _fitted(name: str, groups: Collection[str]) -> str:
    """The text without the groups that are not here."""
    data = pkgutil.get_data("device.appliance", f"units/{name}")  # also out of a wheel
    if data is None:
        raise FileNotFoundError(f"{name} is not in this installation: install tagd again")
    lines = []
    for line in data.decode().splitlines():
        if line.startswith(_GROUPS):
            here = [group for group in line.removeprefix(_GROUPS).split() if group in groups]
            if not here:
                continue
            line = _GROUPS + " ".join(here)
        lines.append(line)
    return "\n".join(lines) + "\n"
