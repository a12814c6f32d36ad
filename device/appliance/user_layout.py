"""Where everything lies that one user installs for themselves, without root."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from device.appliance.layout import Layout


@dataclass(frozen=True, slots=True)
class UserLayout(Layout):
    """Below a home folder, which is `root`."""

    @property
    def home(self) -> Path:
        """Releases."""
        return self.root / ".local/share/tagd/app"

    @property
    def settings(self) -> Path:
        """The config and its passwords."""
        return self.root / ".config/tagd"

    @property
    def data(self) -> Path:
        """`data_dir`."""
        return self.root / ".local/share/tagd/data"

    @property
    def state(self) -> Path:
        """What the installer remembers."""
        return self.root / ".local/share/tagd/install"

    @property
    def units(self) -> Path:
        """Those of the user's own systemd."""
        return self.root / ".config/systemd/user"

    @property
    def commands(self) -> Path:
        """In the PATH of most systems."""
        return self.root / ".local/bin"
