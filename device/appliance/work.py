"""What all steps of one run share: where to, what of, and what is there already."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from device.appliance.accounts import Accounts
from device.appliance.host import Host
from device.appliance.installed import Installed
from device.appliance.layout import Layout
from device.appliance.machine import Machine
from device.appliance.options import Options
from device.appliance.releases import Releases
from device.appliance.services import Services
from device.appliance.supply import Supply


@dataclass(frozen=True, slots=True)
class Target:
    """Where to, and what of."""

    layout: Layout
    host: Host
    machine: Machine
    supply: Supply
    python: str  # that the virtual environment is made with


HandOver = Callable[["Work", str, str], str]
"""Puts a release in the place of the one that runs: that, then the new one; what came of it."""


class Work:
    """One run; `built` changes once there is the release."""

    def __init__(self, target: Target, options: Options, hand_over: HandOver | None = None) -> None:
        """Nothing is changed. Raises `ApplianceError` for a damaged `installed.json`."""
        self.hand_over = hand_over
        self.target = target
        self.options = options
        self.layout = target.layout
        self.host = target.host
        self.installed = Installed(target.layout.state)
        self.releases = Releases(target.layout, target.host)
        self.services = Services(target.host, user=options.user)
        self.accounts = Accounts(target.layout, target.host, self.installed)
        self.built = self.releases.with_digest(target.supply.digest)

    @property
    def release(self) -> str:
        """The one that is or would be built."""
        supply = self.target.supply
        return self.built or self.releases.name_for(supply.version, supply.digest)

    def owner(self) -> tuple[int, int] | None:
        """Of the daemon's own files; None: whoever installs."""
        return None if self.options.user or not self.host.is_root() else self.accounts.ids()
